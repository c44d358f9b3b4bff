"""The option ``--env-arg`` of all commands that take an environment."""

from __future__ import annotations

from typing import Final

ENV_ARG: Final = "keyword argument for the environment, as in --env-arg map_name=8x8; may be repeated"
