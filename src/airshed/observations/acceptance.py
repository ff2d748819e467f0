"""How rows enter the lake: settled against what is held, flagged with their neighbours, committed with their act.

The work is planned against a snapshot and written beside it; the transaction at the end names the files and appends
the act, or finds that another writer was first, and then the plan is made again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import polars as pl
import pyarrow as pa
import sqlalchemy as sa

from airshed import record
from airshed.errors import Conflict, StoreError
from airshed.observations.coding import coded, in_order
from airshed.observations.merge import Settled, ordered, settle
from airshed.observations.quality import CONTEXT, OVERRIDE_COLUMNS, QualityContext, apply_overrides, flagged
from airshed.observations.schema import FEED_COLUMNS
from airshed.places import Station
from airshed.quantities import variable
from airshed.store import KEY, OBSERVATIONS, Commit, LakeFile, Snapshot, View
from airshed.workspace import Workspace

__all__ = ["OVERRIDE", "Accepted", "accept", "utc_now"]

OVERRIDE = "flag.override"
"""The kind of act by which a person overrides a flag."""

_FREE_TRIES = 5
"""So often a plan is made without the write lock; the next one is made holding it, and cannot be overtaken."""
_SMALL_ROWS = 100_000
_SMALL_FILES = 12
"""So many small files of one month, source and averaging time are folded into one by the next commit."""

ActOf = Callable[["Accepted", datetime], record.Act]


@dataclass(frozen=True)
class Accepted:
    """What became of the rows handed in.

    ``current`` and ``superseded`` are the rows that went in, with their final flags; ``repeated`` counts rows that
    were here already; ``reflagged`` counts older rows whose flag changed because of new neighbours.
    """

    current: pl.DataFrame
    superseded: pl.DataFrame
    repeated: int
    displaced: int
    reflagged: int
    commit: Commit | None = None


@dataclass
class _Plan:
    settled: Settled
    reflagged: int
    current: list[pl.DataFrame] = field(default_factory=list)
    superseded: list[pl.DataFrame] = field(default_factory=list)
    remove: list[LakeFile] = field(default_factory=list)


def accept(
    workspace: Workspace,
    rows: pl.DataFrame,
    *,
    act_of: ActOf,
    now: Callable[[], datetime],
    stations: Sequence[Station] = (),
    touch: pl.DataFrame | None = None,
    pending: pl.DataFrame | None = None,
) -> Accepted:
    """Commit rows (``FEED_COLUMNS`` and any private columns) together with the act that says so.

    Parameters:
        act_of: makes the act from the outcome and the commit's time.
        stations: what the file says of stations; kept in the same transaction.
        touch: places and times (``place, start, end``) whose flags are to be made anew though no row comes, for an
            override.
        pending: the override this act is about to put on record.

    Raises:
        StoreError: the disk is full or the write lock is not to be had; nothing is in then.
    """
    ask = _Ask(workspace, rows, act_of, now, tuple(stations), touch, pending)
    for _ in range(_FREE_TRIES):
        try:
            return _attempt(ask)
        except Conflict:
            continue
    # Others wait now: who plans long must not be overtaken for ever by those who plan short.
    with workspace.transaction() as transaction:
        return _attempt(ask, transaction)


@dataclass(frozen=True)
class _Ask:
    """What is to be accepted, as handed in."""

    workspace: Workspace
    rows: pl.DataFrame
    act_of: ActOf
    now: Callable[[], datetime]
    stations: tuple[Station, ...]
    touch: pl.DataFrame | None
    pending: pl.DataFrame | None


def _attempt(ask: _Ask, transaction: sa.Connection | None = None) -> Accepted:
    """Plan, write, commit; inside ``transaction`` where the write lock is held already."""
    workspace = ask.workspace
    snapshot = workspace.snapshot()
    at = _after(snapshot.at, ask.now())
    plan = _plan(ask, snapshot, at, _overrides(workspace, ask.pending))
    outcome = _outcome(plan)
    if not (plan.current or plan.superseded or plan.remove) and ask.touch is None:
        _remember(ask, transaction)
        return outcome
    add: list[LakeFile] = []
    try:
        add = _write(workspace, plan)
        with nullcontext(transaction) if transaction is not None else workspace.transaction() as open_one:
            entry = record.append(open_one, ask.act_of(outcome, at))
            commit = workspace.lake.commit(
                open_one, base=snapshot.version, at=at, act=entry.seq, add=add, remove=plan.remove
            )
            workspace.remember_stations(open_one, ask.stations, replace=False)
    except BaseException:
        if transaction is None:  # else the lock is still ours, and what was written stays for the sweep
            _discard(workspace, add)
        raise
    return replace(outcome, commit=commit)


def _after(last: datetime | None, now: datetime) -> datetime:
    """Commit times rise strictly, whatever the machine's clock does."""
    return now if last is None or now > last else last + timedelta(microseconds=1)


