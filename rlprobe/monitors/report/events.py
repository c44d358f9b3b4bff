"""Scalars from TensorBoard event files, read without TensorBoard."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VARINT, FIXED_64, BYTES, FIXED_32 = 0, 1, 2, 5
LARGEST_RECORD = 64 * 2**20


def scalars(path: Path) -> tuple[list[tuple[str, int, float]], str]:
    """Name, step and value of every scalar in a file; and what could not be read, in words.

    Source: the record format of TensorFlow (length, checksum, data, checksum) and its ``Event`` message.
    """
    found: list[tuple[str, int, float]] = []
    data = path.read_bytes()
    at = 0
    while at + 12 <= len(data):
        (length,) = struct.unpack_from("<Q", data, at)
        if length > LARGEST_RECORD or at + 16 + length > len(data):
            return found, f"{path.name} is cut off or damaged after {at:,} bytes; the part before was used"
        try:
            found += _event(data[at + 12 : at + 12 + length])
        except (ValueError, struct.error, IndexError, UnicodeDecodeError):
            return found, f"{path.name} is damaged at byte {at:,}; the part before was used"
        at += 16 + length
    return found, "" if at == len(data) else f"{path.name} is cut off; the part before was used"


def _event(data: bytes) -> list[tuple[str, int, float]]:
    step, values = 0, []
    for number, value in _fields(data):
        if number == 2 and isinstance(value, int):
            step = value
        elif number == 5 and isinstance(value, bytes):
            values += [one for key, one in _fields(value) if key == 1 and isinstance(one, bytes)]
    pairs = [_value(one) for one in values]
    return [(tag, step, value) for tag, value in pairs if tag and value is not None]


def _value(data: bytes) -> tuple[str, float | None]:
    tag, found = "", None
    for number, value in _fields(data):
        if number == 1 and isinstance(value, bytes):
            tag = value.decode()
        elif number == 2 and isinstance(value, float):
            found = value
        elif number == 8 and isinstance(value, bytes):
            found = _tensor(value)
    return tag, found


def _tensor(data: bytes) -> float | None:
    """The number in a tensor of one float."""
    for number, value in _fields(data):
        if number == 5 and isinstance(value, float):
            return value
        if number in {4, 5} and isinstance(value, bytes) and len(value) == 4:
            return float(struct.unpack("<f", value)[0])
        if number == 4 and isinstance(value, bytes) and len(value) == 8:
            return float(struct.unpack("<d", value)[0])
    return None


def _fields(data: bytes) -> Iterator[tuple[int, int | float | bytes]]:
    """The fields of a message: number and value."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        kind = key & 7
        if kind == VARINT:
            value, at = _varint(data, at)
            yield key >> 3, value
        elif kind == BYTES:
            size, at = _varint(data, at)
            if at + size > len(data):
                raise ValueError("a field reaches beyond its message")
            yield key >> 3, data[at : at + size]
            at += size
        elif kind in {FIXED_32, FIXED_64}:
            code, size = ("<f", 4) if kind == FIXED_32 else ("<d", 8)
            yield key >> 3, float(struct.unpack_from(code, data, at)[0])
            at += size
        else:
            raise ValueError(f"unknown kind of field {kind}")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError("a number is too long")
