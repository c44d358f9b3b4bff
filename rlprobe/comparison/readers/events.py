"""TensorBoard event files: every scalar, read without TensorBoard, also from a file that is still written.

The format is that of ``TFRecord``: length, checksum, an ``Event`` in protocol buffers, checksum. A scalar
lies in ``Event.summary.value`` as ``simple_value`` or as a tensor of one number.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from rlprobe.comparison.log import Log, LogError, Series

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

WHOLE, EIGHT, BYTES, FOUR = 0, 1, 2, 5
"""Wire types of protocol buffers."""
FLOAT, DOUBLE, HALF_WRITTEN = 1, 2, "its last record is half-written and was left out"
LONGEST_RECORD: Final = 1 << 31
Field = tuple[int, int, int | bytes]


def read_events(paths: Sequence[Path]) -> Log:
    """The event files of one run, in the order of their names, as one log.

    A later file takes the place of what an earlier one has from its first step on: the run was resumed there.

    Raises:
        LogError: there is no scalar in them.
    """
    tags: dict[str, list[tuple[int, float]]] = {}
    notes: list[str] = []
    for path in sorted(paths, key=lambda one: one.name):
        found, half = _scalars(path)
        notes += [f"{path.name}: {HALF_WRITTEN}"] if half else []
        for tag, points in found.items():
            first = min(step for step, _ in points)
            tags[tag] = [point for point in tags.get(tag, []) if point[0] < first] + points
    if not tags:
        raise LogError("the event files contain no scalar")
    series = {tag: Series.of(*zip(*points, strict=True)) for tag, points in tags.items()}
    return Log(paths[0].parent, "events", series, notes=tuple(notes))


def _scalars(path: Path) -> tuple[dict[str, list[tuple[int, float]]], bool]:
    """Step and value of each scalar by tag, and whether the file ends in the middle of a record."""
    content = path.read_bytes()
    found: dict[str, list[tuple[int, float]]] = {}
    place = 0
    while place + 12 <= len(content):
        (length,) = struct.unpack_from("<Q", content, place)
        end = place + 12 + length + 4
        if length > LONGEST_RECORD or end > len(content):
            break
        try:
            step, values = _event(content[place + 12 : end - 4])
            for tag, value in values:
                found.setdefault(tag, []).append((step, value))
        except (IndexError, struct.error, UnicodeDecodeError):
            break
        place = end
    return found, place != len(content)


def _event(record: bytes) -> tuple[int, list[tuple[str, float]]]:
    step, values = 0, []
    for number, wire, value in _fields(record):
        if number == 2 and wire == WHOLE:
            step = int(value)
        elif number == 5 and isinstance(value, bytes):
            values += [_value(part) for n, w, part in _fields(value) if n == 1 and isinstance(part, bytes)]
    return step, [(tag, scalar) for tag, scalar in values if tag and scalar is not None]


def _value(record: bytes) -> tuple[str, float | None]:
    tag, scalar = "", None
    for number, wire, value in _fields(record):
        if number == 1 and isinstance(value, bytes):
            tag = value.decode()
        elif number == 2 and wire == FOUR and isinstance(value, bytes):
            scalar = float(struct.unpack("<f", value)[0])
        elif number == 8 and isinstance(value, bytes):
            scalar = _tensor(value)
    return tag, scalar


def _tensor(record: bytes) -> float | None:
    """The number in a tensor of one float or double."""
    fields = {number: value for number, _, value in _fields(record)}
    form = {FLOAT: ("<f", 5), DOUBLE: ("<d", 6)}.get(int(fields.get(1, 0)))
    if form is None:
        return None
    content = fields.get(4) or fields.get(form[1])
    return float(struct.unpack_from(form[0], content)[0]) if isinstance(content, bytes) else None


def _fields(record: bytes) -> Iterator[Field]:
    """Number, wire type and content of each field of a message."""
    place, end = 0, len(record)
    while place < end:
        key, place = _varint(record, place)
        wire = key & 7
        if wire == WHOLE:
            value, place = _varint(record, place)
            yield key >> 3, wire, value
            continue
        if wire == BYTES:
            length, place = _varint(record, place)
        elif wire in {EIGHT, FOUR}:
            length = 8 if wire == EIGHT else 4
        else:
            raise IndexError(f"unknown wire type {wire}")
        if place + length > end:
            raise IndexError("a field ends beyond its message")
        yield key >> 3, wire, record[place : place + length]
        place += length


def _varint(record: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = record[place]
        value |= (byte & 127) << shift
        place += 1
        if byte < 128:
            return value, place
        shift += 7
