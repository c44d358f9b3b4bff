"""What is recognised in a script: critics, scales of rewards, parameters, and when it begins to learn."""

from __future__ import annotations

import ast
from types import SimpleNamespace

import numpy as np
import pytest
from gymnasium import spaces

from rlprobe.diagnosis.trial import Trial
from rlprobe.scripts.first_run.pay import said_scale, said_shift
from rlprobe.scripts.inside.changes.rewriting import Rewriting
from rlprobe.scripts.inside.changes.rules import GAMMA, discount_rule, quick_rules
from rlprobe.scripts.inside.gate import Gate
from rlprobe.scripts.inside.reading.frames import named_things, namespace
from rlprobe.scripts.inside.reading.networks.choosing import ACTOR, CRITIC, OF_A_BONUS, choose
from rlprobe.scripts.inside.reading.networks.outputs import Output
from rlprobe.scripts.inside.reading.networks.twins import frozen_twin
from rlprobe.scripts.inside.reading.tables import find, fingerprints, of_integers


@pytest.mark.parametrize(
    "name", ["critic", "agent.qf1", "qs.0", "q", "q.fc3", "value_net", "model.v", "q1[0]"]
)
def test_usual_names_of_critics_are_recognised(name):
    """A network of this name, or its outputs, is read without a doubt."""
    assert CRITIC.search(name)


@pytest.mark.parametrize(
    "name", ["pi[0]", "pi", "agent.actor", "policy.2", "mu", "agent.pi.0", "model.fc_std"]
)
def test_usual_names_of_actors_are_recognised(name):
    """They are no critics, even if they return one number."""
    assert ACTOR.search(name)
    assert not CRITIC.search(name)


@pytest.mark.parametrize(
    ("name", "of_a_bonus"),
    [
        ("net.int_value", True),
        ("critic_int", True),
        ("intrinsic_critic", True),
        ("ext_value", False),
        ("interval", False),
    ],
)
def test_values_of_a_bonus_for_exploring_are_told_from_those_of_rewards(name, of_a_bonus):
    """Random network distillation has both."""
    assert bool(OF_A_BONUS.search(name)) is of_a_bonus


def test_the_rollouts_of_a_policy_are_shortened_whatever_they_are_called():
    """A batch of 2,048 is a whole rollout; one of a replay memory is small."""
    rules = Rewriting(list(quick_rules(8_000)))
    assert rules.new("ON_POLICY_BATCH_SIZE", 2_048)[1] == 256
    assert rules.new("off_policy_batch_size", 128)[1] == 64


@pytest.mark.parametrize(("size", "batch"), [(100, 128), (10_000, 64)])
def test_a_batch_that_fits_in_no_memory_stays_so(size, batch):
    """A smaller one would repair the script."""
    tree = ast.parse(f"BATCH_SIZE = 128\nmemory = ReplayMemory({size})")
    assert ast.unparse(Rewriting(list(quick_rules(8_000)))(tree, "train.py")).startswith(
        f"BATCH_SIZE = {batch}\n"
    )


@pytest.mark.parametrize("step", ["discount *= gamma * lam", "discount = discount * gamma"])
def test_the_power_of_a_discount_begins_at_one(step):
    """The loop that sums advantages multiplies it again and again; a discount of 1 that stays is replaced."""
    tree = ast.parse(f"discount = 1\nfor k in range(9):\n    {step}\ngamma = 1")
    changed = ast.unparse(Rewriting([discount_rule(0.9)])(tree, "train.py"))
    assert changed.startswith("discount = 1\n")
    assert changed.endswith("gamma = 0.9")


@pytest.mark.parametrize(
    ("name", "is_discount"),
    [
        ("ext_gamma", True),
        ("gamma_ext", True),
        ("extrinsic_discount", True),
        ("int_gamma", False),
        ("gamma_extra", False),
    ],
)
def test_the_discount_of_rewards_is_known_by_its_name(name, is_discount):
    """That of a bonus stays as it is."""
    assert bool(GAMMA.fullmatch(name)) is is_discount


