"""Files of the lake: what they say of themselves."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

import airshed
from airshed.store import OBSERVATIONS
from store.samples import feed, row


def test_a_lake_file_carries_the_declared_schema_with_units_and_meanings(tmp_path: Path) -> None:
    workspace = airshed.init(tmp_path / "w")
    feed(workspace, [row(0), row(1, variable="co", value=1.2)])
    snapshot = workspace.snapshot()
    (path,) = snapshot.paths(snapshot.all_files)
    declared = pq.read_schema(path)
    assert [(f.name, f.type) for f in declared] == [(f.name, f.type) for f in OBSERVATIONS]
    for column in OBSERVATIONS:
        assert declared.field(column.name).metadata[b"meaning"] == column.metadata[b"meaning"]
    assert sorted(pl.read_parquet(path)["unit"].to_list()) == ["mg/m3", "ug/m3"]
