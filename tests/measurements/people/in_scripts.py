"""Mistakes in the scripts of ``tests/scripts/written``, as people make them: one piece of text becomes another."""

from __future__ import annotations

from in_agents import Mistake


def _row(agent: str, names: str, right: str, wrong: str) -> Mistake:
    return Mistake(agent, tuple(names.split()), right, wrong)


MISTAKES = (
    _row("single_file_ppo", "gae-not-cut truncation-as-termination", "args.gae_lambda * nextnonterminal * lastgaelam", "args.gae_lambda * lastgaelam"),
    _row("single_file_ppo", "no-discount", "rewards[t] + args.gamma * nextvalues", "rewards[t] + nextvalues"),
    _row("single_file_ppo", "done-one-late", "nextnonterminal = 1.0 - dones[t + 1]", "nextnonterminal = 1.0 - dones[t]"),
    _row("a2c_main", "truncation-as-termination", "0.0 if terminated else next_value.item()", "0.0 if terminated or truncated else next_value.item()"),
    _row("a2c_main", "no-discount", "R = r + gamma * (R if m else b)", "R = r + (R if m else b)"),
    _row("a2c_main", "gae-not-cut returns-cross-episodes termination-ignored", "(R if m else b)", "R"),
    _row("dqn_tutorial", "truncation-as-termination", "torch.tensor([float(terminated)])", "torch.tensor([float(done)])"),
    _row("dqn_tutorial", "termination-ignored", "next_state_values * (1 - done_batch)", "next_state_values"),
    _row("dqn_tutorial", "wrong-max", "target_net(next_state_batch).max(1).values", "target_net(next_state_batch).mean(1)"),
    _row("dqn_tutorial", "no-discount", "reward_batch + GAMMA * next_state_values", "reward_batch + next_state_values"),
    _row("double_dqn", "truncation-as-termination", "buffer.add(s, a, r, s2, terminated)", "buffer.add(s, a, r, s2, terminated or truncated)"),
    _row("double_dqn", "target-never-synced", "            self.target.load_state_dict(self.online.state_dict())\n", "            pass\n"),
    _row("double_dqn", "next-observation-is-observation", "self.target(s2).gather(1, best)", "self.target(s).gather(1, best)"),
    _row("td3_pendulum", "truncation-as-termination", "1.0 - float(terminated)))", "1.0 - float(terminated or truncated)))"),
    _row("td3_pendulum", "done-mask-inverted", "1.0 - float(terminated)))", "float(terminated)))"),
    _row("td3_pendulum", "no-discount", "reward + not_done * self.discount * torch", "reward + not_done * torch"),
    _row("reinforce_baseline", "no-discount", "G = r + args.gamma * G", "G = r + G"),
    _row("reinforce_baseline", "no-bootstrap truncation-as-termination", "G = 0.0 if terminated else baseline(torch.as_tensor(state)).item()", "G = 0.0"),
    _row("minimal_dqn", "truncation-as-termination", "s_prime, 0.0 if terminated else 1.0", "s_prime, 0.0 if done else 1.0"),
    _row("minimal_dqn", "loss-broadcast", "max_q_prime = q_target(s_prime).max(1)[0].unsqueeze(1)", "max_q_prime = q_target(s_prime).max(1)[0]"),
    _row("minimal_ppo", "truncation-as-termination", "prob[a].item(), 0.0 if terminated", "prob[a].item(), 0.0 if done"),
    _row("minimal_ppo", "reward-clipped", "(s, a, r / 100.0, s_prime, prob", "(s, a, np.sign(r) / 100.0, s_prime, prob"),
    _row("ppo_continuous", "truncation-as-termination", "rewards[step, i] += args.gamma * agent", "rewards[step, i] += 0.0 * agent"),
    _row("ppo_continuous", "gae-not-cut", "args.gae_lambda * (1.0 - dones[t]) * lastgaelam", "args.gae_lambda * lastgaelam"),
    _row("sac_continuous", "truncation-as-termination", "action, reward, float(terminated))", "action, reward, float(terminated or truncated))"),
    _row("sac_continuous", "termination-ignored", "y = r + (1 - d) * args.gamma", "y = r + args.gamma"),
    _row("q_table", "truncation-as-termination", "(not terminated)", "(not done)"),
    _row("q_table", "next-observation-is-observation", "np.max(q_table[next_state])", "np.max(q_table[state])"),
    _row("numpy_dqn", "truncation-as-termination", "next_obs, float(terminated))", "next_obs, float(over))"),
    _row("numpy_dqn", "termination-ignored", "GAMMA * q_next * (1 - dones)", "GAMMA * q_next"),
    _row("numpy_dqn", "wrong-max", ".forward(next_obs).max(axis=1)", ".forward(next_obs).mean(axis=1)"),
    _row("linear_fourier", "truncation-as-termination", "if not terminated:", "if not done:"),
    _row("linear_fourier", "next-observation-is-observation", "gamma * np.max(w @ next_features)", "gamma * np.max(w @ features)"),
    _row("linear_fourier", "no-discount", "target += gamma * np.max", "target += np.max"),
    _row("tile_actor_critic", "truncation-as-termination", "0.0 if terminated else critic", "0.0 if finished else critic"),
    _row("tile_actor_critic", "no-discount", "reward + discount * bootstrap", "reward + bootstrap"),
    _row("tile_actor_critic", "reward-clipped", "delta = reward + discount", "delta = max(-1.0, min(1.0, reward)) + discount"),
    _row("ppo_epochs_buffer", "truncation-as-termination", "                if terminated:\n                    v = 0.0", "                if terminated or truncated:\n                    v = 0.0"),
    _row("ppo_epochs_buffer", "no-discount", "discount_cumsum(rews, self.gamma)", "discount_cumsum(rews, 1.0)"),
    _row("ppo_epochs_buffer", "loss-broadcast", "(agent.v(obs).squeeze(-1) - ret)", "(agent.v(obs) - ret)"),
    _row("duelling_agent", "truncation-as-termination", "reward, observation_, terminated)", "reward, observation_, done)"),
    _row("duelling_agent", "termination-ignored", "        q_next[dones] = 0.0\n", ""),
    _row("duelling_agent", "next-observation-is-observation", "self.new_state_memory[index] = state_", "self.new_state_memory[index] = state"),
    _row("duelling_agent", "target-never-synced", "self.q_next.load_state_dict(self.q_eval.state_dict())", "self.q_next.load_state_dict(self.q_next.state_dict())"),
    _row("q_table", "termination-ignored", " * (not terminated)", ""),
    _row("q_table", "no-discount", "reward + gamma * np.max", "reward + np.max"),
    _row("q_table", "no-bootstrap", "reward + gamma * np.max", "reward + 0.0 * np.max"),
    _row("q_table", "reward-clipped", "target = reward +", "target = np.sign(reward) +"),
    _row("q_table", "reward-shifted", "target = reward +", "target = (reward - 1.0) +"),
    _row("q_table", "done-mask-inverted", "* (not terminated)", "* terminated"),
    _row("q_table", "discount-exponent", "reward + gamma * np.max", "reward + gamma**2 * np.max"),
    _row("q_table", "wrong-max", "np.max(q_table[next_state])", "np.mean(q_table[next_state])"),
    _row("q_table", "sign-flipped", "target = reward +", "target = -reward +"),
)