@pytest.mark.parametrize(
    ("source", "factors"),
    [
        ("memory.put((s, a, r / 100.0, s_prime))", [0.01]),
        ("buffer.add(s, a, 0.1 * reward, d)", [0.1]),
        ("reward *= 5", [5.0]),
        ("score += total_reward / 20", []),
        ("gamma * r", []),
        ("memory.put((s, a, float(r) / 100.0))", [0.01]),
        ("memory.put((s, a, np.sign(r) / 100.0))", []),
        ("t = torch.tensor([reward]) / 10", [0.1]),
        ("loss = criterion(values, rewards) / 4", []),
        ("env = TransformReward(env, lambda r: r * 0.01)", [0.01]),
    ],
)
def test_constants_on_rewards_are_found_in_the_source(source, factors):
    """Products of a reward and a number, and nothing else."""
    rules = Rewriting(list(quick_rules(8_000)))
    rules(ast.parse(source), "train.py")
    assert [round(factor, 6) for _, factor, _ in rules.scales] == factors


@pytest.mark.parametrize(
    ("source", "shifts"),
    [
        ("r = (r + 8) / 8", [("(r + 8) / 8", 8.0, 0.125)]),
        ("reward = (reward - 0.5) * 2", [("(reward - 0.5) * 2", -0.5, 2.0)]),
        ("loss = (target - 0.5) * 2", []),
        ("r = r + 8", []),
        ("target = 0.5 * reward + v", [("reward * 0.5", 0.0, 0.5)]),
        ("reward /= 20.0", [("reward / 20.0", 0.0, 0.05)]),
    ],
)
def test_rewards_that_are_shifted_and_scaled_are_found_in_the_source(source, shifts):
    """A shift alone may be a mistake, and is none of them."""
    rules = Rewriting(list(quick_rules(8_000)))
    rules(ast.parse(source), "train.py")
    assert rules.shifts == shifts


@pytest.mark.parametrize(
    "source", ["def __init__(self, reward_scale=2): pass", "p.add_argument('--reward-scale', default=2.0)"]
)
def test_a_number_that_is_called_the_scale_of_rewards_is_one(source):
    """Whether rewards are multiplied with it or divided by it is seen in the values."""
    rules = Rewriting([])
    rules(ast.parse(source), "train.py")
    assert [(added, factor) for _, added, factor in rules.shifts] == [(0.0, 2.0), (0.0, 0.5)]
    assert rules.shifts[0][0].replace("-", "_").startswith("rewards with reward_scale = 2")


class Reading:
    """An agent whose values are given."""

    gamma, critic = 0.9, "q"

    def __init__(self, values):
        self.values = np.array(values)

    def read(self):
        """The values."""
        return self.values


SCALES = [["r", 0.01, "train.py:60"]]


@pytest.mark.parametrize(
    ("values", "scales", "pay"),
    [
        ([0.07, 0.07, 0.08], SCALES, 100.0),
        ([2.0, 2.1, 2.6], SCALES, 1.0),
        ([0.07, 0.07, 0.08], [], 1.0),
        ([0.07, 0.07, 0.08], [*SCALES, ["reward", 0.1, "train.py:9"]], 1.0),
    ],
)
def test_the_scale_that_the_source_writes_counts_where_values_are_as_small(values, scales, pay):
    """A faulty script's values are off by no common factor; one constant on rewards then says the unit."""
    assert said_scale(scales, 1.0, Reading(values), Trial(name="Decoder")) == pay


@pytest.mark.parametrize(
    ("source", "changed"),
    [
        ("parser.add_argument('--use_reward_scaling', type=bool, default=True)", "default=False"),
        ("norm_reward: bool = True", "= False"),
        ("norm_adv: bool = True", "= True"),
        ("reward_scale = 0.1", "= 0.1"),
    ],
)
def test_flags_that_scale_rewards_by_running_statistics_are_set_off(source, changed):
    """Values would be in a unit that changes with the data; numbers and other flags stay."""
    assert changed in ast.unparse(Rewriting(list(quick_rules(8_000)))(ast.parse(source), "train.py"))


