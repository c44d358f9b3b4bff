"""Mistakes in the agents of this folder, as people make them: one piece of text becomes another.

Each row is the agent, the names that are right, the text as it should be, and the text with the mistake. The
first name is the expected one; others say the same about the same lines.
"""

from __future__ import annotations

from typing import NamedTuple


class Mistake(NamedTuple):
    """One wrong piece of text in one agent."""

    agent: str
    names: tuple[str, ...]
    right: str
    wrong: str


def row(agent: str, names: str, right: str, wrong: str) -> Mistake:
    """One mistake, from the names that are right for it in one string."""
    return Mistake(agent, tuple(names.split()), right, wrong)


PPO = (
    row(
        "ppo_lists",
        "truncation-as-termination",
        "alive = 1.0 - term[i]",
        "alive = 1.0 - (term[i] or trunc[i])",
    ),
    row("ppo_lists", "termination-ignored", "alive = 1.0 - term[i]", "alive = 1.0"),
    row("ppo_lists", "no-discount", "r[i] + self.gamma * v2[i]", "r[i] + v2[i]"),
    row("ppo_lists", "gae-not-cut", "cut = 1.0 - (term[i] or trunc[i])", "cut = 1.0"),
    row(
        "ppo_lists",
        "done-one-early",
        "cut = 1.0 - (term[i] or trunc[i])",
        "j = min(i + 1, len(r) - 1); alive = 1.0 - term[j]; cut = 1.0 - (term[j] or trunc[j]); "
        "delta = r[i] + self.gamma * v2[i] * alive - v[i]",
    ),
    row("ppo_lists", "value-target-is-prediction", "torch.as_tensor(advantage + v)", "torch.as_tensor(v)"),
    row(
        "ppo_lists",
        "value-target-is-advantage",
        "torch.as_tensor(advantage + v)",
        "torch.as_tensor(advantage)",
    ),
    row(
        "ppo_lists",
        "loss-broadcast",
        "self.net.v(s[idx]).squeeze(-1), target[idx]",
        "self.net.v(s[idx]), target[idx]",
    ),
    row(
        "ppo_lists",
        "returns-from-normalised-advantages",
        "target = torch.as_tensor(advantage + v)",
        "advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-6)\n"
        "        target = torch.as_tensor(advantage + v)",
    ),
    row("ppo_lists", "sign-flipped", "-torch.min(surr1, surr2).mean()", "torch.max(surr1, surr2).mean()"),
    row(
        "ppo_lists",
        "next-observation-is-observation",
        "after = self.flat(obs)\n            memory.append((self.state,",
        "after = self.flat(obs)\n            memory.append((after,",
    ),
    row(
        "ppo_lists",
        "reward-clipped",
        "memory.append((self.state, action, logp, reward,",
        "memory.append((self.state, action, logp, np.clip(reward, -1, 1),",
    ),
    row(
        "ppo_lists",
        "arrays-shuffled-apart",
        "F.mse_loss(self.net.v(s[idx]).squeeze(-1), target[idx])",
        "F.mse_loss(self.net.v(s[idx]).squeeze(-1), target[torch.randperm(len(r))[:len(idx)]])",
    ),
    row(
        "ppo_lists",
        "truncation-bootstraps-reset-observation",
        "            memory.append((self.state, action, logp, reward, after, terminated, truncated))\n"
        "            self.state = after\n"
        "            if terminated or truncated:\n"
        "                self.state = self.flat(self.env.reset()[0])\n",
        "            if terminated or truncated:\n"
        "                after = self.flat(self.env.reset()[0])\n"
        "            memory.append((self.state, action, logp, reward, after, terminated, truncated))\n"
        "            self.state = after\n",
    ),
    row(
        "ppo_lists",
        "td-error-masked",
        "delta = r[i] + self.gamma * v2[i] * alive - v[i]",
        "delta = r[i] + (self.gamma * v2[i] - v[i]) * alive",
    ),
    row(
        "ppo_lists",
        "advantage-normalised-to-zero",
        "normed = (advantage - advantage.mean()) / (advantage.std() + 1e-6)",
        "normed = advantage[:, None]; normed = ((normed - normed.mean(1, keepdim=True)) / (1e-6 + 1))[:, 0]",
    ),
    row(
        "ppo_lists",
        "reward-shifted",
        "gae, advantage = 0.0,",
        "r = np.array(r) - np.mean(r); gae, advantage = 0.0,",
    ),
    row("ppo_lists", "reward-lag", "gae, advantage = 0.0,", "r = (0.0, *r[:-1]); gae, advantage = 0.0,"),
    row(
        "ppo_lists",
        "parameters-not-optimised",
        "torch.optim.Adam(self.net.parameters(), lr=5e-3)",
        "torch.optim.Adam(self.net.v.parameters(), lr=5e-3)",
    ),
    row(
        "ppo_lists",
        "gradients-accumulate",
        "                self.optimizer.zero_grad()\n                loss.backward()",
        "                loss.backward()",
    ),
)

