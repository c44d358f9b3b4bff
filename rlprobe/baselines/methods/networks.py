"""PPO, DQN and SAC of Stable-Baselines3, with settings chosen by the kinds of observation and action."""

from __future__ import annotations

import time
import warnings
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from gymnasium import spaces

from rlprobe.baselines.counted import limited, smooth
from rlprobe.baselines.playing import OutOfTimeError, Player, opened
from rlprobe.baselines.table import Missing, Row
from rlprobe.extras import MissingExtraError, need

if TYPE_CHECKING:
    from collections.abc import Callable

    from rlprobe.baselines.methods.chance import Outcome
    from rlprobe.environments.opening import Make

SEEDS: Final = 3
THREE_SEEDS_FROM_S: Final = 30.0
"""With less time, there is one seed."""
ROUNDS: Final = ((3, 1 / 9), (2, 1 / 6), (1, 1 / 3))
"""Seeds that go on in each round, and the share of the time that each of them gets in it."""
CHECK_EPISODES: Final = 3
"""Episodes by which seeds are ranked between rounds."""
COPIES: Final = 4
SMALL_NET: Final = {"net_arch": [64, 64]}
PPO: Final = {"n_steps": 256, "batch_size": 128, "n_epochs": 8, "gae_lambda": 0.95, "learning_rate": 5e-4}
DQN: Final = {
    "learning_rate": 1e-3,
    "learning_starts": 500,
    "buffer_size": 50_000,
    "batch_size": 64,
    "train_freq": 4,
    "gradient_steps": 2,
    "target_update_interval": 250,
}
SAC: Final = {"learning_rate": 1e-3, "learning_starts": 300, "buffer_size": 100_000, "batch_size": 128}
EXPLORES_STEPS: Final = 5_000
"""Steps over which DQN's epsilon falls from 1 to 0.05."""


def algorithms(observations: spaces.Space[Any], actions: spaces.Space[Any]) -> tuple[str, ...]:
    """Which algorithms learn on such spaces.

    >>> algorithms(spaces.Box(-1, 1, (3,)), spaces.Discrete(2))
    ('PPO', 'DQN')
    >>> algorithms(spaces.Box(-1, 1, (3,)), spaces.Box(-1, 1, (2,)))
    ('PPO', 'SAC')
    """
    del observations
    if isinstance(actions, spaces.Discrete):
        return ("PPO", "DQN")
    return ("PPO", "SAC") if isinstance(actions, spaces.Box) else ("PPO",)


def network(name: str, make: Make, until: float) -> Outcome:
    """Three seeds of one algorithm; the better ones go on, and the last one is judged."""
    label = f"{name} (Stable-Baselines3)"
    try:
        need("stable_baselines3", f"the row of {name}")
    except MissingExtraError as error:
        return [], [Missing(label, str(error))], None
    import torch

    torch.set_num_threads(1)
    if time.perf_counter() > until:
        return [], [Missing(label, "its time was up before torch was imported; give more --minutes")], None
    player = Player(make, until)
    try:
        runs = [_Run(name, make, seed) for seed in range(SEEDS if player.left > THREE_SEEDS_FROM_S else 1)]
    except (ValueError, TypeError, AssertionError, NotImplementedError) as error:
        return [], [Missing(label, " ".join(str(error).split())[:160])], None
    if player.left <= 0:
        return [], [Missing(label, "its time was up before it began to learn; give more --minutes")], None
    return _halved(label, runs, player)


def _halved(label: str, runs: list[_Run], player: Player) -> Outcome:
    began, whole, alive = time.perf_counter(), player.left, list(runs)
    played = 0.0
    for count, share in ROUNDS if len(runs) == SEEDS else ROUNDS[-1:]:
        alive = alive[:count]
        for run in alive:
            played += share
            last = count == 1
            end = player.until - player.reserve() if last else began + played * whole
            run.learn(end)
            if not last:
                run.score = _check(player, run, end + 0.1 * share * whole)
        alive.sort(key=lambda run: -run.score)
    best = alive[0]
    returns = player.fresh(best.act)
    steps = player.steps + sum(run.steps for run in runs)
    if not returns:
        return [], [Missing(label, "no time for evaluation episodes")], None
    seeds = f"best of {SEEDS} seeds, " if len(runs) == SEEDS else "one seed, "
    note = f"{seeds}{best.steps:,} steps of its own"
    top = max([player.best, *(r for run in runs for _, r in run.curve)])
    row = Row(
        label, "network", returns, top, steps, player.seconds, note, tuple(smooth(run.curve) for run in runs)
    )
    return [row], [], None


