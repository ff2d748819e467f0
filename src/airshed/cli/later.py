"""Groups of commands whose rooms bring a compiler: imported when one of them is run, not for a word of help."""

from __future__ import annotations

from collections.abc import MutableMapping
from functools import cached_property
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

__all__ = ["LATER", "Later", "Root"]

LATER = {
    "effect": "效果评估 / Whether it worked: trends without weather, events, alerts pooled.",
    "emissions": "排放清单 / Inventories, and what measures would leave of them.",
    "transport": "传输 / Who breathes whose air: footprints, shares, what-ifs.",
}
"""Group to its help; its commands stand in ``airshed.cli.<group>.app``."""


class Later(TyperGroup):
    """A group that is read when it is looked into."""

    def __init__(self, name: str, help: str) -> None:  # noqa: A002 -- click's own word
        super().__init__(name=name, help=help, no_args_is_help=True)

    @cached_property
    def _group(self) -> Any:
        return typer.main.get_command(import_module(f"airshed.cli.{self.name}").app)

    @property
    def commands(self) -> MutableMapping[str, Any]:
        """The group's commands, by name."""
        return self._group.commands  # type: ignore[no-any-return]

    @commands.setter
    def commands(self, empty: Any) -> None:
        """Click fills in an empty list when the group is made; ours is read later."""


class Root(TyperGroup):
    """The program: its own commands, and the groups of `LATER`."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        for name, text in LATER.items():
            self.commands[name] = Later(name, text)
