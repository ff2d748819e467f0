"""Tables on a screen or in a pipe: words may be folded, a figure or a time is never cut."""

from __future__ import annotations

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

__all__ = ["show_whole"]

_ENDLESS = 10_000  # columns; wider than any table, to ask how wide it wants to be


def show_whole(
    table: Table, *, folding: int | None = None, least: int = 30, console: Console | None = None
) -> None:
    """Print a table; where the screen is too narrow, only the column ``folding`` gives way.

    Parameters:
        least: columns left at least to the one that folds.

    Where even that does not suffice the lines run over the edge and the terminal wraps them.
    """
    console = console or Console()
    for number, column in enumerate(table.columns):
        column.overflow, column.no_wrap = "fold", number != folding
    wanted = _width(table)
    if folding is not None:
        column = table.columns[folding]
        rest = wanted - max(
            (Measurement.get(_endless(), _endless().options, c).maximum for c in column.cells), default=0
        )
        wanted = min(wanted, max(rest + least, console.width))
    console.width = max(console.width, wanted)
    console.print(table)


def _width(table: Table) -> int:
    return Measurement.get(_endless(), _endless().options, table).maximum


def _endless() -> Console:
    return Console(width=_ENDLESS)