A2C = (
    row("a2c_vector", "truncation-bootstraps-twice", "masks.append(torch.as_tensor(1.0 - (terminated | truncated)).float())", "masks.append(torch.as_tensor(1.0 - terminated).float())"),
    row("a2c_vector", "actor-gradient-in-critic", "(chosen * advantage.detach()).mean() + 0.5", "(chosen * advantage).mean() + 0.5"),
    row("a2c_vector", "truncation-as-termination", "reward[truncated] += self.gamma * tail", "pass"),
    row(
        "a2c_vector",
        "discount-exponent",
        "reward[truncated] += self.gamma * tail",
        "reward[truncated] += tail",
    ),
    row(
        "a2c_vector",
        "terminated-and-truncated-bootstraps",
        "tail = np.where(terminated[truncated], 0.0, tail)",
        "pass",
    ),
    row(
        "a2c_vector",
        "truncation-bootstraps-reset-observation",
        'final = np.stack([np.asarray(o) for o in infos["final_obs"][truncated]])',
        "final = obs[truncated]",
    ),
    row(
        "a2c_vector",
        "truncation-bootstraps-same-observation",
        'final = np.stack([np.asarray(o) for o in infos["final_obs"][truncated]])',
        "final = np.asarray(self.obs)[truncated]",
    ),
    row("a2c_vector", "no-discount", "R = reward + self.gamma * R * mask", "R = reward + R * mask"),
    row(
        "a2c_vector",
        "gae-not-cut returns-cross-episodes termination-ignored",
        "R = reward + self.gamma * R * mask",
        "R = reward + self.gamma * R",
    ),
    row(
        "a2c_vector", "forward-accumulation", "zip(reversed(rewards), reversed(masks))", "zip(rewards, masks)"
    ),
    row(
        "a2c_vector",
        "time-env-axes-mixed",
        "returns, states, actions = torch.cat(returns),",
        "returns, states, actions = torch.stack(returns).T.reshape(-1),",
    ),
    row(
        "a2c_vector",
        "loss-broadcast",
        "values = self.value_head(hidden)[:, 0]",
        "values = self.value_head(hidden)",
    ),
    row(
        "a2c_vector",
        "sign-flipped",
        "loss = -(chosen * advantage.detach()).mean()",
        "loss = (chosen * advantage.detach()).mean()",
    ),
    row(
        "a2c_vector",
        "stale-last-value",
        "R = self.value_head(self.body(self.tensor(self.obs)))[:, 0]",
        "R = self.value_head(self.body(states[-1]))[:, 0]",
    ),
    row(
        "a2c_vector",
        "stale-last-value no-bootstrap",
        "R = self.value_head(self.body(self.tensor(self.obs)))[:, 0]",
        "R = torch.zeros(self.count)",
    ),
    row(
        "a2c_vector",
        "reward-cast-to-int",
        "reward = np.array(reward, dtype=np.float32)\n",
        "reward = np.array(reward).astype(int).astype(np.float32)\n",
    ),
)

