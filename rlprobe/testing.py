"""For test suites: assertions on agents and environments, and tests that a library's agents can inherit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import gymnasium as gym

    from rlprobe.agent import MakeAgent, Setting
    from rlprobe.diagnosis import Report
    from rlprobe.inspection import Inspection

__all__ = ["AgentConformance", "agent_conformance", "assert_env_ready", "assert_healthy"]

PROBE_OF = {"discrete": "ContextBandit", "continuous": "BoxTarget"}
"""The probe on which an agent with this kind of actions is built."""
FEW_STEPS = 64


def assert_healthy(make_agent: MakeAgent | Any, **options: Any) -> Report:
    """Diagnose an agent; fails with the whole report unless it is healthy.

    Args:
        make_agent: ``make_agent(env, setting)``, see ``rlprobe.diagnose``.
        options: those of ``rlprobe.diagnose``, such as ``budget`` and ``only``.

    Raises:
        AssertionError: the agent is faulty, or nothing could be concluded.
    """
    from rlprobe.diagnosis import diagnose

    report = diagnose(make_agent, **options)
    report.raise_if_faulty()
    return report


def assert_env_ready(env: Any, **options: Any) -> Inspection:
    """Inspect an environment; fails with the report if anything harmful was flagged.

    Args:
        env: an id, an environment or a function that makes one, see ``rlprobe.inspect``.
        options: those of ``rlprobe.inspect``, such as ``seconds`` and ``gamma``.

    Raises:
        AssertionError: something harmful was found.

    >>> assert_env_ready("CartPole-v1", seconds=2.0, pictures=False).exit_code
    0
    """
    from rlprobe.inspection import inspect

    report = inspect(env, **{"pictures": False, **options})
    if report.exit_code:
        raise AssertionError(str(report))
    return report


class AgentConformance:
    """Tests of the interface of an agent; ``agent_conformance`` makes a class of them for one agent.

    They do not test whether it learns well; ``assert_healthy`` does.
    """

    make_agent: Any

    def agent(self) -> tuple[Any, gym.Env[Any, Any], Setting]:
        """A new agent, its environment and its setting."""
        import gymnasium as gym

        import probe_envs  # noqa: F401 - registers the probes
        from rlprobe.agent import Setting
        from rlprobe.diagnosis.factory import describe

        make = type(self).make_agent
        kinds = describe(make).kinds
        name = PROBE_OF["discrete" if "discrete" in kinds else "continuous"]
        env, setting = gym.make(f"probe/{name}-v0"), Setting(seed=7)
        return make(env, setting), env, setting

    def observations(self, env: gym.Env[Any, Any]) -> Any:
        """Three observations of the environment's first steps, ``(3, *shape)``."""
        return np.stack([env.observation_space.sample() for _ in range(3)])

    def test_it_has_the_methods_of_an_agent(self) -> None:
        """It has ``learn`` and ``act``."""
        from rlprobe.diagnosis.questions import check_agent

        check_agent(self.agent()[0])

    def test_it_learns_a_few_steps(self) -> None:
        """``learn`` takes steps in its environment and returns."""
        agent, _, _ = self.agent()
        agent.learn(FEW_STEPS)

    def test_it_acts_within_the_action_space(self) -> None:
        """``act`` gives one valid action for each observation."""
        agent, env, _ = self.agent()
        actions = np.asarray(agent.act(self.observations(env)))
        assert len(actions) == 3, f"act: expected 3 actions for 3 observations, got shape {actions.shape}"
        for action in actions:
            given = action.astype(env.action_space.dtype)
            assert env.action_space.contains(given), f"act: {action!r} is not in {env.action_space}"

    def test_it_shows_one_value_for_each_observation(self) -> None:
        """``value`` and ``q_values``, if any, give an observation the same alone and in a batch."""
        agent, env, _ = self.agent()
        observations = self.observations(env)
        for name in ("value", "q_values", "policy"):
            method = getattr(agent, name, None)
            if callable(method):
                together = np.asarray(method(observations))
                alone = np.concatenate([np.asarray(method(observations[i : i + 1])) for i in range(3)])
                assert len(together) == 3, f"{name}: expected 3 rows, got shape {together.shape}"
                assert np.allclose(together, alone, atol=1e-4), f"{name} depends on the rest of the batch"

    def test_it_leaves_observations_as_they_are(self) -> None:
        """``act`` does not change the array it is given."""
        agent, env, _ = self.agent()
        observations = self.observations(env)
        before = observations.copy()
        agent.act(observations)
        assert np.array_equal(before, observations), "act changed the observations it was given"

    def test_the_same_seed_gives_the_same_agent(self) -> None:
        """Two agents with one seed act alike before learning."""
        (first, env, _), (second, _, _) = self.agent(), self.agent()
        observations = self.observations(env)
        one, other = (np.asarray(agent.act(observations)) for agent in (first, second))
        assert np.allclose(one, other), "two agents with the same seed act differently"


def agent_conformance(make_agent: MakeAgent) -> type[AgentConformance]:
    """A class of tests for an agent, for pytest to collect.

    Args:
        make_agent: ``make_agent(env, setting)``, see ``rlprobe.agent``.

    >>> from rlprobe.agents.tabular import make_agent
    >>> class TestMyAgent(agent_conformance(make_agent)): ...
    >>> TestMyAgent().test_it_has_the_methods_of_an_agent()
    """
    return type("Conformance", (AgentConformance,), {"make_agent": staticmethod(make_agent)})
