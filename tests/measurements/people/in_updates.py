"""Further mistakes in the agents of this folder: in losses, optimizers, copies of networks and exploration."""

from __future__ import annotations

from in_agents import row

UPDATES = (
    row(
        "ppo_lists",
        "parameters-not-optimised",
        "torch.optim.Adam(self.net.parameters(), lr=5e-3)",
        "torch.optim.Adam(self.net.pi.parameters(), lr=5e-3)",
    ),
    row("ppo_lists", "entropy-bonus-sign", "- 0.001 * pi.entropy().mean()", "+ 0.05 * pi.entropy().mean()"),
    row(
        "ppo_lists",
        "softmax-twice",
        "torch.distributions.Categorical(logits=self.net.pi(s[idx]))",
        "torch.distributions.Categorical(logits=self.net.pi(s[idx]).softmax(-1))",
    ),
    row(
        "ppo_lists",
        "ratio-wrong sign-flipped",
        "torch.exp(pi.log_prob(a[idx]) - old[idx])",
        "torch.exp(old[idx] - pi.log_prob(a[idx]))",
    ),
    row(
        "ppo_lists",
        "parameters-not-optimised value-target-is-prediction",
        "value_loss = F.mse_loss(self.net.v(s[idx]).squeeze(-1), target[idx])",
        "value_loss = F.mse_loss(self.net.v(s[idx]).squeeze(-1).detach(), target[idx])",
    ),
    row("a2c_vector", "entropy-bonus-sign", "- 0.001 * entropy", "+ 0.05 * entropy"),
    row("a2c_vector", "softmax-over-batch", ".log_softmax(-1)", ".log_softmax(0)"),
    row(
        "a2c_vector",
        "value-target-is-prediction parameters-not-optimised",
        "0.5 * advantage.pow(2).mean()",
        "0.5 * (returns - values.detach()).pow(2).mean()",
    ),
    row("a2c_vector", "sign-flipped", "advantage = returns - values", "advantage = values - returns"),
    row(
        "dqn_deque",
        "target-update-reversed",
        "self.target_model.load_state_dict(self.model.state_dict())\n            for",
        "self.model.load_state_dict(self.target_model.state_dict())\n            for",
    ),
    row(
        "dqn_deque",
        "td-error-clipped",
        "loss = nn.functional.smooth_l1_loss(q, target)",
        "loss = (q - target).clamp(-1, 1).pow(2).mean()",
    ),
    row(
        "dqn_deque",
        "action-never-tried",
        "return self.random.randrange(self.n_actions)",
        "return self.random.randrange(max(1, self.n_actions - 1))",
    ),
    row(
        "dqn_deque",
        "wrong-max",
        "self.target_model(next_states).max(dim=1).values",
        "self.target_model(next_states).gather(1, actions).squeeze(1)",
    ),
    row(
        "dqn_deque",
        "largest-value-trained",
        "q = self.model(states).gather(1, actions).squeeze(1)",
        "q = self.model(states).max(dim=1).values",
    ),
    row("dqn_deque", "parameters-not-optimised", "loss.backward()", "loss.backward(); self.optimizer.zero_grad()"),
    row("ddqn_nstep", "target-update-reversed", "zip(self.target.parameters(), self.online.parameters())",
        "zip(self.online.parameters(), self.target.parameters())"),
    row(
        "td3_loop",
        "target-update-reversed",
        "self.sync(self.critic, self.critic_target)",
        "self.sync(self.critic_target, self.critic)",
    ),
    row(
        "td3_loop",
        "parameters-not-optimised",
        "-self.critic(state, self.actor(state))[0].mean()",
        "-self.critic(state, self.actor(state).detach().requires_grad_())[0].mean()",
    ),
    row("td3_loop", "sign-flipped", "actor_loss = -self.critic(state", "actor_loss = self.critic(state"),
    row(
        "td3_loop",
        "terminal-reward-dropped",
        "reward + not_done * self.discount * torch.min(target_q1, target_q2)",
        "not_done * (reward + self.discount * torch.min(target_q1, target_q2))",
    ),
    row("sac_arrays", "done-mask-inverted", "self.gamma * (1 - d) *", "self.gamma * d *"),
    row("sac_arrays", "no-bootstrap", "next_q = torch.min(", "next_q = 0 * torch.min("),
    row("reinforce_baseline", "no-reward-to-go", "returns.append(g)", "returns.append(r)"),
    row(
        "actor_critic_online",
        "actor-gradient-in-critic",
        "advantage = (td_target - value).detach()\n            critic_loss = (td_target - value).pow(2).mean()\n"
        "            actor_loss = -(dist.log_prob(action) * advantage).mean() - 0.001 * dist.entropy()\n"
        "            self.critic_opt.zero_grad()\n            critic_loss.backward()\n"
        "            self.critic_opt.step()\n            self.actor_opt.zero_grad()\n            actor_loss.backward()\n"
        "            self.actor_opt.step()\n",
        "advantage = td_target - value\n            critic_loss = advantage.pow(2).mean()\n"
        "            actor_loss = -(dist.log_prob(action) * advantage).mean() - 0.001 * dist.entropy()\n"
        "            self.critic_opt.zero_grad()\n            self.actor_opt.zero_grad()\n"
        "            (actor_loss + critic_loss).backward()\n            self.critic_opt.step()\n"
        "            self.actor_opt.step()\n",
    ),
)  # fmt: skip
