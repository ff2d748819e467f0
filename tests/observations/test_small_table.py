"""Tables of a person's own: refused by name, with the reason."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from airshed.errors import BadInput
from airshed.observations.small_table import small_table


def test_a_table_is_read_with_types_or_as_text(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("place,value\n北京,1\n天津,2.5\n")
    assert small_table(path, "values")["value"].to_list() == [1.0, 2.5]
    assert small_table(path, "values", ("place",), as_text=True)["value"].to_list() == ["1", "2.5"]
    pl.DataFrame({"value": [3]}).write_parquet(tmp_path / "b.parquet")
    assert small_table(tmp_path / "b.parquet", "values")["value"].to_list() == [3]


@pytest.mark.parametrize(
    ("name", "body", "said"),
    [
        ("gone.csv", None, "gone.csv, which is not there"),
        ("empty.csv", b"", "empty.csv: empty CSV"),
        ("torn.parquet", b"PAR1", "torn.parquet"),
        ("other.csv", b"city,value\n1,2\n", "city, value in other.csv: no place"),
    ],
)
def test_what_cannot_be_read_is_named_with_the_reason(
    tmp_path: Path, name: str, body: bytes | None, said: str
) -> None:
    if body is not None:
        (tmp_path / name).write_bytes(body)
    with pytest.raises(BadInput, match=said):
        small_table(tmp_path / name, "alerts", ("place",))