@pytest.mark.parametrize(
    ("source", "changed"),
    [
        ("max_len = 400; update_timestep = max_len * 4", "update_timestep = 400"),
        ("max_len = 400; max_len = 500; update_timestep = max_len * 4", "update_timestep = max_len * 4"),
        ("n_envs = 8; batch_size = n_envs * 64", "batch_size = n_envs * 64"),
        ("batch_size = 64; learning_starts = 10 * batch_size", "learning_starts = 400"),
    ],
)
def test_products_of_whole_numbers_count_as_numbers_where_no_shapes_depend_on_them(source, changed):
    """A rollout of so many episodes is shortened as one of so many steps is."""
    assert changed in ast.unparse(Rewriting(list(quick_rules(8_000)))(ast.parse(source), "train.py"))


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([3.04, 2.13, 1.25], True),
        ([5.18, 3.24, 1.24], True),
        ([2.62, 1.8, 2.0], False),
        ([5.18, 3.24, 1.9], False),
        ([1.0, 0.0, 2.0], False),
    ],
)
def test_a_shift_of_rewards_counts_where_the_values_say_so(values, found):
    """Decoder pays 1, 0, 2: with ``(r + 8) / 8`` that is 1.125, 1 and 1.25. Other values are left alone.

    With a fault in the targets, the value before the end counts, which is a reward.
    """
    shifts = [["(r + 8) / 8", 8.0, 0.125]]
    assert (said_shift(shifts, Reading(values), Trial(name="Decoder")) is not None) == found


def test_steps_before_the_first_update_are_idle():
    """A script that fills a buffer first learns from then on only."""
    gate = Gate(-1, -1, lambda asked: asked)
    gate.updates_seen, gate._credit = True, 10_000
    for step in range(30):
        gate.updates += step >= 20
        gate.pass_one()
    assert gate.learning_steps == 30 - 19  # the step that the first update followed counts
    assert (gate.updates_within, gate.updates_at_ends) == (10, 0)


def test_parameters_are_watched_by_their_usual_names():
    """A changed weight changes the fingerprint; what the episode brings does not count."""
    names = {"weights": np.zeros(3), "q_table": {(0, 1): 0.5}, "state": np.ones(2), "rewards": [1.0]}
    before = fingerprints(names)
    names["state"] = np.zeros(2)
    assert fingerprints(names) == before
    names["q_table"][0, 1] = 0.6
    assert fingerprints(names) != before


def test_an_object_is_found_although_an_inner_one_is_called_self_too():
    """The object whose method steps a wrapper of its own is known by the name of its class."""

    class Learner:
        net = "the critic"

    class Lanes:
        pass

    inner, outer = SimpleNamespace(f_locals={"self": Lanes()}), SimpleNamespace(f_locals={"self": Learner()})
    names = namespace([inner, outer])
    assert names["learner"].net == "the critic"
    assert isinstance(names["self"], Lanes)


def test_a_network_and_its_last_layer_are_no_rivals():
    """Two outputs that say the same are one critic."""
    whole, last, other = (Output(None, (), "actions", depth, exact=True) for depth in (0, 1, 0))
    for output, value in ((whole, 1.0), (last, 1.0), (other, 2.0)):
        output.note(np.array([0, 1]), np.array([[value, 0.0], [value, 1.0]]))
    assert last.says_the_same_as(whole)
    assert not other.says_the_same_as(whole)


class Part:
    """A network with these parts."""

    def __init__(self, *parts):
        self.parts = parts

    def modules(self):
        """Itself and its parts."""
        return iter([self, *self.parts])

    def parameters(self):
        """None."""
        return iter(())


@pytest.mark.parametrize(("returned", "chosen"), [((), "net"), ((0,), "net.v")])
def test_the_head_of_a_duelling_network_is_not_the_critic(returned, chosen):
    """A network that returns action values alone is; one that returns logits and a value is not."""
    head = Part()
    net = Part(head)
    outputs = {
        "whole": Output(net, returned, "actions", 0, exact=True),
        "head": Output(head, (), "state", 1, exact=True),
    }
    for output, value in ((outputs["whole"], [1.0, 3.0]), (outputs["head"], [2.0])):
        output.note(np.array([0]), np.array([value]))
    torch = SimpleNamespace(nn=SimpleNamespace(Module=Part))
    net.named_modules = lambda: iter([("", net), ("v", head)])
    head.named_modules = lambda: iter([("", head)])
    networks = SimpleNamespace(
        learns_without_losses=False, outputs=outputs, torch=torch, gate=SimpleNamespace(updates=5), actions=2
    )
    choice = choose(networks, {"net": net})
    assert (choice.name, choice.certain) == (chosen, True)


def test_networks_in_a_list_have_names():
    """A list of two critics is opened, and called as in the script."""
    parts = Part(), Part()
    found = dict(named_things({"nets": list(parts), "scores": [1.0, 2.0]}))
    assert (found["nets[0]"], found["nets[1]"]) == parts
    assert "scores[0]" not in found