DQN = (
    row("dqn_deque", "terminal-reward-dropped", "rewards + self.gamma * next_q * (1 - dones)", "(rewards + self.gamma * next_q) * (1 - dones)"),
    row("dqn_deque", "observation-kept-after-reset", "            if terminated or truncated:\n                self.state = None\n", "            if terminated or truncated:\n                self.env.reset()\n"),
    row(
        "dqn_deque",
        "truncation-as-termination",
        "next_state, terminated))",
        "next_state, terminated or truncated))",
    ),
    row("dqn_deque", "termination-ignored", "next_q * (1 - dones)", "next_q"),
    row("dqn_deque", "done-mask-inverted", "next_q * (1 - dones)", "next_q * dones"),
    row("dqn_deque", "wrong-max", ".max(dim=1).values", ".mean(dim=1)"),
    row("dqn_deque", "wrong-max", ".max(dim=1).values", ".gather(1, actions).squeeze(1)"),
    row(
        "dqn_deque",
        "wrong-max",
        "self.target_model(next_states).max(dim=1).values",
        "self.target_model(next_states).max()",
    ),
    row("dqn_deque", "no-discount", "rewards + self.gamma * next_q", "rewards + next_q"),
    row(
        "dqn_deque",
        "loss-broadcast",
        "q = self.model(states).gather(1, actions).squeeze(1)",
        "q = self.model(states).gather(1, actions)",
    ),
    row(
        "dqn_deque",
        "next-observation-is-observation",
        "self.memory.append((self.state, action, reward, next_state,",
        "self.state = next_state; self.memory.append((self.state, action, reward, next_state,",
    ),
    row(
        "dqn_deque",
        "next-observation-is-observation",
        "self.target_model(next_states).max",
        "self.target_model(states).max",
    ),
    row(
        "dqn_deque",
        "target-never-synced",
        "self.target_model.load_state_dict(self.model.state_dict())\n            for",
        "self.target_model.load_state_dict(self.target_model.state_dict())\n            for",
    ),
    row(
        "dqn_deque",
        "reward-clipped",
        "self.memory.append((self.state, action, reward,",
        "self.memory.append((self.state, action, np.sign(reward),",
    ),
    row(
        "dqn_deque",
        "bootstrap-target-not-detached",
        "with torch.no_grad():\n            next_q = self.target_model(next_states)",
        "if True:\n            next_q = self.model(next_states)",
    ),
    row(
        "dqn_deque",
        "epsilon-schedule",
        "self.epsilon = max(0.1, self.epsilon * 0.998)",
        "self.epsilon = max(0.1, self.epsilon * 0.9999999)",
    ),
    row(
        "dqn_deque",
        "reward-cast-to-int",
        "torch.as_tensor(rewards, dtype=torch.float32)",
        "torch.as_tensor(np.array(rewards).astype(int)).float()",
    ),
    row(
        "dqn_deque",
        "last-step-dropped",
        "self.memory.append((self.state, action, reward, next_state, terminated))",
        "if not (terminated or truncated): self.memory.append((self.state, action, reward, next_state, terminated))",
    ),
    row(
        "dqn_deque",
        "evaluation-differs sign-flipped",
        "return int(self.model(torch.as_tensor(state)).argmax())",
        "return int(self.model(torch.as_tensor(state)).argmin())",
    ),
    row("dqn_deque", "gradients-accumulate", "        self.optimizer.zero_grad()\n", ""),
    row(
        "dqn_deque",
        "evaluation-explores",
        "return self.offset + self.q_values(observations).argmax(1)",
        "return np.array([self.offset + self.choose(np.ravel(o).astype(np.float32)) for o in observations])",
    ),
)

NSTEP = (
    row("ddqn_nstep", "td-error-clipped", "((said - goal) ** 2).mean()", "((said - goal).clamp(-1, 1) ** 2).mean()"),
    row(
        "ddqn_nstep",
        "truncation-as-termination",
        "self.store(after, terminated)\n                self.now",
        "self.store(after, terminated or truncated)\n                self.now",
    ),
    row("ddqn_nstep", "discount-exponent", "self.gamma ** len(self.window)", "self.gamma"),
    row(
        "ddqn_nstep",
        "nstep-crosses-episode",
        "                while self.window:\n                    self.store(after, terminated)\n",
        "",
    ),
    row(
        "ddqn_nstep",
        "last-step-dropped",
        "                while self.window:\n                    self.store(after, terminated)\n",
        "                self.window = []\n",
    ),
    row("ddqn_nstep", "no-discount discount-exponent", "sum(self.gamma**i * r for", "sum(r for"),
    row(
        "ddqn_nstep",
        "no-discount",
        "self.boot[i] = 0.0 if terminated else self.gamma ** len(self.window)",
        "self.boot[i] = 0.0 if terminated else 1.0",
    ),
    row(
        "ddqn_nstep",
        "observation-aliased next-observation-is-observation",
        "after = np.array(obs, np.float32).ravel()\n            self.window",
        "after = self.__dict__.setdefault('frame', np.zeros(self.obs.shape[1], np.float32))\n"
        "            after[:] = np.ravel(obs)\n            self.window",
    ),
    row(
        "ddqn_nstep",
        "target-never-synced",
        "mine.data.mul_(0.95).add_(0.05 * theirs.data)",
        "mine.data = 0.95 * mine.data + 0.05 * mine.data",
    ),
    row(
        "ddqn_nstep",
        "termination-ignored",
        "0.0 if terminated else self.gamma ** len(self.window)",
        "self.gamma ** len(self.window)",
    ),
    row(
        "ddqn_nstep",
        "dueling-axis loss-broadcast",
        "a.mean(dim=1, keepdim=True)",
        "a.mean(dim=0, keepdim=True)",
    ),
)