def _remember(ask: _Ask, transaction: sa.Connection | None) -> None:
    if ask.stations:
        with nullcontext(transaction) if transaction is not None else ask.workspace.transaction() as open_one:
            ask.workspace.remember_stations(open_one, ask.stations, replace=False)


def _discard(workspace: Workspace, written: Sequence[LakeFile]) -> None:
    """Delete files of an attempt that failed, unless they were named after all.

    An error can come after the commit (the connection broke before the answer, somebody pressed Ctrl-C). So the
    catalogue is asked, under the write lock, which waits for a commit still on its way; where it cannot answer the
    files stay and are swept later.
    """
    try:
        with workspace.transaction() as transaction:
            named = workspace.lake.named(transaction, [f.path for f in written])
    except StoreError:
        return
    for f in written:
        if f.path not in named:
            (workspace.lake.folder / f.path).unlink(missing_ok=True)


def _outcome(plan: _Plan) -> Accepted:
    s = plan.settled
    return Accepted(s.current, s.superseded, s.repeated, s.displaced.height, plan.reflagged)


# -- planning --------------------------------------------------------------------------------------------------


def _plan(ask: _Ask, snapshot: Snapshot, at: datetime, overrides: pl.DataFrame) -> _Plan:
    rows = coded(ask.rows)
    touched = [] if ask.touch is None else [ask.touch.with_columns(pl.col("place").cast(pl.Categorical))]
    spans = pl.concat([rows.select("place", "start", "end"), *touched])
    if not spans.height:
        return _Plan(settle(rows, rows, rows), 0)
    places = _related(ask.workspace, spans["place"].unique().cast(pl.String).to_list())
    around = _rows_of(snapshot, True, places, _windows(spans, 2 * CONTEXT))
    past = _rows_of(snapshot, False, places, _windows(spans, timedelta(0)))
    settled = settle(rows, around, past)
    settled, held = _flag(ask.workspace, settled, around, overrides, _windows(spans, CONTEXT))
    plan = _Plan(settled, held.filter("_reflagged").height)
    _rewrite(snapshot, plan, held, at)
    stamp = pl.lit(at).cast(pl.Datetime("us", "UTC"))
    never = pl.lit(None).cast(pl.Datetime("us", "UTC"))
    if settled.current.height:
        plan.current.append(settled.current.with_columns(received_at=stamp, replaced_at=never))
    if settled.superseded.height:
        plan.superseded.append(settled.superseded.with_columns(received_at=stamp, replaced_at=stamp))
    _fold_small_files(snapshot, plan)
    return plan


def _windows(spans: pl.DataFrame, reach: timedelta) -> list[tuple[datetime, datetime]]:
    """The stretches of time that rows touch, widened by ``reach`` on both sides; what lies far apart stays apart.

    One row dated years back must not call up all the years between.
    """
    length = spans.select((pl.col("end") - pl.col("start")).max()).item()
    days = spans["start"].dt.truncate("1d").unique().sort()
    stretches = pl.DataFrame({"since": days, "until": days + timedelta(days=1) + length})
    found: list[tuple[datetime, datetime]] = []
    for since, until in stretches.iter_rows():
        low, high = since - reach, until + reach
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return found


def _inside(windows: Sequence[tuple[datetime, datetime]]) -> pl.Expr:
    return pl.any_horizontal([(pl.col("start") >= low) & (pl.col("start") < high) for low, high in windows])


