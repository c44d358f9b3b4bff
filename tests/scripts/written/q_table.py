import gymnasium as gym
import numpy as np

env = gym.make("FrozenLake-v1", is_slippery=False)
q_table = np.zeros((env.observation_space.n, env.action_space.n))

alpha = 0.1
gamma = 0.95
epsilon = 1.0
num_episodes = 2000

for episode in range(num_episodes):
    state, info = env.reset()
    done = False
    while not done:
        if np.random.rand() < epsilon:
            action = env.action_space.sample()
        else:
            action = int(np.argmax(q_table[state]))
        next_state, reward, terminated, truncated, info = env.step(action)
        done = terminated or truncated
        target = reward + gamma * np.max(q_table[next_state]) * (not terminated)
        q_table[state, action] += alpha * (target - q_table[state, action])
        state = next_state
    epsilon = max(0.05, epsilon * 0.999)

print("training finished")
env.close()
