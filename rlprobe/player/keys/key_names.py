"""Keys in all common spellings: names, characters, and the codes of Gymnasium and pygame."""

from __future__ import annotations

from typing import Any, Final

CONTROLS: Final = {
    "escape": "end",
    "p": "pause",
    "n": "single step",
    "r": "restart",
    "-": "slower",
    "=": "faster",
    "f1": "help",
    "f2": "camera",
}
"""Keys of the game itself; an action cannot have them."""
_ARROWS = ("left", "right", "up", "down", "home", "end", "insert", "delete", "page-up", "page-down")
_OTHERS = ("space", "return", "tab", "backspace")
_SIDES = tuple(f"{side}-{key}" for side in ("left", "right") for key in ("shift", "ctrl", "alt"))
_PAD = tuple(f"[{i}]" for i in range(10))
NAMED_KEYS: Final = frozenset((*_ARROWS, *_OTHERS, *_SIDES, *_PAD, *(f"f{i}" for i in range(1, 13))))
PRINTABLE: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789`-=[]\\;',./")
ALIASES: Final = {
    " ": "space",
    "spacebar": "space",
    "enter": "return",
    "esc": "escape",
    "del": "delete",
    "pageup": "page-up",
    "pagedown": "page-down",
    "shift": "left-shift",
    "ctrl": "left-ctrl",
    "control": "left-ctrl",
    "alt": "left-alt",
    **{f"{lead}{arrow}": arrow for lead in ("arrow", "arrow-", "key-") for arrow in _ARROWS[:4]},
    **{f"{arrow}{tail}": arrow for tail in ("arrow", "-arrow") for arrow in _ARROWS[:4]},
}
_ASCII: Final = {8: "backspace", 9: "tab", 13: "return", 27: "escape", 32: "space", 127: "delete"}
_SCANCODES: Final = {
    **{57 + i: f"f{i}" for i in range(1, 13)},
    **dict(zip((73, 74, 75, 77, 78), ("insert", "home", "page-up", "end", "page-down"), strict=True)),
    **dict(zip(range(79, 83), ("right", "left", "down", "up"), strict=True)),
    **{88 + i: f"[{i}]" for i in range(1, 10)},
    98: "[0]",
    **dict(zip((224, 225, 226), ("left-ctrl", "left-shift", "left-alt"), strict=True)),
    **dict(zip((228, 229, 230), ("right-ctrl", "right-shift", "right-alt"), strict=True)),
}
_PYGAME_1: Final = {
    **{256 + i: f"[{i}]" for i in range(10)},
    **dict(zip(range(273, 277), ("up", "down", "right", "left"), strict=True)),
    **dict(zip(range(277, 282), ("insert", "home", "end", "page-up", "page-down"), strict=True)),
    **{281 + i: f"f{i}" for i in range(1, 13)},
    **dict(zip(range(303, 307), ("right-shift", "left-shift", "right-ctrl", "left-ctrl"), strict=True)),
    **dict(zip(range(307, 309), ("right-alt", "left-alt"), strict=True)),
}
"""Codes of pygame 1, which Gymnasium's MountainCar still has."""
_SDL_MASK: Final = 1 << 30
"""Set in pygame's codes of keys that have no character; the rest is the scancode."""


def key_name(key: Any) -> str:
    """The name of one key, from a name in any case, a character, a code, or the name of pygame's constant.

    Raises:
        ValueError: no keyboard has it.

    >>> [key_name(key) for key in ("UP", "K_LEFT", " ", "Z", 97, 1073741904, "Page Up")]
    ['up', 'left', 'space', 'z', 'a', 'left', 'page-up']
    """
    if isinstance(key, int) and not isinstance(key, bool):
        name = _from_code(key)
    else:
        name = str(key) if str(key) == " " else str(key).strip()
        name = name[2:] if name.startswith("K_") and len(name) > 2 else name
        name = name.lower().replace(" ", "-") if name != " " else name
        name = name.replace("_", "-") if len(name) > 1 else name
        name = ALIASES.get(name, name)
        for side in ("l", "r"):
            if name in {f"{side}{key}" for key in ("shift", "ctrl", "alt")}:
                name = f"{'left' if side == 'l' else 'right'}-{name[1:]}"
    if name not in NAMED_KEYS and name not in PRINTABLE and name not in CONTROLS:
        raise ValueError(
            f"unknown key {key!r}: expected a letter, a digit, or one of {', '.join(sorted(NAMED_KEYS))}"
        )
    return name


def _from_code(code: int) -> str:
    if code & _SDL_MASK:
        return _SCANCODES.get(code & ~_SDL_MASK, str(code))
    return (
        _ASCII.get(code) or _PYGAME_1.get(code) or (chr(code).lower() if 32 < code < 0x110000 else str(code))
    )


def combination(keys: Any) -> frozenset[str]:
    """Keys that are held together, as Gymnasium's ``play`` takes them and as our own files write them.

    A code, a name, a tuple or list of either, a text of one character per key (``"wa"``), or names joined by
    ``+`` (``"left+up"``). A text that is the name of a key means that key.

    Raises:
        ValueError: it has a key that no keyboard has.

    >>> [sorted(combination(keys)) for keys in ("wa", ("w", "a"), (119, 97), "left+up", "left", 32)]
    [['a', 'w'], ['a', 'w'], ['a', 'w'], ['left', 'up'], ['left'], ['space']]
    """
    if isinstance(keys, (tuple, list, set, frozenset)):
        return frozenset(map(key_name, keys))
    if not isinstance(keys, str):
        return frozenset({key_name(int(keys) if hasattr(keys, "item") else keys)})
    if "+" in keys.strip("+"):
        return frozenset(key_name(part) for part in keys.split("+"))
    try:
        return frozenset({key_name(keys)})
    except ValueError:
        if len(keys) > len(set(keys)) or not 2 <= len(keys) <= 4:
            raise
        return frozenset(map(key_name, keys))