def _related(workspace: Workspace, places: list[str]) -> list[str]:
    """The places themselves and every other id of the same monitor."""
    table = workspace.gazetteer.station_table().select("id", monitor=pl.coalesce("same_as", "id"))
    twins = pl.concat([table, table.select(id="monitor", monitor="monitor")])
    monitors = twins.filter(pl.col("id").is_in(places)).select("monitor")
    return sorted({*places, *twins.join(monitors, on="monitor", how="semi")["id"]})


def _rows_of(
    snapshot: Snapshot, current: bool, places: list[str], windows: Sequence[tuple[datetime, datetime]]
) -> pl.DataFrame:
    files = {f.path: f for low, high in windows for f in snapshot.files(current=current, start=low, end=high)}
    wanted = pl.col("place").is_in(places) & _inside(windows)
    parts = [
        coded(
            pl.scan_parquet(snapshot.folder / path).filter(wanted).with_columns(_path=pl.lit(path)).collect()
        )
        for path in sorted(files)
    ]
    if not parts:
        return coded(_NO_ROWS)
    return pl.concat(parts)


_NO_ROWS = pl.DataFrame(
    schema={
        **FEED_COLUMNS,
        "unit": pl.String,
        "received_at": pl.Datetime("us", "UTC"),
        "replaced_at": pl.Datetime("us", "UTC"),
        "_path": pl.String,
    }
)


def _flag(
    workspace: Workspace,
    settled: Settled,
    around: pl.DataFrame,
    overrides: pl.DataFrame,
    near: Sequence[tuple[datetime, datetime]],
) -> tuple[Settled, pl.DataFrame]:
    """Flags made anew over new rows and their neighbours; held rows say whether they lost or were reflagged.

    Rows outside ``near`` only help to decide: beyond them lies what was not read, so their own flags stay.
    """
    held = around.join(
        settled.displaced.with_columns(_displaced=pl.lit(value=True)),
        on=list(KEY),
        how="left",
        maintain_order="left",
    ).with_columns(pl.col("_displaced").fill_null(value=False))
    stay = held.filter(~pl.col("_displaced"))
    columns = list(FEED_COLUMNS)
    together = pl.concat([settled.current.select(columns), stay.select(columns)])
    context = _quality_context(workspace)
    flags = apply_overrides(flagged(together, context), overrides)["flag"]
    new = settled.current.with_columns(flags[: settled.current.height].alias("flag"))
    stay = stay.with_columns(_again=flags[settled.current.height :]).with_columns(
        _new_flag=pl.when(_inside(near)).then("_again").otherwise("flag")
    ).drop("_again")  # fmt: skip
    stay = stay.with_columns(_reflagged=pl.col("_new_flag") != pl.col("flag")).with_columns(
        flag=pl.col("_new_flag")
    )
    lost = held.filter("_displaced").with_columns(_new_flag=pl.col("flag"), _reflagged=pl.lit(value=False))
    return Settled(new, settled.superseded, settled.displaced, settled.repeated), pl.concat([stay, lost])


def _overrides(workspace: Workspace, pending: pl.DataFrame | None) -> pl.DataFrame:
    """All overrides in the order they were said, and the one about to be."""
    rows = [
        {
            **{k: entry.act.evidence[k] for k in ("place", "variable", "source", "valid")},
            "start": datetime.fromisoformat(entry.act.evidence["start"]),
            "end": datetime.fromisoformat(entry.act.evidence["end"]),
        }
        for entry in workspace.acts(View.everything(), OVERRIDE)
    ]
    said = pl.DataFrame(rows, schema=OVERRIDE_COLUMNS)
    return said if pending is None else pl.concat([said, pending])


def _quality_context(workspace: Workspace) -> QualityContext:
    """The dust rule marks hours of any year; whether an assessment may leave them out is the law's date to say."""
    rules = [p for p in workspace.law.provisions if p.subject == "dust" and p.chosen is not False]
    table = workspace.gazetteer.station_table().filter(pl.col("same_as").is_not_null())
    same_as = dict(table.select("id", "same_as").iter_rows())
    return QualityContext(dust=rules[-1].value if rules else None, same_as=same_as)


