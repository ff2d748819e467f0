"""Tables: paged on the server beyond 500 rows, whole in their twin."""

from __future__ import annotations

import pytest

from airshed.errors import BadInput
from airshed.web.state import read_state
from airshed.web.tables import PAGE_ROWS, arrange, column, csv_text, table

WHOLE = table("t", "T", [column("n", "n", "number")], [{"n": i} for i in range(2 * PAGE_ROWS + 1)])


def at(**query: str) -> dict[str, object]:
    return arrange(WHOLE, read_state("/", query, {}))


def test_five_hundred_rows_are_one_page_and_one_more_begins_another() -> None:
    just = table("t", "T", WHOLE["columns"], WHOLE["rows"][:PAGE_ROWS])
    assert arrange(just, read_state("/", {}, {}))["pages"] == 1
    assert at()["pages"] == 3
    assert at(page="3")["rows"] == [{"n": 2 * PAGE_ROWS}]


def test_pages_together_are_the_whole_table() -> None:
    assert [r for p in "123" for r in at(page=p)["rows"]] == WHOLE["rows"]  # type: ignore[attr-defined]


def test_a_page_beyond_the_last_is_the_last() -> None:
    assert at(page="99")["page"] == 3


def test_a_page_that_is_no_number_is_refused() -> None:
    with pytest.raises(BadInput, match="page"):
        at(page="x")


def test_sorting_one_table_leaves_another_alone() -> None:
    assert at(sort="-other.n")["sorted_by"] is None
    assert at(sort="-t.n")["rows"][0] == {"n": 2 * PAGE_ROWS}  # type: ignore[index]


def test_a_csv_writes_missing_as_nothing_and_lists_with_bars() -> None:
    rows = [{"place": "a", "x": None, "y": ["p", "q"]}]
    text = csv_text(table("t", "T", [column("x", "X"), column("y", "Y")], rows))
    assert text == "\ufeffplace,x,y\na,,p|q\n"
