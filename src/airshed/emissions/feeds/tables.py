"""Tables with a row for each amount (``table``), or for each species a column (``meic-table``)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from airshed.emissions.feeds.reading import FeedContext, Reading, open_table
from airshed.emissions.inventory import COLUMNS, check_inventory
from airshed.emissions.profiles import sector_named, species_named
from airshed.emissions.units import tonnes_a_year
from airshed.errors import BadInput, UnknownUnit
from airshed.places.cells import is_box

__all__ = ["MEIC_TABLE", "TABLE", "TableFeed"]

WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "source": ("source", "name", "enterprise", "企业", "企业名称", "排放源", "名称"),
    "place": ("place", "city", "county", "province", "region", "地区", "城市", "市", "区县", "省份", "省"),
    "lon": ("lon", "longitude", "经度"), "lat": ("lat", "latitude", "纬度"),
    "sector": ("sector", "行业", "部门", "类别"), "species": ("species", "pollutant", "污染物"),
    "amount": ("amount", "emission", "emissions", "value", "排放量"), "unit": ("unit", "units", "单位"),
    "stack_height": ("stack_height", "烟囱高度"), "stack_diameter": ("stack_diameter", "烟囱内径"),
    "exit_temperature": ("exit_temperature", "出口温度"), "exit_velocity": ("exit_velocity", "出口流速"),
    "origin": ("origin", "来源"), "year": ("year", "年份", "年"),
}  # fmt: skip
"""Our columns and the words they go by."""
_NUMBERS: Final = (
    "lon",
    "lat",
    "stack_height",
    "stack_diameter",
    "exit_temperature",
    "exit_velocity",
    "amount",
)
_SHOWN: Final = 20  # faults told one by one


@dataclass(frozen=True)
class TableFeed:
    """A feed for tables; ``dialect`` says in whose words sectors are named, ``unit`` what a table without one means."""

    name: str
    names: Mapping[str, str]
    dialect: str
    unit: str | None

    def read(self, path: Path, context: FeedContext) -> Reading:
        """See :class:`airshed.emissions.feeds.reading.Feed`."""
        raw = open_table(path).with_row_index("line", offset=2)
        named = _named(raw, context.mapping, path.name)
        long = _long(named, path.name).drop_nulls("amount")
        if "year" in long.columns and context.year is not None:
            long = long.filter(pl.col("year").cast(pl.String).str.strip_chars() == str(context.year))
        years = long["year"].n_unique() if "year" in long.columns else 1
        if years > 1:
            raise BadInput(f"{path.name}: one year", f"{years} years", "say which with --year")
        full = _with_defaults(long, context, path.name)
        table = self._understood(full, context, path.name)
        lines = full["line"].to_list()
        checked = check_inventory(table, path.name, context.gazetteer, lines)
        return Reading(checked, len(table), len(raw) - raw_lines(lines), files=(path,))

    def _understood(self, table: pl.DataFrame, context: FeedContext, file: str) -> pl.DataFrame:
        """Words as ids and figures in t/a; every word and figure nobody knows is told at once."""
        faults: list[str] = []
        words: dict[str, Callable[[str], str | None]] = {
            "sector": lambda text: sector_named(text, self.dialect),
            "species": species_named,
            "place": lambda text: _place(text, context),
        }
        for column, known in words.items():
            meaning = {text: known(text.strip()) for text in table[column].drop_nulls().unique().to_list()}
            faults += _strange(table, column, [t for t, found in meaning.items() if found is None], file)
            table = table.with_columns(
                pl.col(column).replace_strict(meaning, default=None, return_dtype=pl.String)
            )
        for column in (c for c in _NUMBERS if c in table.columns):
            table, wrong = _numbers(table, column, file)
            faults += wrong
        factors, wrong = self._factors(table, context, file)
        faults += wrong
        if faults:
            told = faults[:_SHOWN] + ([f"and {len(faults) - _SHOWN} more"] if len(faults) > _SHOWN else [])
            raise BadInput(f"{file}: a table in order is wanted", "\n".join(told), "mend these rows")
        keys = ["species", "unit"]
        table = table.join(factors, on=keys, how="left", maintain_order="left", nulls_equal=True)
        table = table.with_columns(pl.col("amount") * pl.col("factor"))
        return table.select(c for c in COLUMNS if c in table.columns)

    def _factors(
        self, table: pl.DataFrame, context: FeedContext, file: str
    ) -> tuple[pl.DataFrame, list[str]]:
        """From each unit to t/a."""
        faults, rows = [], []
        given = context.unit or self.unit
        for species, unit in table.select("species", "unit").unique(maintain_order=True).iter_rows():
            if species is None:
                continue
            try:
                said = unit or given
                if not said:
                    raise UnknownUnit("a unit", "none", "name it with --unit")
                rows.append((species, unit, tonnes_a_year(said, species)))
            except UnknownUnit as error:
                line = table.filter(pl.col("species") == species, pl.col("unit").eq_missing(unit))["line"][0]
                faults.append(f"{file}, line {line}: unit: {error}")
        schema = {"species": pl.String, "unit": pl.String, "factor": pl.Float64}
        return pl.DataFrame(rows, schema=schema, orient="row"), faults


def raw_lines(lines: Iterable[int]) -> int:
    """How many lines of the file gave at least one amount."""
    return len(set(lines))


def _named(raw: pl.DataFrame, mapping: Mapping[str, str], file: str) -> pl.DataFrame:
    """Columns by our names: as mapped, else by the words they go by."""
    if absent := [f"{ours} = {theirs}" for ours, theirs in mapping.items() if theirs not in raw.columns]:
        raise BadInput(f"{file}: the mapped columns", f"none of {', '.join(absent)}", "mend the mapping")
    if unknown := [ours for ours in mapping if ours not in WORDS]:
        raise BadInput(f"columns {', '.join(WORDS)} in a mapping", ", ".join(unknown), "mend the mapping")
    chosen = {theirs: ours for ours, theirs in mapping.items()}
    for ours, words in WORDS.items():
        if ours not in chosen.values():
            found = [c for c in raw.columns if c.strip().casefold() in words and c not in chosen]
            chosen |= {found[0]: ours} if found else {}
    return raw.rename(chosen)


def _long(table: pl.DataFrame, file: str) -> pl.DataFrame:
    """A row for each amount: columns named like species are folded in."""
    if "amount" in table.columns:
        return table
    columns = [c for c in table.columns if species_named(c)]
    if not columns:
        came = ", ".join(c for c in table.columns if c != "line")
        raise BadInput(
            f"{file}: a column amount, or one for each species", came, "map one with --map amount=COLUMN"
        )
    rest = [c for c in table.columns if c not in columns]
    texts = table.with_columns(pl.col(columns).cast(pl.String))
    return texts.unpivot(columns, index=rest, variable_name="species", value_name="amount")


def _with_defaults(table: pl.DataFrame, context: FeedContext, file: str) -> pl.DataFrame:
    """Columns a file may leave to the one who imports it."""
    for column, given in (
        ("sector", context.sector),
        ("species", context.species),
        ("unit", None),
        ("place", None),
    ):
        if column not in table.columns:
            if given is None and column in ("sector", "species"):
                raise BadInput(f"{file}: a column {column}", "none", f"map one, or name it with --{column}")
            table = table.with_columns(pl.lit(given, pl.String).alias(column))
        table = table.with_columns(pl.col(column).cast(pl.String))
        table = table.with_columns(
            pl.when(pl.col(column).str.strip_chars() != "").then(pl.col(column)).alias(column)
        )
    unnamed = pl.concat_str([pl.col("place").fill_null("point"), pl.col("sector")], separator=" ")
    named = pl.col("source") if "source" in table.columns else pl.lit(None, pl.String)
    table = table.with_columns(named.fill_null(unnamed).alias("source"))
    if "origin" not in table.columns:
        table = table.with_columns(pl.lit(file).alias("origin"))
    return table


def _place(text: str, context: FeedContext) -> str | None:
    if is_box(text):
        return text
    return context.gazetteer.resolve_city(text) or context.gazetteer.resolve(text)


def _numbers(table: pl.DataFrame, column: str, file: str) -> tuple[pl.DataFrame, list[str]]:
    if table.schema[column].is_numeric():
        return table, []
    text = pl.col(column).str.strip_chars().str.replace_all(",", "")
    number = pl.when(text != "").then(text).cast(pl.Float64, strict=False)
    wrong = table.filter(number.is_null() & (text != ""))
    faults = [f"{file}, line {line}: {column}: wanted a number, got {said!r}"
              for line, said in wrong.select("line", column).iter_rows()]  # fmt: skip
    table = table.with_columns(number.alias(column))
    return (table.drop_nulls("amount") if column == "amount" and not faults else table), faults


def _strange(table: pl.DataFrame, column: str, words: list[str], file: str) -> list[str]:
    return [
        f"{file}, line {table.filter(pl.col(column) == word)['line'][0]}: {column}: wanted a known one, got {word!r}"
        for word in words
    ]


TABLE = TableFeed("table", {"zh": "长表", "en": "long table"}, "any", "t/a")
MEIC_TABLE = TableFeed(
    "meic-table", {"zh": "MEIC 分省分市表", "en": "MEIC table by province or city"}, "meic", None
)
