"""Messages between the diagnosis and the process of a script: JSON behind its length, over two pipes."""

from __future__ import annotations

import json
import os
import struct
from typing import Any

HEAD = struct.Struct("<I")


class ClosedError(Exception):
    """Nobody is at the other end any more."""


def send(handle: int, message: dict[str, Any]) -> None:
    """Write one message.

    Raises:
        ClosedError: nobody reads.
    """
    body = json.dumps(message).encode()
    data = memoryview(HEAD.pack(len(body)) + body)
    try:
        while data:
            data = data[os.write(handle, data) :]
    except BrokenPipeError as error:
        raise ClosedError from error


def receive(handle: int) -> dict[str, Any]:
    """Wait for one message.

    Raises:
        ClosedError: nobody writes.
    """
    (length,) = HEAD.unpack(_exactly(handle, HEAD.size))
    message: dict[str, Any] = json.loads(_exactly(handle, length))
    return message


def _exactly(handle: int, size: int) -> bytes:
    parts = b""
    while len(parts) < size:
        part = os.read(handle, size - len(parts))
        if not part:
            raise ClosedError
        parts += part
    return parts
