"""DQN with a network written by hand in NumPy: a class with forward and backward, a deque, target weights."""

import random
from collections import deque

import gymnasium as gym
import numpy as np

GAMMA = 0.95
LEARNING_RATE = 2e-3
BATCH = 32
SYNC_EVERY = 50


class MLP:
    def __init__(self, sizes, rng):
        self.weights = [
            rng.standard_normal((n_in, n_out)) * np.sqrt(2.0 / n_in)
            for n_in, n_out in zip(sizes[:-1], sizes[1:])
        ]
        self.biases = [np.zeros(n_out) for n_out in sizes[1:]]
        self.moments = [[np.zeros_like(p), np.zeros_like(p)] for p in self.weights + self.biases]
        self.t = 0

    def forward(self, x):
        self.activations = [x]
        for i, (W, b) in enumerate(zip(self.weights, self.biases)):
            x = x @ W + b
            if i < len(self.weights) - 1:
                x = np.maximum(x, 0.0)
            self.activations.append(x)
        return x

    def backward(self, grad):
        grads_w, grads_b = [], []
        for i in reversed(range(len(self.weights))):
            grads_w.insert(0, self.activations[i].T @ grad)
            grads_b.insert(0, grad.sum(axis=0))
            grad = grad @ self.weights[i].T
            if i > 0:
                grad = grad * (self.activations[i] > 0)
        self.adam(grads_w + grads_b)

    def adam(self, grads):
        self.t += 1
        for p, g, (m, v) in zip(self.weights + self.biases, grads, self.moments):
            m += 0.1 * (g - m)
            v += 0.001 * (g * g - v)
            p -= LEARNING_RATE * (m / (1 - 0.9**self.t)) / (np.sqrt(v / (1 - 0.999**self.t)) + 1e-8)

    def copy_from(self, other):
        self.weights = [w.copy() for w in other.weights]
        self.biases = [b.copy() for b in other.biases]


class DQNAgent:
    def __init__(self, n_obs, n_actions):
        rng = np.random.default_rng(1)
        self.n_actions = n_actions
        self.q_net = MLP([n_obs, 32, 32, n_actions], rng)
        self.target_net = MLP([n_obs, 32, 32, n_actions], rng)
        self.target_net.copy_from(self.q_net)
        self.memory = deque(maxlen=5000)
        self.epsilon = 1.0
        self.learned = 0

    def act(self, obs):
        if random.random() < self.epsilon:
            return random.randrange(self.n_actions)
        return int(np.argmax(self.q_net.forward(obs[None])[0]))

    def remember(self, *transition):
        self.memory.append(transition)

    def replay(self):
        batch = random.sample(self.memory, BATCH)
        obs, actions, rewards, next_obs, dones = map(np.array, zip(*batch))
        q_next = self.target_net.forward(next_obs).max(axis=1)
        targets = rewards + GAMMA * q_next * (1 - dones)
        q = self.q_net.forward(obs)
        grad = np.zeros_like(q)
        rows = np.arange(BATCH)
        grad[rows, actions] = (q[rows, actions] - targets) / BATCH
        self.q_net.backward(grad)
        self.learned += 1
        if self.learned % SYNC_EVERY == 0:
            self.target_net.copy_from(self.q_net)
        self.epsilon = max(0.05, self.epsilon * 0.998)


def train():
    env = gym.make("CartPole-v1")
    agent = DQNAgent(env.observation_space.shape[0], env.action_space.n)
    for episode in range(400):
        obs, _ = env.reset()
        total, over = 0.0, False
        while not over:
            action = agent.act(obs)
            next_obs, reward, terminated, truncated, _ = env.step(action)
            over = terminated or truncated
            agent.remember(obs, action, reward, next_obs, float(terminated))
            if len(agent.memory) >= 200:
                agent.replay()
            obs = next_obs
            total += reward
        if episode % 20 == 0:
            print(f"episode {episode}: {total:.0f}")


if __name__ == "__main__":
    train()