class Numbers(np.ndarray):
    """Numbers that are copied as tensors are."""

    clone = np.ndarray.copy


class Layer:
    """A network of one weight."""

    def __init__(self, *, trained=False):
        numbers = {"numel": lambda: 2, "detach": lambda: np.zeros((2, 1)).view(Numbers)}
        self.weight = SimpleNamespace(shape=(2, 1), grad=1.0 if trained else None, **numbers)

    def parameters(self):
        """Its weight."""
        return iter([self.weight])


def said(module, *values):
    """An output that says these values, one after the other."""
    output = Output(module, (), "state", 0, exact=True)
    for value in values:
        output.note(np.array([0]), np.array([[value]]))
    return output


def test_a_target_network_that_never_changes_is_seen():
    """It says the same to the last bit while the critic learns; one that is updated does not."""
    critic = said(Layer(trained=True), 0.0, 1.0)
    still, moving = said(Layer(), *[0.3] * 30), said(Layer(), *np.arange(30.0))
    assert frozen_twin(critic, [critic, still]) is still
    assert frozen_twin(critic, [critic, moving]) is None
    assert frozen_twin(critic, [critic, still, moving]) is None


@pytest.mark.parametrize(
    ("source", "limited"),
    [
        ("if step % 1000 == 0:\n    target.load_state_dict(net.state_dict())", True),
        ("if n > self.every:\n    self.hard_update(self.target, self.net)\n    n = 0", True),
        ("if step % 2048 == 0:\n    loss = agent.learn()\n    old.load_state_dict(new.state_dict())", False),
        ("if step % 500 == 0:\n    print(step)", False),
        ("if k % n == 0:\n    targ.load_state_dict(q.state_dict())\n    writer.add_scalar('loss', l)", True),
        ("if step > 200:\n    params, m = update(params, m, target_params)", False),
    ],
)
def test_target_networks_are_updated_soon_enough(source, limited):
    """However the interval is called, and only where nothing else depends on it."""
    rules = Rewriting(list(quick_rules(8_000)))
    changed = ast.unparse(rules(ast.parse(source), "train.py"))
    assert ("min(n, 50)" in changed) == limited


@pytest.mark.parametrize("names", [("QA", "QB"), ("q_table_1", "q_table_2"), ("Q_first", "Q_second")])
def test_the_tables_of_double_q_learning_are_read_as_their_mean(names):
    """One of them alone, and tables of another shape, are no pair."""
    stage = SimpleNamespace(looks=[0, 1, 2], action_space=spaces.Discrete(2))
    one, other = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.full((3, 2), 2.0)
    found = find(dict(zip(names, (one, other), strict=True)), [stage])
    assert found.name == f"{names[0]} and {names[1]}"
    assert [found.value(i) for i in range(3)] == [2.0, 3.0, 4.0]
    assert find({names[0]: one}, [stage]) is None
    assert find({names[0]: one, names[1]: np.zeros(3)}, [stage]) is None


def test_a_table_may_be_a_list_of_lists():
    """As in scripts without NumPy; a list of other things is no table."""
    stage = SimpleNamespace(action_space=spaces.Discrete(2), looks=[0, 1, 2])
    found = find({"agent": SimpleNamespace(q=[[0.0, 1.0], [2.0, -1.0], [0.5, 0.5]])}, [stage])
    assert found.name == "agent.q"
    assert [found.value(number) for number in range(3)] == [1.0, 2.0, 0.5]
    assert find({"q": [["a", "b"]] * 3}, [stage]) is None
    assert find({"q": [[0.0, 1.0]] * 2}, [stage]) is None
    assert fingerprints({"q": [[0.0, 1.0]]}) != fingerprints({"q": [[0.0, 1.1]]})


def test_a_table_of_integers_is_read_and_told_of():
    """``np.full((n, 4), 0)`` is one; counts of visits are no table."""
    names = {"q_table": np.full((6, 4), 3), "visits": np.zeros((6, 4), int), "Q": np.zeros((6, 4))}
    assert of_integers(names) == ["q_table"]
    stage = SimpleNamespace(looks=[np.int64(1), np.int64(2)], action_space=spaces.Discrete(4))
    assert find({"q_table": names["q_table"]}, [stage]).value(0) == 3.0