REINFORCE = (
    row("reinforce_baseline", "discounted-from-start", "        returns, g = [], 0.0\n        for r in rewards[::-1]:\n            g = r + self.gamma * g\n            returns.append(g)\n        return returns[::-1]", "        d = self.gamma ** np.arange(len(rewards)); return list(np.cumsum((d * rewards)[::-1])[::-1])"),
    row(
        "reinforce_baseline",
        "no-reward-to-go",
        "g = r + self.gamma * g\n            returns.append(g)",
        "returns.append(r * self.gamma ** (len(rewards) - 1 - len(returns)))",
    ),
    row(
        "reinforce_baseline",
        "whole-return-every-step",
        "return returns[::-1]",
        "return [returns[-1]] * len(returns)",
    ),
    row(
        "reinforce_baseline",
        "forward-accumulation",
        "for r in rewards[::-1]:\n            g = r + self.gamma * g\n            returns.append(g)\n        return returns[::-1]",
        "for r in rewards:\n            g = r + self.gamma * g\n            returns.append(g)\n        return returns",
    ),
    row(
        "reinforce_baseline",
        "forward-accumulation arrays-shuffled-apart",
        "return returns[::-1]",
        "return returns",
    ),
    row("reinforce_baseline", "no-discount", "g = r + self.gamma * g", "g = r + g"),
    row(
        "reinforce_baseline",
        "reward-shifted reward-rescaled",
        "return returns[::-1]",
        "g = np.array(returns[::-1]); return list((g - g.mean()) / (g.std() + 1e-8))",
    ),
    row(
        "reinforce_baseline",
        "sign-flipped",
        "policy_loss = -(log_prob * advantage).mean()",
        "policy_loss = (log_prob * advantage).mean()",
    ),
    row(
        "reinforce_baseline", "loss-broadcast", "(self.baseline(x).squeeze(-1) - g)", "(self.baseline(x) - g)"
    ),
    row(
        "reinforce_baseline",
        "returns-cross-episodes gae-not-cut",
        "            self.waiting.append((observations, actions, self.discounted(rewards)))\n"
        "            if len(self.waiting) == 8:\n",
        "            self.waiting.append((observations, actions, rewards))\n"
        "            if len(self.waiting) == 8:\n"
        "                every = iter(self.discounted([r for _, _, rs in self.waiting for r in rs]))\n"
        "                self.waiting = [(o, a, [next(every) for _ in rs]) for o, a, rs in self.waiting]\n",
    ),
    row(
        "reinforce_baseline",
        "last-step-dropped",
        "rewards.append(float(reward))\n            done = terminated or truncated",
        "rewards.append(float(reward))\n            done = terminated or truncated\n        observations, actions, rewards = observations[:-1] or observations, actions[:-1] or actions, rewards[:-1] or rewards",
    ),
)

SAC = (
    row(
        "sac_arrays",
        "truncation-as-termination",
        "np.float32(terminated)))",
        "np.float32(terminated or truncated)))",
    ),
    row("sac_arrays", "termination-ignored", "self.gamma * (1 - d) * (next_q", "self.gamma * (next_q"),
    row(
        "sac_arrays",
        "action-not-rescaled",
        "self.low + (a.reshape(self.low.shape) + 1) / 2 * (self.high - self.low)",
        "a.reshape(self.low.shape)",
    ),
    row(
        "sac_arrays",
        "scalar-action-bounds",
        "self.low, self.high = np.asarray(env.action_space.low), np.asarray(env.action_space.high)",
        "bound = env.action_space.high[0]\n"
        "        self.low, self.high = (np.full(env.action_space.shape, b) for b in (-bound, bound))",
    ),
    row(
        "sac_arrays",
        "loss-broadcast",
        "(self.q1(now).squeeze(1) - y).pow(2).mean() + (self.q2(now).squeeze(1) - y)",
        "(self.q1(now) - y).pow(2).mean() + (self.q2(now) - y)",
    ),
    row("sac_arrays", "sign-flipped", "(self.alpha * logp - torch.min", "(self.alpha * logp + torch.min"),
    row(
        "sac_arrays",
        "target-never-synced",
        "tp.data.copy_(0.05 * p.data + 0.95 * tp.data)",
        "tp.data.copy_(tp.data)",
    ),
    row("sac_arrays", "no-discount", "y = r + self.gamma * (1 - d)", "y = r + (1 - d)"),
    row(
        "sac_arrays",
        "reward-lag",
        "self.storage.append((self.observation, a, np.float32(r),",
        "r, self.late = getattr(self, 'late', 0.0), r; self.storage.append((self.observation, a, np.float32(r),",
    ),
)