def _check(player: Player, run: _Run, until: float) -> float:
    """The mean return of a few episodes; that of training where there is no time."""
    totals: list[float] = []
    whole, player.until = player.until, min(player.until, until)
    try:
        while len(totals) < CHECK_EPISODES:
            totals.append(player.episode(run.act).total)
    except OutOfTimeError:
        pass
    finally:
        player.until = whole
    recent = [total for _, total in run.curve[-10:]]
    return float(np.mean(totals or recent or [-np.inf]))


class _Run:
    """One seed: the model, its steps and the returns of its training episodes."""

    def __init__(self, name: str, make: Make, seed: int) -> None:
        import stable_baselines3 as sb3
        from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

        copies = COPIES if name == "PPO" else 1
        self.curve: list[tuple[int, float]] = []
        self.score = -np.inf
        venv: Any = DummyVecEnv([lambda: limited(opened(make))] * copies)
        venv.seed(seed)
        space = venv.observation_space
        self.normaliser: Any = None
        plain = isinstance(space, spaces.Box) and len(space.shape) == 1
        if plain or name == "PPO":
            self.normaliser = venv = VecNormalize(venv, norm_obs=plain, norm_reward=name == "PPO", gamma=0.99)
        arguments: dict[str, Any] = {"PPO": PPO, "DQN": DQN, "SAC": SAC}[name] | {
            "policy": _policy(space),
            "seed": seed,
            "device": "cpu",
            "gamma": 0.99,
        }
        if plain or isinstance(space, spaces.Discrete):
            arguments["policy_kwargs"] = SMALL_NET
        if not plain and "buffer_size" in arguments:
            arguments["buffer_size"] = 10_000
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.model = getattr(sb3, name)(env=venv, **arguments)
        if name == "DQN":
            self.model.exploration_schedule = self._epsilon
        self._totals = np.zeros(copies)

    def _epsilon(self, progress: float) -> float:
        del progress
        return max(0.05, 1.0 - 0.95 * self.steps / EXPLORES_STEPS)

    @property
    def steps(self) -> int:
        """Environment steps so far."""
        return int(self.model.num_timesteps)

    def learn(self, until: float) -> None:
        """Learn until then."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.model.learn(10**9, callback=_callback(self, until), reset_num_timesteps=False)

    def count(self, rewards: Any, dones: Any) -> None:
        """Count one step of all copies."""
        raw = self.normaliser.get_original_reward() if self.normaliser is not None else rewards
        self._totals += raw
        for copy in np.flatnonzero(dones):
            self.curve.append((self.steps, float(self._totals[copy])))
            self._totals[copy] = 0.0

    def act(self, observation: Any) -> Any:
        """The deterministic action."""
        seen = observation if self.normaliser is None else self.normaliser.normalize_obs(observation)
        return self.model.predict(seen, deterministic=True)[0]


def _callback(run: _Run, until: float) -> Any:
    """Counts episodes, and stops learning when the time is up."""
    from stable_baselines3.common.callbacks import BaseCallback

    class Watch(BaseCallback):  # type: ignore[misc]
        def _on_step(self) -> bool:
            run.count(self.locals["rewards"], self.locals["dones"])
            return time.perf_counter() < until

    return Watch()


def _policy(space: spaces.Space[Any]) -> str:
    if isinstance(space, spaces.Dict):
        return "MultiInputPolicy"
    from stable_baselines3.common.preprocessing import is_image_space

    picture = is_image_space(space) and sorted(space.shape or ())[-2] >= 36
    return "CnnPolicy" if picture else "MlpPolicy"


def of(name: str) -> Callable[[Make, float], Outcome]:
    """The method of one algorithm."""
    return lambda make, until: network(name, make, until)
