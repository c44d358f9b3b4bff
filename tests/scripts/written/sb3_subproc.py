import os

import gymnasium as gym
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import EvalCallback
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.vec_env import SubprocVecEnv

if __name__ == "__main__":
    log_dir = "logs"
    os.makedirs(log_dir, exist_ok=True)
    vec_env = make_vec_env("LunarLander-v3", n_envs=4, seed=0, vec_env_cls=SubprocVecEnv)
    eval_env = make_vec_env("LunarLander-v3", n_envs=1)
    eval_callback = EvalCallback(eval_env, eval_freq=500, n_eval_episodes=3, log_path=log_dir, best_model_save_path=log_dir)
    model = PPO("MlpPolicy", vec_env, n_steps=128, batch_size=64, learning_rate=1e-3, verbose=1)
    model.learn(total_timesteps=100_000, callback=eval_callback)
    model.save("ppo_lunar")