TD3 = (
    row(
        "td3_loop",
        "scalar-action-bounds",
        "(box.high + box.low) / 2, (box.high - box.low) / 2",
        "np.full(box.shape, (box.high + box.low)[0] / 2), np.full(box.shape, (box.high - box.low)[0] / 2)",
    ),
    row(
        "td3_loop",
        "truncation-as-termination",
        "not_done = 1.0 - float(terminated)",
        "not_done = 1.0 - float(terminated or truncated)",
    ),
    row("td3_loop", "target-actor-never-updated", "self.sync(self.actor, self.actor_target)", "pass"),
    row(
        "td3_loop", "done-mask-inverted", "not_done = 1.0 - float(terminated)", "not_done = float(terminated)"
    ),
    row(
        "td3_loop",
        "target-never-synced",
        "tau * param.data + (1 - tau) * target_param.data",
        "tau * target_param.data + (1 - tau) * target_param.data",
    ),
    row(
        "td3_loop",
        "next-observation-is-observation",
        "self.actor_target(next_state) + noise).clamp(-1, 1)\n            target_q1, target_q2 = self.critic_target(next_state,",
        "self.actor_target(state) + noise).clamp(-1, 1)\n            target_q1, target_q2 = self.critic_target(state,",
    ),
    row(
        "td3_loop",
        "reward-rescaled",
        "np.float32(reward), np.float32(not_done)",
        "np.float32(reward * 0.1), np.float32(not_done)",
    ),
)

TABLES = (
    row("sarsa_dict", "observation-kept-after-reset", "            if terminated or truncated:\n                self.s = None\n", "            if terminated or truncated:\n                self.env.reset()\n"),
    row("sarsa_dict", "terminal-reward-dropped", "target = r + self.gamma * expected * (not terminated)", "target = 0.0 if terminated or truncated else r + self.gamma * expected"),
    row(
        "sarsa_dict", "truncation-as-termination", "* (not terminated)", "* (not (terminated or truncated))"
    ),
    row("sarsa_dict", "no-discount", "r + self.gamma * expected", "r + expected"),
    row(
        "sarsa_dict",
        "next-observation-is-observation",
        "self.probs(s2) @ self.Q[s2]",
        "self.probs(self.s) @ self.Q[self.s]",
    ),
    row("sarsa_dict", "wrong-max", "float(self.probs(s2) @ self.Q[s2])", "float(self.Q[s2].mean())"),
    row("sarsa_dict", "termination-ignored", " * (not terminated)", ""),
    row(
        "sarsa_dict",
        "last-step-dropped",
        "            rate = max(",
        "            if terminated or truncated: self.s = None; continue\n            rate = max(",
    ),
    row(
        "actor_critic_online",
        "truncation-as-termination",
        "(1 - int(terminated))",
        "(1 - int(terminated or truncated))",
    ),
    row(
        "actor_critic_online",
        "bootstrap-target-not-detached",
        "with torch.no_grad():\n                next_value",
        "if True:\n                next_value",
    ),
    row(
        "actor_critic_online",
        "sign-flipped",
        "-(dist.log_prob(action) * advantage)",
        "(dist.log_prob(action) * advantage)",
    ),
    row("actor_critic_online", "no-discount", "reward + self.gamma * next_value", "reward + next_value"),
    row(
        "actor_critic_online",
        "truncation-bootstraps-reset-observation",
        "next_state = self.see(obs)\n",
        "next_state = self.see(self.env.reset()[0] if truncated and not terminated else obs)\n",
    ),
    row(
        "actor_critic_online",
        "observation-ignored",
        "self.state = None if terminated or truncated else next_state",
        "self.state = None if terminated or truncated else next_state * 0",
    ),
)

MISTAKES = (*PPO, *A2C, *DQN, *NSTEP, *REINFORCE, *SAC, *TD3, *TABLES)
