"""A right function is right in any convention, and a mistake is named."""

from __future__ import annotations

import json

import numpy as np
import pytest

import rlprobe
from rlprobe.cli import main


def gae(rewards, values, dones, last_value, gamma=0.99, lam=0.95):
    """GAE as most people write it."""
    advantages, running = np.zeros_like(rewards), 0.0
    for t in reversed(range(len(rewards))):
        following = last_value if t == len(rewards) - 1 else values[t + 1]
        delta = rewards[t] + gamma * (1 - dones[t]) * following - values[t]
        advantages[t] = running = delta + gamma * lam * (1 - dones[t]) * running
    return advantages, advantages + values


def test_a_right_function_is_right_and_its_conventions_are_said():
    """What the record says is how the function was called."""
    found = rlprobe.check.gae(gae)
    assert "`dones[t]` belongs to the step that ended" in str(found)
    assert "returns advantages and returns (advantages + values)" in found.conventions
    assert found.cases == 200


def test_a_mistake_is_named_with_the_smallest_case():
    """The failure is an assertion that shows a case of a step or two."""

    def uncut(rewards, values, dones, last_value, gamma=0.99, lam=0.95):
        advantages, running = np.zeros_like(rewards), 0.0
        for t in reversed(range(len(rewards))):
            following = last_value if t == len(rewards) - 1 else values[t + 1]
            delta = rewards[t] + gamma * (1 - dones[t]) * following - values[t]
            advantages[t] = running = delta + gamma * lam * running
        return advantages

    with pytest.raises(AssertionError, match="not cut where an episode ends") as raised:
        rlprobe.check.gae(uncut)
    assert raised.value.mistake == "gae-not-cut"
    assert "of this 2-step case" in str(raised.value)


def test_nothing_is_said_of_what_is_not_understood():
    """An argument that nobody knows is an error that shows the adapt to write."""
    with pytest.raises(rlprobe.check.NotUnderstoodError, match="adapt=lambda case: odd"):
        rlprobe.check.gae(odd)


def odd(foo, bar, baz, qux):
    """Nothing is known of its arguments."""
    return foo + bar + baz + qux


def test_a_function_that_raises_is_shown_with_what_it_got():
    """The error is quoted, with the call."""

    def broken(rewards, values, dones, last_value):
        raise RuntimeError("no such thing")

    with pytest.raises(rlprobe.check.FunctionRaisedError, match=r"no such thing \(called as broken"):
        rlprobe.check.gae(broken)


def unknown(rewards, values, dones, last_value, gamma, lam, config):
    """One argument that nothing is known of."""
    return rewards * config.scale


def unknowns(rewards, values, dones, *, gamma, lam, one, two, three, four):
    """More than can be tried."""
    return rewards


def other_shape(rewards, values, dones, last_value, gamma, lam):
    """A result that is none."""
    return np.zeros((2, 2, 2))


def nothing(rewards, values, dones, last_value, gamma, lam):
    """No result at all."""


def never_ends(rewards, values, dones, last_value, gamma, lam):
    """A generator that goes on."""
    while True:
        yield 1.0


ARGUMENTS = "case.rewards, case.values, case.dones, case.last_value, case.gamma, case.lam"


@pytest.mark.parametrize(
    ("function", "said", "arguments"),
    [
        (unknown, "what `config` means was guessed", f"{ARGUMENTS}, config=..."),
        (unknowns, "`one`, `two`, `three`, `four`", "gamma=case.gamma, lam=case.lam, one=..., two=..."),
        (other_shape, r"returned shape (2, 2, 2), expected a result of shape (T, N)", ARGUMENTS),
        (nothing, "returned nothing", ARGUMENTS),
        (never_ends, "returned shape (1000,)", ARGUMENTS),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_what_cannot_be_checked_is_said_with_the_adapt_to_write(function, said, arguments):
    """One line: what was passed or came back, and the call by the function's own arguments."""
    with pytest.raises((rlprobe.check.NotUnderstoodError, rlprobe.check.FunctionRaisedError)) as raised:
        rlprobe.check.gae(function)
    text = str(raised.value)
    assert "\n" not in text
    assert said in text
    assert arguments in text


def test_what_is_no_number_is_said():
    """NaN is told as such."""

    def lost(rewards, values, dones, last_value, gamma, lam):
        return rewards * np.nan

    with pytest.raises(rlprobe.check.CheckFailure, match="returns NaN or infinity"):
        rlprobe.check.gae(lost)


def test_the_global_random_state_is_untouched():
    """A function that draws numbers does not change what the caller draws next."""

    def noisy(rewards, values, dones, last_value, gamma=0.99, lam=0.95):
        np.random.random(3)  # noqa: NPY002
        return gae(rewards, values, dones, last_value, gamma, lam)

    before = np.random.get_state()[1].copy()  # noqa: NPY002
    rlprobe.check.gae(noisy)
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


def test_inputs_that_are_changed_are_a_mistake():
    """The caller's rewards are the caller's."""

    def spoils(rewards, values, dones, last_value, gamma=0.99, lam=0.95):
        found = gae(rewards, values, dones, last_value, gamma, lam)
        rewards += 1
        return found

    with pytest.raises(rlprobe.check.CheckFailure, match="changes `rewards` in place"):
        rlprobe.check.gae(spoils)


@pytest.mark.parametrize(
    ("body", "code", "verdict"),
    [
        ("return rewards + gamma * (1 - dones) * next_q_values.max(1)", 0, "right"),
        ("return rewards + gamma * next_q_values.max(1)", 1, "wrong"),
        ("raise KeyError('x')", 4, "raised"),
        ("return 'nothing of use'", 2, "not understood"),
    ],
)
def test_exit_codes_and_json(tmp_path, capsys, body, code, verdict):
    """The command tells by its exit code and as JSON what the check found."""
    file = tmp_path / "mine.py"
    head = "def q_target(rewards, dones, next_q_values, gamma=0.99):"
    file.write_text(f"{head}\n    {body}\n")
    assert main(["check", f"{file}:q_target", "--json"]) == code
    assert json.loads(capsys.readouterr().out)["verdict"] == verdict


def test_what_is_printed_fits_a_terminal(tmp_path, capsys):
    """Notes and identities, which are sentences, are wrapped at 80 columns."""
    code = tmp_path / "mine.py"
    code.write_text(
        "import numpy as np\ndef discounted_return(rewards, dones, gamma):\n"
        "    out, run = np.zeros_like(rewards), 0.0\n"
        "    for t in reversed(range(len(rewards))):\n"
        "        out[t] = run = rewards[t] + gamma * (1 - dones[t]) * run\n    return out\n"
    )
    assert main(["check", f"{code}:discounted_return"]) == 0
    printed = capsys.readouterr().out
    assert "Note: integer rewards lose their fractions" in printed
    assert max(map(len, printed.splitlines())) <= 80
