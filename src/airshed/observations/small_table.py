"""A small table that a person wrote, CSV or Parquet: read, or refused by name and with the reason."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import polars as pl

from airshed.errors import BadInput

__all__ = ["small_table"]


def small_table(
    path: Path, what: str, columns: Collection[str] = (), *, as_text: bool = False
) -> pl.DataFrame:
    """The table of a file.

    Parameters:
        path: ``.parquet``, or anything else as CSV in UTF-8.
        what: it is to be, for the refusal: "alerts".
        columns: that it must have.
        as_text: whether all columns stay text; else their types are guessed from all rows.

    Raises:
        BadInput: no such file, no such table, or a column missing.
    """
    if not path.is_file():
        raise BadInput(f"a file of {what}", f"{path}, which is not there", "check the path")
    try:
        if path.suffix == ".parquet":
            table = pl.read_parquet(path)
        else:
            table = pl.read_csv(path, infer_schema=not as_text, infer_schema_length=None)
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError) as error:
        reason = str(error).splitlines()[0]
        raise BadInput(
            f"{what} as CSV or Parquet", f"{path.name}: {reason}", "save it as CSV in UTF-8"
        ) from error
    if missing := [c for c in columns if c not in table.columns]:
        came = f"{', '.join(table.columns)} in {path.name}: no {', '.join(missing)}"
        raise BadInput(f"columns {', '.join(columns)} of {what}", came, "mend the table's head")
    return table
