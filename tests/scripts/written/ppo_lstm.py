import gymnasium as gym
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.distributions import Categorical

learning_rate = 0.0005
gamma = 0.98
lmbda = 0.95
eps_clip = 0.1
K_epoch = 2
T_horizon = 20


class PPO(nn.Module):
    def __init__(self, n_obs, n_act):
        super().__init__()
        self.data = []
        self.fc1 = nn.Linear(n_obs, 64)
        self.lstm = nn.LSTM(64, 32)
        self.fc_pi = nn.Linear(32, n_act)
        self.fc_v = nn.Linear(32, 1)
        self.optimizer = torch.optim.Adam(self.parameters(), lr=learning_rate)

    def pi(self, x, hidden):
        x = F.relu(self.fc1(x)).view(-1, 1, 64)
        x, lstm_hidden = self.lstm(x, hidden)
        return F.softmax(self.fc_pi(x), dim=2), lstm_hidden

    def v(self, x, hidden):
        x = F.relu(self.fc1(x)).view(-1, 1, 64)
        x, _ = self.lstm(x, hidden)
        return self.fc_v(x)

    def train_net(self):
        s, a, r, s2, prob_a, mask, h_in, h_out = zip(*self.data)
        self.data = []
        s = torch.tensor(np.array(s), dtype=torch.float)
        s2 = torch.tensor(np.array(s2), dtype=torch.float)
        a = torch.tensor(a).view(-1, 1)
        r = torch.tensor(r, dtype=torch.float).view(-1, 1)
        mask = torch.tensor(mask, dtype=torch.float).view(-1, 1)
        prob_a = torch.tensor(prob_a).view(-1, 1)
        first = (h_in[0][0].detach(), h_in[0][1].detach())
        second = (h_out[0][0].detach(), h_out[0][1].detach())
        for _ in range(K_epoch):
            v_prime = self.v(s2, second).squeeze(1)
            td_target = r + gamma * v_prime * mask
            v_s = self.v(s, first).squeeze(1)
            delta = (td_target - v_s).detach().numpy()
            advantages, adv = [], 0.0
            for item in delta[::-1]:
                adv = gamma * lmbda * adv + item[0]
                advantages.append([adv])
            advantages = torch.tensor(advantages[::-1], dtype=torch.float)
            pi, _ = self.pi(s, first)
            pi_a = pi.squeeze(1).gather(1, a)
            ratio = torch.exp(torch.log(pi_a) - torch.log(prob_a))
            surr = torch.min(ratio * advantages, torch.clamp(ratio, 1 - eps_clip, 1 + eps_clip) * advantages)
            loss = -surr + F.smooth_l1_loss(v_s, td_target.detach())
            self.optimizer.zero_grad()
            loss.mean().backward()
            self.optimizer.step()


def main():
    env = gym.make("CartPole-v1")
    model = PPO(4, 2)
    score = 0.0
    for n_epi in range(10000):
        h_out = (torch.zeros([1, 1, 32]), torch.zeros([1, 1, 32]))
        s, _ = env.reset()
        done = False
        while not done:
            for t in range(T_horizon):
                h_in = h_out
                with torch.no_grad():
                    prob, h_out = model.pi(torch.from_numpy(s).float(), h_in)
                prob = prob.view(-1)
                a = Categorical(prob).sample().item()
                s2, r, terminated, truncated, _ = env.step(a)
                done = terminated or truncated
                model.data.append((s, a, r, s2, prob[a].item(), 0.0 if terminated else 1.0, h_in, h_out))
                s = s2
                score += r
                if done:
                    break
            model.train_net()
        if n_epi % 20 == 0 and n_epi:
            print(f"# of episode :{n_epi}, avg score : {score / 20:.1f}")
            score = 0.0


if __name__ == "__main__":
    main()
