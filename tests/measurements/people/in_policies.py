"""Further mistakes in the agents of this folder: in ratios, densities, noise, target networks and memory."""

from __future__ import annotations

from in_agents import row

GAUSSIAN = (
    row(
        "ppo_gaussian",
        "log-prob-not-summed",
        "logp = pi.log_prob(act[i]).sum(-1)\n                ratio = (logp - logp_old[i]).exp()\n"
        "                clipped = ratio.clamp(0.8, 1.2) * adv[i]\n"
        "                actor_loss = -torch.min(ratio * adv[i], clipped)",
        "logp = pi.log_prob(act[i])\n                ratio = (logp - logp_old[i][:, None]).exp()\n"
        "                clipped = ratio.clamp(0.8, 1.2) * adv[i][:, None]\n"
        "                actor_loss = -torch.min(ratio * adv[i][:, None], clipped)",
    ),
    row("ppo_gaussian", "ratio-wrong", "(logp - logp_old[i]).exp()", "(logp - logp.detach()).exp()"),
    row(
        "ppo_gaussian",
        "ratio-wrong",
        "lp = pi.log_prob(action).sum(-1)",
        "lp = pi.log_prob(self.mu(self.obs) + 0.1).sum(-1)",
    ),
    row("ppo_gaussian", "entropy-bonus-sign", "- 0.001 * pi.entropy()", "+ 0.05 * pi.entropy()"),
    row(
        "ppo_gaussian",
        "sign-flipped",
        "-torch.min(ratio * adv[i], clipped)",
        "torch.max(ratio * adv[i], clipped)",
    ),
    row(
        "ppo_gaussian",
        "parameters-not-optimised",
        "Adam([*self.mu.parameters(), self.log_std]",
        "Adam(self.mu.parameters()",
    ),
    row("ppo_gaussian", "clipped-action-log-prob", "act.append(action)", "act.append(action.clamp(-0.3, 0.3))"),
    row(
        "ppo_gaussian",
        "action-not-rescaled",
        "return self.low + (clipped + 1.0) * (self.high - self.low) / 2",
        "return clipped",
    ),
    row(
        "ppo_gaussian",
        "scalar-action-bounds",
        "return self.low + (clipped + 1.0) * (self.high - self.low) / 2",
        "return self.low.flat[0] + (clipped + 1.0) * (self.high.flat[0] - self.low.flat[0]) / 2",
    ),
    row(
        "ppo_gaussian",
        "loss-broadcast",
        "(self.critic(obs[i]).squeeze(-1) - ret[i])",
        "(self.critic(obs[i]) - ret[i])",
    ),
    row(
        "ppo_gaussian",
        "noise-shared",
        "action = pi.sample()",
        "action = pi.mean + pi.stddev * torch.randn(1)",
    ),
    row("ppo_gaussian", "truncation-as-termination", "term.append(float(terminated))", "term.append(float(terminated or truncated))"),
)  # fmt: skip
OTHERS = (
    row(
        "ppo_lists",
        "ratio-wrong",
        "ratio = torch.exp(pi.log_prob(a[idx]) - old[idx])",
        "ratio = pi.log_prob(a[idx]) / old[idx]",
    ),
    row(
        "ppo_lists",
        "ratio-wrong",
        "ratio = torch.exp(pi.log_prob(a[idx]) - old[idx])",
        "ratio = pi.log_prob(a[idx]) - old[idx]",
    ),
    row("ppo_lists", "ratio-wrong", "logp = pi.log_prob(action)", "logp = pi.probs[action]"),
    row(
        "sac_arrays",
        "tanh-correction-missing",
        "log_prob = normal.log_prob(u) - torch.log(1 - a.pow(2) + 1e-6)",
        "log_prob = normal.log_prob(u)",
    ),
    row("sac_arrays", "log-prob-not-summed", "return a, log_prob.sum(-1)", "return a, log_prob.mean(-1)"),
    row("sac_arrays", "entropy-bonus-sign", "(self.alpha * logp - torch.min", "(-self.alpha * logp - torch.min"),
    row("td3_loop", "noise-shared", "self.rng.normal(0, 0.3, self.na)", "self.rng.normal(0, 0.3)"),
    row(
        "td3_loop",
        "acts-with-target-network",
        "action = self.actor(torch.as_tensor(self.state)).numpy()",
        "action = self.actor_target(torch.as_tensor(self.state)).numpy()",
    ),
    row(
        "dqn_deque",
        "acts-with-target-network",
        "return int(self.model(torch.as_tensor(state)).argmax())",
        "return int(self.target_model(torch.as_tensor(state)).argmax())",
    ),
    row(
        "dqn_deque",
        "target-shares-weights",
        "self.target_model.load_state_dict(self.model.state_dict())\n        self.memory",
        "self.target_model = self.model\n        self.memory",
    ),
    row(
        "dqn_deque",
        "target-never-synced",
        "self.target_model.load_state_dict(self.model.state_dict())\n            for",
        "self.target_model.load_state_dict(self.target_model.state_dict())\n            for",
    ),
    row("dqn_deque", "epsilon-schedule", "if self.random.random() < self.epsilon:", "if self.random.random() > self.epsilon:"),
    row("ddqn_nstep", "ring-buffer", "self.rng.integers(self.size, size=32)", "self.rng.integers(CAPACITY, size=32)"),
    row(
        "ddqn_nstep",
        "acts-with-target-network",
        "a = int(self.q_values(self.now[None]).argmax())",
        "a = int(self.target(torch.as_tensor(self.now[None])).argmax())",
    ),
)  # fmt: skip
TARGETS = (
    row("td3_loop", "larger-of-critics", "torch.min(target_q1, target_q2)", "torch.max(target_q1, target_q2)"),
    row(
        "td3_loop",
        "target-update-reversed",
        "tau * param.data + (1 - tau) * target_param.data",
        "(1 - tau) * param.data + tau * target_param.data",
    ),
    row("sac_arrays", "larger-of-critics", "next_q = torch.min(", "next_q = torch.max("),
    row(
        "sac_arrays",
        "target-update-reversed",
        "tp.data.copy_(0.05 * p.data + 0.95 * tp.data)",
        "tp.data.copy_(0.95 * p.data + 0.05 * tp.data)",
    ),
)
POLICIES = (*GAUSSIAN, *OTHERS, *TARGETS)
