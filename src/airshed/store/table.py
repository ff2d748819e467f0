"""The one table of the lake: observations, with unit and meaning in the column metadata."""

from __future__ import annotations

import pyarrow as pa

__all__ = ["KEY", "OBSERVATIONS", "STAGES"]

STAGES = {"raw": 0, "provisional": 1, "audited": 2}

KEY = ("place", "variable", "start", "end", "source")
"""What makes a value the same value; among rows of one key the largest (issued_at, stage, value) holds."""

_UTC = pa.timestamp("us", tz="UTC")


def _field(name: str, kind: pa.DataType, meaning: str, unit: str = "", *, nullable: bool = False) -> pa.Field:
    return pa.field(name, kind, nullable=nullable, metadata={"meaning": meaning, "unit": unit})


OBSERVATIONS = pa.schema(
    [
        _field("place", pa.string(), "station or jurisdiction id"),
        _field("variable", pa.string(), "id in the catalogue of variables"),
        _field("start", _UTC, "first instant of the averaging interval", "UTC"),
        _field("end", _UTC, "first instant after the averaging interval", "UTC"),
        _field("value", pa.float64(), "mean over the interval", "see column unit"),
        _field("unit", pa.string(), "the catalogue's unit of the variable"),
        _field("flag", pa.uint16(), "bits of observations.flags.Flag; 0 = nothing found"),
        _field("stage", pa.uint8(), "0 raw, 1 provisional, 2 audited"),
        _field("source", pa.string(), "feed or publisher"),
        _field("issued_at", _UTC, "when the source says it issued the value", "UTC", nullable=True),
        _field("received_at", _UTC, "time of the commit that brought it", "UTC"),
        _field(
            "replaced_at", _UTC, "time of the commit that superseded it; null = current", "UTC", nullable=True
        ),
    ]
)
