"""A DQN as an outside user would write it: one script, one environment, a deque for a buffer.

It shares no code with the package. ``bug`` turns single lines wrong.
"""

from __future__ import annotations

import random
from collections import deque

import numpy as np
import torch
from torch import nn

from planted.record import Planted


class ForeignDQN:
    """Only what learning and acting need, and ``q_values``."""

    def __init__(self, env, setting, bug=""):
        torch.manual_seed(setting.seed)
        self.env, self.gamma, self.bug = env, setting.gamma, bug
        self.rng = random.Random(setting.seed)
        self.memory = deque(maxlen=setting.replay_capacity or 20_000)
        self.sync_every = setting.target_interval or 40
        size, self.n = int(np.prod(env.observation_space.shape)), int(env.action_space.n)
        self.q, self.target = self.build(size), self.build(size)
        self.target.load_state_dict(self.q.state_dict())
        self.optimizer = torch.optim.Adam(self.q.parameters(), lr=3e-3)
        self.state, _ = env.reset(seed=setting.seed)
        self.steps, self.previous_reward, self.held = 0, 0.0, None
        self.window, self.priorities = deque(), deque(maxlen=self.memory.maxlen)

    def build(self, size):
        return nn.Sequential(nn.Linear(size, 48), nn.ReLU(), nn.Linear(48, self.n))

    def learn(self, steps):
        for _ in range(steps):
            self.one_step()
            self.steps += 1
            if len(self.memory) >= 64 and self.steps % 2 == 0:
                self.replay()
            if self.steps % self.sync_every == 0 and self.bug != "target-never-synced":
                self.target.load_state_dict(self.q.state_dict())

    def one_step(self):
        bug = self.bug
        if self.rng.random() < max(0.1, 1.0 - self.steps / 500):
            action = self.rng.randrange(self.n)
        else:
            action = int(self.best(self.q_values(self.state[None]))[0])
        next_state, reward, terminated, truncated, _ = self.env.step(
            action + int(self.env.action_space.start)
        )
        done = terminated
        if bug == "truncation-as-termination":
            done = terminated or truncated
        if bug == "terminated-and-truncated-bootstraps":
            done = terminated and not truncated
        if bug == "termination-ignored":
            done = False
        if bug == "reward-clipped":
            reward = float(np.clip(reward, -1.0, 1.0))
        if bug == "reward-lag":
            reward, self.previous_reward = self.previous_reward, reward
        state = self.state
        if bug != "observation-not-advanced":
            self.state = next_state
        if terminated or truncated:
            self.state, _ = self.env.reset()
        if bug == "observation-aliased":
            next_state = next_state.copy()
            state[:] = self.state  # one array for the present, and no copy of it in the buffer
            self.state = state
        if bug == "truncation-bootstraps-reset-observation" and truncated:
            next_state = self.state
        if bug == "next-observation-is-observation":
            next_state = state
        if not (bug == "last-step-dropped" and (terminated or truncated)):
            self.remember(state, action, reward, next_state, done)

    def remember(self, state, action, reward, next_state, done):
        if self.bug == "nstep-crosses-episode":
            self.window.append((state, action, reward))
            if len(self.window) == 3:
                total = sum(self.gamma**k * step[2] for k, step in enumerate(self.window))
                self.memory.append((*self.window.popleft()[:2], total, next_state, done))
        elif self.bug == "done-one-early":
            self.held, held = (state, action, reward, next_state), self.held
            if held is not None:
                self.memory.append((*held, done))
        else:
            self.memory.append((state, action, reward, next_state, done))
        self.priorities.append(max(self.priorities, default=1.0))

    def replay(self):
        weights = [p**0.6 for p in self.priorities] if self.bug == "per-bias" else None
        rows = self.rng.choices(range(len(self.memory)), weights, k=64)
        batch = [self.memory[i] for i in rows]
        states, actions, rewards, next_states, dones = (
            np.array(column) for column in zip(*batch, strict=True)
        )
        rewards = torch.tensor(rewards, dtype=torch.float32)
        if self.bug == "reward-shifted":
            rewards = (rewards - rewards.mean()) / (rewards.std() + 1e-6)
        gamma = {
            "no-discount": 1.0,
            "discount-exponent": self.gamma**2,
            "nstep-crosses-episode": self.gamma**3,
            "no-bootstrap": 0.0,
        }.get(self.bug, self.gamma)
        going_on = 1 - torch.tensor(dones, dtype=torch.float32)
        if self.bug == "done-mask-inverted":
            going_on = 1 - going_on
        if self.bug == "bootstrap-target-not-detached":
            target = rewards + gamma * self.q(self.prepare(next_states)).max(1).values * going_on
        else:
            with torch.no_grad():
                next_q = self.target(self.prepare(next_states)).max(1).values
                if self.bug == "wrong-max":
                    next_q = self.target(self.prepare(next_states)).argmax(1)
                target = rewards + gamma * next_q * going_on
        q = self.q(self.prepare(states)).gather(1, torch.tensor(actions)[:, None])
        if self.bug != "loss-broadcast":
            q = q.squeeze(1)
        loss = (q - target).pow(2).mean()
        if self.bug == "per-bias":
            for i, error in zip(rows, (q - target).abs().tolist(), strict=True):
                self.priorities[i] = error + 1e-3
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()

    def prepare(self, states):
        if self.bug == "observation-ignored":
            states = np.zeros_like(states)  # the frame that was meant to be filled
        return torch.as_tensor(np.asarray(states), dtype=torch.float32).reshape(len(states), -1)

    def best(self, q):
        return q.argmin(1) if self.bug == "sign-flipped" else q.argmax(1)

    def q_values(self, observations):
        with torch.no_grad():
            return self.q(self.prepare(np.asarray(observations))).numpy()

    def act(self, observations):
        return self.best(self.q_values(observations)) + int(self.env.action_space.start)


class MakeForeignDQN:
    """``make_agent`` for one bug, or for none; says nothing of itself but its name."""

    def __init__(self, bug=""):
        self.bug, self.name = bug, f"foreign DQN {bug}".strip()

    def __call__(self, env, setting):
        return ForeignDQN(env, setting, self.bug)


BUGS = {
    "no-discount": "gamma is 1",
    "discount-exponent": "squared",
    "truncation-as-termination": "one done flag",
    "termination-ignored": "never masked",
    "done-one-early": "flag of the next row",
    "truncation-bootstraps-reset-observation": "state after the reset",
    "terminated-and-truncated-bootstraps": "truncated asked first",
    "observation-ignored": "empty frame",
    "loss-broadcast": "column minus row",
    "reward-clipped": "clip",
    "reward-shifted": "standardised over the batch",
    "reward-lag": "stored one row late",
    "sign-flipped": "least value",
    "next-observation-is-observation": "state advanced too early",
    "observation-aliased": "one array, no copy",
    "nstep-crosses-episode": "window of 3 not cleared",
    "no-bootstrap": "bare reward",
    "wrong-max": "argmax for max",
    "target-never-synced": "no call",
    "bootstrap-target-not-detached": "one network, no detach",
    "last-step-dropped": "left the loop before storing",
    "observation-not-advanced": "no `state = next_state`",
    "done-mask-inverted": "done for not done",
    "per-bias": "no importance weights",
}
FAULTS = [Planted(bug, "foreign DQN", form, MakeForeignDQN(bug)) for bug, form in BUGS.items()]
