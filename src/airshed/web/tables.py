"""Tables as plain data: sorted and paged for the page, whole for ``.json`` and ``.csv``."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from typing import Any, Literal

from airshed.errors import BadInput
from airshed.web.state import State

__all__ = ["PAGE_ROWS", "arrange", "column", "csv_text", "table"]

PAGE_ROWS = 500
"""Beyond so many rows a table pages on the server."""

Kind = Literal[
    "text", "number", "percent", "place", "category", "mark", "items", "quantity", "unit", "day", "short"
]


def column(key: str, label: str, kind: Kind = "text", **more: Any) -> dict[str, Any]:
    """One column: what its cells hold (``kind``) and, for numbers, ``decimals`` and ``unit``."""
    return {"key": key, "label": label, "kind": kind, **more}


def table(
    name: str, caption: str, columns: Sequence[Mapping[str, Any]], rows: Iterable[Mapping[str, Any]]
) -> dict[str, Any]:
    """A table of a page; ``name`` is what ``.csv?table=`` asks for."""
    return {"name": name, "caption": caption, "columns": list(columns), "rows": list(rows)}


def arrange(whole: Mapping[str, Any], state: State) -> dict[str, Any]:
    """The part of a table that one page shows, in the order the URL asks for.

    The URL says ``sort=<table>.<column>`` (a minus before it for falling) and ``page``. Rows without a value
    stand last either way.

    Raises:
        BadInput: a column the table does not have, or a page that is no number.
    """
    order = state.query.get("sort", "")
    falling, asked = order.startswith("-"), order.lstrip("-")
    name, _, key = asked.partition(".")
    rows = list(whole["rows"])
    mine = name == whole["name"]
    if mine:
        keys = [c["key"] for c in whole["columns"]]
        if key not in keys:
            raise BadInput(f"sort as one of {', '.join(keys)}", repr(key))
        have = [r for r in rows if r.get(key) is not None]
        rows = sorted(have, key=lambda r: _sortable(r[key]), reverse=falling)
        rows += [r for r in whole["rows"] if r.get(key) is None]
    pages = max(1, -(-len(rows) // PAGE_ROWS))
    page = _page(state, pages)
    return {
        "rows": rows[(page - 1) * PAGE_ROWS : page * PAGE_ROWS],
        "page": page,
        "pages": pages,
        "sorted_by": key if mine else None,
        "falling": falling,
    }


def _page(state: State, pages: int) -> int:
    text = state.query.get("page", "1")
    if not text.isdigit():
        raise BadInput("page as a number from 1", repr(text))
    return min(max(int(text), 1), pages)


def _sortable(value: Any) -> Any:
    return "".join(map(str, value)) if isinstance(value, list) else value


def csv_text(whole: Mapping[str, Any]) -> str:
    """All rows as CSV, with a byte-order mark so that spreadsheets read the Chinese."""
    keys = [c["key"] for c in whole["columns"]]
    extra = ["place"] if whole["rows"] and "place" in whole["rows"][0] and "place" not in keys else []
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*extra, *keys])
    for row in whole["rows"]:
        writer.writerow([_cell(row.get(k)) for k in (*extra, *keys)])
    return "\ufeff" + out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return "|".join(map(str, value))
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else value
