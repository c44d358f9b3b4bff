"""A duelling double DQN in the style of video courses: an Agent with NumPy memory, ``choose_action``, ``learn``."""

import gymnasium as gym
import numpy as np
import torch as T
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim


class ReplayBuffer:
    def __init__(self, max_size, input_shape):
        self.mem_size = max_size
        self.mem_cntr = 0
        self.state_memory = np.zeros((max_size, *input_shape), dtype=np.float32)
        self.new_state_memory = np.zeros((max_size, *input_shape), dtype=np.float32)
        self.action_memory = np.zeros(max_size, dtype=np.int64)
        self.reward_memory = np.zeros(max_size, dtype=np.float32)
        self.terminal_memory = np.zeros(max_size, dtype=bool)

    def store_transition(self, state, action, reward, state_, done):
        index = self.mem_cntr % self.mem_size
        self.state_memory[index] = state
        self.action_memory[index] = action
        self.reward_memory[index] = reward
        self.new_state_memory[index] = state_
        self.terminal_memory[index] = done
        self.mem_cntr += 1

    def sample_buffer(self, batch_size):
        max_mem = min(self.mem_cntr, self.mem_size)
        batch = np.random.choice(max_mem, batch_size, replace=False)
        return (
            self.state_memory[batch],
            self.action_memory[batch],
            self.reward_memory[batch],
            self.new_state_memory[batch],
            self.terminal_memory[batch],
        )


class DuelingNetwork(nn.Module):
    def __init__(self, lr, n_actions, input_dims, fc_dims=64):
        super().__init__()
        self.fc1 = nn.Linear(*input_dims, fc_dims)
        self.fc2 = nn.Linear(fc_dims, fc_dims)
        self.V = nn.Linear(fc_dims, 1)
        self.A = nn.Linear(fc_dims, n_actions)
        self.optimizer = optim.Adam(self.parameters(), lr=lr)
        self.loss = nn.MSELoss()
        self.device = T.device("cuda:0" if T.cuda.is_available() else "cpu")
        self.to(self.device)

    def forward(self, state):
        hidden = F.relu(self.fc2(F.relu(self.fc1(state))))
        return self.V(hidden), self.A(hidden)


class Agent:
    def __init__(self, input_dims, n_actions, gamma=0.99, lr=5e-4, batch_size=64, replace=1000):
        self.gamma, self.batch_size = gamma, batch_size
        self.epsilon, self.eps_min, self.eps_dec = 1.0, 0.05, 1e-3
        self.replace_target_cnt = replace
        self.learn_step_counter = 0
        self.action_space = list(range(n_actions))
        self.memory = ReplayBuffer(10000, input_dims)
        self.q_eval = DuelingNetwork(lr, n_actions, input_dims)
        self.q_next = DuelingNetwork(lr, n_actions, input_dims)

    def choose_action(self, observation):
        if np.random.random() < self.epsilon:
            return np.random.choice(self.action_space)
        state = T.tensor(observation[np.newaxis], dtype=T.float32).to(self.q_eval.device)
        _, advantage = self.q_eval.forward(state)
        return T.argmax(advantage).item()

    def replace_target_network(self):
        if self.learn_step_counter % self.replace_target_cnt == 0:
            self.q_next.load_state_dict(self.q_eval.state_dict())

    def learn(self):
        if self.memory.mem_cntr < self.batch_size:
            return
        self.q_eval.optimizer.zero_grad()
        self.replace_target_network()
        state, action, reward, new_state, done = self.memory.sample_buffer(self.batch_size)
        states = T.tensor(state).to(self.q_eval.device)
        rewards = T.tensor(reward).to(self.q_eval.device)
        dones = T.tensor(done).to(self.q_eval.device)
        actions = T.tensor(action).to(self.q_eval.device)
        states_ = T.tensor(new_state).to(self.q_eval.device)
        indices = np.arange(self.batch_size)

        V_s, A_s = self.q_eval.forward(states)
        V_s_, A_s_ = self.q_next.forward(states_)
        V_s_eval, A_s_eval = self.q_eval.forward(states_)
        q_pred = T.add(V_s, (A_s - A_s.mean(dim=1, keepdim=True)))[indices, actions]
        q_next = T.add(V_s_, (A_s_ - A_s_.mean(dim=1, keepdim=True)))
        q_eval = T.add(V_s_eval, (A_s_eval - A_s_eval.mean(dim=1, keepdim=True)))
        max_actions = T.argmax(q_eval, dim=1)
        q_next[dones] = 0.0
        q_target = rewards + self.gamma * q_next[indices, max_actions]
        loss = self.q_eval.loss(q_target.detach(), q_pred)
        loss.backward()
        self.q_eval.optimizer.step()
        self.learn_step_counter += 1
        self.epsilon = max(self.eps_min, self.epsilon - self.eps_dec)


if __name__ == "__main__":
    env = gym.make("LunarLander-v3")
    agent = Agent(env.observation_space.shape, int(env.action_space.n))
    scores = []
    for i in range(500):
        observation, info = env.reset()
        score, done = 0.0, False
        while not done:
            action = agent.choose_action(observation)
            observation_, reward, terminated, truncated, info = env.step(action)
            done = terminated or truncated
            score += reward
            agent.memory.store_transition(observation, action, reward, observation_, terminated)
            agent.learn()
            observation = observation_
        scores.append(score)
        print("episode", i, "score %.1f" % score, "average %.1f" % np.mean(scores[-100:]))
