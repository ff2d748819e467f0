"""What every feed of emissions is given and gives back, and the opening of tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import fastexcel
import polars as pl
import xarray as xr

from airshed.errors import BadInput, Missing
from airshed.places import Gazetteer

__all__ = ["Feed", "FeedContext", "Reading", "open_netcdf", "open_table"]


@dataclass(frozen=True)
class FeedContext:
    """What a feed may lean on.

    Parameters:
        gazetteer: knows places by name.
        year: of which a file with many years is read.
        sector, species, unit: for files that do not say; never against what a file says.
        mapping: our column -> the file's.
        bounds: of a grid, what is taken: west, south, east, north [deg].
        country: whose rows of a table of nations are taken, ISO 3166 alpha-3.
        place: the id these rows get, where the file's own word is not an id here.
    """

    gazetteer: Gazetteer
    year: int | None = None
    sector: str | None = None
    species: str | None = None
    unit: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    bounds: tuple[float, float, float, float] | None = None
    country: str = "chn"
    place: str | None = None


@dataclass(frozen=True)
class Reading:
    """What a feed found.

    Parameters:
        table: rows of ``INVENTORY``, checked.
        read: rows or cells of the file with a figure; blanks: without one.
        beyond: [t/a] by species that lie in the file but outside the bounds asked for.
        notes: what was left aside, in words.
        files: what was opened.
    """

    table: pl.DataFrame
    read: int
    blanks: int = 0
    beyond: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()


class Feed(Protocol):
    """A way to read one kind of file."""

    @property
    def name(self) -> str:
        """What it is called on the command line."""
        ...

    @property
    def names(self) -> Mapping[str, str]:
        """What it is called on a page, zh and en."""
        ...

    def read(self, path: Path, context: FeedContext) -> Reading:
        """The inventory in a file or folder.

        Raises:
            BadInput: anything in it that is not in order, with file and row.
        """
        ...


def open_table(path: Path) -> pl.DataFrame:
    """A CSV, XLSX or Parquet file as a table; of a CSV every cell is text.

    Raises:
        BadInput: another kind of file, or one that cannot be opened as what it is called.
    """
    kind = path.suffix.lower()
    try:
        if kind == ".parquet":
            return pl.read_parquet(path)
        if kind in (".xlsx", ".xls"):
            return pl.read_excel(path, infer_schema_length=0)
        if kind in (".csv", ".txt", ".tsv"):
            return _open_text(path)
    except (pl.exceptions.PolarsError, fastexcel.FastExcelError, ValueError) as error:
        said = str(error).splitlines()[0] if str(error) else repr(error)
        raise BadInput(f"{path.name}: a table in {kind}", said, "export it anew") from error
    raise BadInput("a table as .csv, .xlsx or .parquet", path.name, "export it as one of these")


@contextmanager
def open_netcdf(path: Path) -> Iterator[xr.Dataset]:
    """A NetCDF file, times as they are written.

    Raises:
        Missing: the file is of a kind (HDF5) whose reader is not installed.
        BadInput: it is no NetCDF.
    """
    try:
        data = xr.open_dataset(path, decode_times=False)
    except ImportError as error:
        raise Missing(f"a reader of {path.name}", str(error), "install h5py") from error
    except (ValueError, OSError, TypeError) as error:
        said = str(error).partition("\n")[0]
        raise BadInput(f"{path.name}: a NetCDF grid", said, "fetch it anew") from error
    with data:
        yield data


def _open_text(path: Path) -> pl.DataFrame:
    """UTF-8, else GB 18030, as Chinese spreadsheets write it."""
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030")
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    return pl.read_csv(text.encode(), separator=separator, infer_schema=False, comment_prefix="#")
