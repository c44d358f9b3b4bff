"""The report on a terminal of 80 columns: the worst findings first, each with its remedy."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

import numpy as np

from rlprobe.output.numbers import short

if TYPE_CHECKING:
    from rlprobe.inspection.findings import Findings
    from rlprobe.inspection.flag import Flag
    from rlprobe.inspection.measures.component import Component
    from rlprobe.inspection.measures.pictures import PictureStats
    from rlprobe.stats.intervals import Summary

WIDTH: Final = 80
MOST_LINES: Final = 40
"""Lines, unless there are more findings than that leaves room for."""
SHAPES: Final = ((4, 3), (3, 2), (3, 1))
"""Most lines for the sentence of a finding and for its remedy, from roomy to narrow."""
MARK: Final = {"harmful": ("HARMFUL", "bold red"), "look": ("look", "yellow"), "note": ("note", "dim")}
Line = tuple[str, str]


def lines(report: Findings) -> list[Line]:
    """The report as ``(line, style)``."""
    body = [*_life(report), *_scale(report), *_horizon(report), *_time_step(report), *_contract(report)]
    head = _head(report)
    room = MOST_LINES - len(head) - len(body)
    return [*head, *_flags(report, room), *body]


def _head(report: Findings) -> list[Line]:
    harmful, look = len(report.harmful), sum(flag.severity == "look" for flag in report.flags)
    verdict = f"{harmful} harmful" if harmful else "nothing harmful"
    style = "bold red" if harmful else "bold green"
    rest = f", {look} worth a look" if look else ""
    rest += " (interrupted)" if report.interrupted else ""
    played = f"{report.steps:,} steps of random play in {report.playing:.0f} s"
    at_once = f", {report.copies} in parallel" if report.copies > 1 else ""
    return [
        (f"{report.env}: {verdict}{rest}"[:WIDTH], style),
        (f"{played}{at_once}, {report.seconds:.0f} s in all", "dim"),
    ]


def _flags(report: Findings, room: int) -> list[Line]:
    """Every flag with its remedy, worst first; shortened if there is little room."""
    found: list[Line] = []
    for sentence, remedy in SHAPES:
        found = [line for flag in report.flags for line in _flag(flag, sentence, remedy)]
        if len(found) <= room:
            break
    return found


def _flag(flag: Flag, sentence: int, remedy: int) -> list[Line]:
    word, style = MARK[flag.severity]
    shown = [(line, style) for line in _cut(_wrap(f"{word:8}{flag.sentence}", "  ", 10), sentence)]
    plain = flag.remedy.replace("`", "")
    return [*shown, *((line, "dim") for line in _cut(_wrap(plain, " " * 10, 10), remedy))]


def _cut(wrapped: list[str], most: int) -> list[str]:
    """At most ``most`` lines; the last ends with an ellipsis if something is left out."""
    if len(wrapped) <= most:
        return wrapped
    last = wrapped[most - 1][: WIDTH - 3].rstrip(" ,;:.") + "..."
    return [*wrapped[: most - 1], last]


def _life(report: Findings) -> list[Line]:
    life = report.life
    body = [("Signs of life", "bold")]
    if life.sentence not in {flag.sentence for flag in report.flags}:
        body += [(line, "") for line in _wrap(life.sentence, "  ", 2)[:3]]
    if life.episodes:
        body.append(("          minimum  quartile    median  quartile   maximum      mean", "dim"))
        body.append((f"  return{_row(life.returns)}", ""))
        body.append((f"  length{_row(life.lengths)}", ""))
    return body


def _row(summary: Summary) -> str:
    values = (summary.low, summary.q1, summary.median, summary.q3, summary.high, summary.mean)
    return "".join(f"{short(value):>10}" for value in values)[1:]


def _scale(report: Findings) -> list[Line]:
    scale = report.scale
    body = [("Scale                          mean       std   minimum   maximum", "bold")]
    chosen = _chosen(scale.components, 5)
    body += [(_component(c), "") for c in [*chosen, scale.reward] if c.count]
    left = len(scale.components) - len(chosen)
    body += [(line, "") for picture in scale.pictures[:2] for line in _picture(picture)]
    return [*body, (f"  and {left} more components", "dim")] if left > 0 else body


def _picture(picture: PictureStats) -> list[str]:
    """The kind of a picture and statistics of its channels, as far as they fit."""
    mean, std = picture.by_channel(picture.mean), picture.by_channel(picture.std)
    what = f", {picture.part.picture}" if picture.part.picture else ""
    shown = [f"{short(m)} +- {short(s)}" for m, s in zip(mean[:8], std[:8], strict=True)]
    more = f" and {len(mean) - 8} more" if len(mean) > 8 else ""
    text = f"{picture.part.label} {picture.part.shape}{what}, channels: {', '.join(shown)}{more}"
    return _cut(_wrap(text, "  ", 4), 3)


def _chosen(components: tuple[Component, ...], most: int) -> tuple[Component, ...]:
    """All components if they are few; else those with the largest and smallest deviation."""
    if len(components) <= most + 1:
        return components
    order = np.argsort([-c.std for c in components], kind="stable").tolist()
    kept = sorted([*order[: most - 1], order[-1]])
    return tuple(components[i] for i in kept)


def _component(c: Component) -> str:
    return f"  {c.name[:22]:22}{''.join(f'{short(v):>10}' for v in (c.mean, c.std, c.low, c.high))}"


def _horizon(report: Findings) -> list[Line]:
    h = report.horizon
    seconds = f" = {h.seconds:.3g} s" if h.seconds else ""
    answer = (
        "no reward depends measurably on an action"
        if h.delay is None
        else f"rewards come {h.delay} steps later"
    )
    if h.delay == 0:
        answer = "rewards come at once"
    text = f"gamma {h.gamma:g} looks {h.steps:.0f} steps{seconds} ahead; {answer}"
    if np.isfinite(h.targets.low):
        text += f"; value targets {short(h.targets.low)} to {short(h.targets.high)}"
    if h.clock.dt and h.gamma_for_seconds:
        wished = min(h.gamma_for_seconds, key=lambda s: abs(s - 10.0))
        text += f"; for {wished:g} s use gamma {h.gamma_for_seconds[wished]:.5g}"
    return [("Horizon", "bold"), *((line, "") for line in _wrap(text, "  ", 2))]


def _time_step(report: Findings) -> list[Line]:
    step = report.timestep
    if step is None:
        return []
    hz = step.reaches[0].hz
    rate = f" ({hz:.3g} actions a second now)" if hz else ""

    def row(name: str, values: list[str]) -> Line:
        return (f"  {name:14}{''.join(f'{value:>9}' for value in values)}", "")

    return [
        *((line, "bold") for line in _wrap(f"Time step{rate}: {step.words}", "", 2)),
        row("frame skip", [str(r.skip) for r in step.reaches]),
        row("cells visited", [str(r.cells) for r in step.reaches]),
        row("best return", [short(r.best) for r in step.reaches]),
    ]


def _contract(report: Findings) -> list[Line]:
    contract, cost = report.contract, report.contract.cost
    body: list[Line] = [("Contract", "bold")]
    if contract.checks:
        said = ", ".join(f"{name} {result.split(':')[0]}" for name, result in contract.checks.items())
        body += [(line, "") for line in _wrap(said, "  ", 2)[:2]]
    if cost:
        share = 100 * cost.wrappers / max(cost.environment + cost.wrappers, 1e-12)
        render = f", a picture takes {1000 * cost.render:.3g} ms" if cost.render else ""
        rate = (
            f"{cost.steps_per_second:,.0f}" if cost.steps_per_second >= 10 else short(cost.steps_per_second)
        )
        body.append((f"  {rate} steps/s, wrappers {share:.0f} % of it{render}", ""))
    for problem in report.missing[:2]:
        body += [(line, "yellow") for line in _wrap(f"not done: {problem}", "  ", 4)[:1]]
    return body


def _wrap(text: str, indent: str, further: int) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=indent, subsequent_indent=" " * further, break_on_hyphens=False
    )
