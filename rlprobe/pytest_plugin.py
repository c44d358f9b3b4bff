"""``pytest --rlprobe TARGET``: one test for each probe, whose failure is the diagnosis."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from probe_envs import SUITE

if TYPE_CHECKING:
    from rlprobe.diagnosis import Report

OUTCOMES_OPEN = ("undecided", "skipped")


class Probes:
    """Adds the tests, and trains the agent once for all of them.

    Args:
        config: pytest's configuration, with the options of rlprobe.
    """

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.selected: list[str] = []
        self._report: Report | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, session: pytest.Session, items: list[pytest.Item]) -> None:
        """Add one test for each probe and one for the verdict; ``-k`` selects among them afterwards."""
        folder = ProbeFolder.from_parent(
            session, name="rlprobe", path=Path(self.config.rootpath), nodeid="rlprobe"
        )
        folder.probes = self
        names = [row.name for row in SUITE if row.asks != "exploration"]
        added: list[pytest.Item] = [ProbeTest.from_parent(folder, name=name) for name in [*names, "verdict"]]
        items += added
        report = pytest.CollectReport("rlprobe", "passed", None, list(added))
        self.config.hook.pytest_collectreport(report=report)  # so that they are counted

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Train on the probes that are left only."""
        self.selected = [item.name for item in session.items if isinstance(item, ProbeTest)]

    @property
    def report(self) -> Report:
        """The diagnosis; made on first use."""
        if self._report is None:
            from rlprobe.diagnosis import diagnose

            option = self.config.getoption
            wanted = [name for name in self.selected if name != "verdict"]
            everything = "verdict" in self.selected
            self._report = diagnose(
                subject(option("--rlprobe")),
                seeds=option("--rlprobe-seeds"),
                budget=option("--rlprobe-budget"),
                only=() if everything else wanted,
            )
        return self._report


def subject(target: str) -> Any:
    """What a target names: a ``make_agent`` or a training script.

    Raises:
        TargetError: there is no such file, module or function.
    """
    from rlprobe.commands.targets import resolve
    from rlprobe.scripts.notebooks.cells import SCRIPTS

    if target.endswith(SCRIPTS):
        from rlprobe.scripts import script_agent

        return script_agent(target, [])
    return resolve(target)


class ProbeFolder(pytest.Collector):
    """Stands in the place of a test file."""

    probes: Probes

    def collect(self) -> list[pytest.Item]:
        """The tests are added by ``Probes``."""
        return []


class ProbeTest(pytest.Item):
    """What one probe says of the agent."""

    def runtest(self) -> None:
        """Pass, fail with the diagnosis, or be skipped where the probe is open."""
        assert isinstance(self.parent, ProbeFolder)
        report = self.parent.probes.report
        if self.name == "verdict":
            if report.verdict == "inconclusive":
                pytest.skip("inconclusive: rlprobe diagnose says why")
            report.raise_if_faulty()
            return
        for label, failure in report.crashes:
            if label.split()[0] == self.name:
                raise AssertionError(f"the agent crashed: {failure.error}\n{failure.trace}")
        results = [result for result in report.results if result.trial.name == self.name]
        if any(result.outcome == "fail" for result in results):
            raise AssertionError(str(report))
        if not results or all(result.outcome in OUTCOMES_OPEN for result in results):
            pytest.skip(results[0].why if results and results[0].why else "not for this agent")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The diagnosis itself, without a traceback."""
        if isinstance(excinfo.value, AssertionError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Where a failure is said to be."""
        return self.path, None, f"rlprobe: {self.name}"