def _rewrite(snapshot: Snapshot, plan: _Plan, held: pl.DataFrame, at: datetime) -> None:
    """Files that hold displaced or reflagged rows are replaced by files without the one and with the other."""
    files = {f.path: f for f in snapshot.all_files}
    touched = held.filter(pl.col("_displaced") | pl.col("_reflagged"))
    for (path,), changes in touched.group_by("_path"):
        plan.remove.append(files[str(path)])
        whole = coded(pl.read_parquet(snapshot.folder / str(path)))
        lost = changes.filter("_displaced")
        kept = whole.join(lost.select(KEY), on=list(KEY), how="anti", maintain_order="left")
        news = changes.filter("_reflagged").select(*KEY, "_new_flag")
        kept = kept.join(news, on=list(KEY), how="left", maintain_order="left").with_columns(
            flag=pl.coalesce("_new_flag", "flag")
        )
        if kept.height:
            plan.current.append(kept.drop("_new_flag"))
        if lost.height:
            stamp = pl.lit(at).cast(pl.Datetime("us", "UTC"))
            rows = lost.drop("_path", "_displaced", "_new_flag", "_reflagged")
            plan.superseded.append(rows.with_columns(replaced_at=stamp))


def _fold_small_files(snapshot: Snapshot, plan: _Plan) -> None:
    if not (plan.current or plan.superseded):
        return
    removed = {f.path for f in plan.remove}
    groups: dict[tuple[bool, str, str, int], list[LakeFile]] = {}
    for f in snapshot.all_files:
        if f.rows < _SMALL_ROWS and f.path not in removed:
            groups.setdefault((f.current, f.month, f.source, f.period), []).append(f)
    for (current, *_), files in groups.items():
        if len(files) >= _SMALL_FILES:
            plan.remove += files
            part = pl.concat([coded(pl.read_parquet(snapshot.folder / f.path)) for f in files])
            (plan.current if current else plan.superseded).append(part)


# -- writing ---------------------------------------------------------------------------------------------------


def _write(workspace: Workspace, plan: _Plan) -> list[LakeFile]:
    add: list[LakeFile] = []
    try:
        for current, parts in ((True, plan.current), (False, plan.superseded)):
            for (month, source, minutes), part in _pieces(parts):
                add.append(
                    workspace.lake.write(
                        _arrow(part), month=month, current=current, source=source, period=minutes
                    )
                )
    except BaseException:
        for f in add:  # no transaction has heard of them
            (workspace.lake.folder / f.path).unlink(missing_ok=True)
        raise
    return add


def _pieces(parts: list[pl.DataFrame]) -> Iterable[tuple[tuple[str, str, int], pl.DataFrame]]:
    """Rows by month, source and averaging time, in the order of the lake; one part comes in that order already."""
    if not parts:
        return
    columns = [c for c in OBSERVATIONS.names if c != "unit"]
    rows = (
        parts[0].select(columns)
        if len(parts) == 1
        else ordered(pl.concat([p.select(columns) for p in parts]))
    )
    keyed = rows.with_columns(
        _month=pl.col("start").dt.truncate("1mo"),
        _minutes=(pl.col("end") - pl.col("start")).dt.total_minutes().cast(pl.Int32),
    )
    groups = keyed.partition_by("_month", "source", "_minutes", as_dict=True, maintain_order=True)
    for (month, source, minutes), piece in groups.items():
        yield (f"{month:%Y-%m}", str(source), int(minutes)), piece.drop("_month", "_minutes")


def _arrow(rows: pl.DataFrame) -> pa.Table:
    """Rows with their unit."""
    numbers, names = in_order(rows["variable"])
    unit = pl.Series([variable(name).unit for name in names], dtype=pl.Categorical).gather(numbers)
    return rows.with_columns(unit=unit).select(OBSERVATIONS.names).to_arrow()


def utc_now() -> datetime:
    """The clock of whoever feeds; handed in so that tests can hand in another."""
    return datetime.now(UTC)
