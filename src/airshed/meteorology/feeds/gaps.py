"""Hours that a source lacks: bridged by a straight line up to a stated limit, else refused."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from airshed.errors import BadInput
from airshed.meteorology.feeds.report import FeedReport

__all__ = ["fill_gaps", "hourly_axis", "hours_of_accumulation"]

Floats = NDArray[np.float64]
Times = NDArray[np.datetime64]
_HOUR = np.timedelta64(1, "h")


def hourly_axis(
    times: Times,
    gap_limit: float,
    report: FeedReport,
    start: datetime | None = None,
    end: datetime | None = None,
) -> tuple[Times, NDArray[np.int64]]:
    """The hours from the first to the last whole hour of a source, and which of its instants are used.

    Parameters:
        times: instants of the source, rising.
        gap_limit: longest time between two instants that may be bridged [h].
        report: instants off the hour that were left out are added here.
        start, end: first and last instant wanted, UTC (aware or naive); None: all there are.

    Raises:
        BadInput: no instant on a whole hour, start or end outside the source, or a gap above the limit (all such
            gaps are named).
    """
    whole = np.flatnonzero(times == times.astype("datetime64[h]"))
    if len(whole) == 0:
        raise BadInput("instants on whole hours, UTC", str(times[:3]), "write the output on the hour")
    whole = _between(times, whole, start, end)
    used = times[whole]
    if (left := int(whole[-1] - whole[0]) + 1 - len(whole)) > 0:
        report.add("cropped", f"{left} instants off the whole hour left out", f"舍去 {left} 个非整点时次")
    step = np.diff(used) / _HOUR
    if (long := step > gap_limit).any():
        gaps = "; ".join(
            f"{str(a)[:16]} to {str(b)[:16]} UTC ({n:g} h)"
            for a, b, n in zip(used[:-1][long], used[1:][long], step[long], strict=True)
        )
        raise BadInput(
            f"weather at least every {gap_limit:g} h (every variable)",
            f"nothing between {gaps}",
            "fetch the missing hours, or raise gap_limit if a straight line between the ends will do",
        )
    hours = np.arange(used[0], used[-1] + _HOUR, _HOUR)
    return hours, whole


def _between(
    times: Times, whole: NDArray[np.int64], start: datetime | None, end: datetime | None
) -> NDArray[np.int64]:
    """Cut to the wanted span: from the last instant not after its start to the first not before its end."""
    on_hour = times[whole]
    first, last = (_utc(t) if t is not None else d for t, d in ((start, on_hour[0]), (end, on_hour[-1])))
    if first < on_hour[0] or last > on_hour[-1] or first > last:
        came = f"a source from {str(on_hour[0])[:16]} to {str(on_hour[-1])[:16]} UTC"
        wanted = f"weather from {str(first)[:16]} to {str(last)[:16]} UTC"
        raise BadInput(wanted, came, "add the files of the missing days")
    low = int(np.searchsorted(on_hour, first, side="right")) - 1
    high = int(np.searchsorted(on_hour, last, side="left"))
    return whole[low : high + 1]


def _utc(instant: datetime) -> np.datetime64:
    naive = instant.astimezone(UTC).replace(tzinfo=None) if instant.tzinfo else instant
    return np.datetime64(naive, "ns")


def fill_gaps(fields: dict[str, Floats], hours: Times, present: Times, report: FeedReport) -> None:
    """Fill the missing hours of every field (time first) in place, linear in time between neighbours."""
    missing = np.flatnonzero(~np.isin(hours, present))
    if len(missing) == 0:
        return
    known = np.flatnonzero(np.isin(hours, present))
    for hour in missing:
        before, after = known[known < hour].max(), known[known > hour].min()
        share = (hour - before) / (after - before)
        for values in fields.values():
            values[hour] = (1 - share) * values[before] + share * values[after]
    listed = ", ".join(str(t)[:13] for t in hours[missing][:6]) + (" …" if len(missing) > 6 else "")
    report.add(
        "interpolated",
        f"{len(missing)} of {len(hours)} hours lie on a straight line between their neighbours: {listed} UTC",
        f"{len(hours)} 个时次中 {len(missing)} 个由前后时次线性内插：{listed} UTC",
    )


def hours_of_accumulation(fields: dict[str, Floats], report: FeedReport) -> None:
    """Turn what a model gives at instants into values of the hour that ends at each time, in place.

    ``accumulated`` (since the source's start) becomes ``precipitation``; where the sum falls, the source began anew
    and its new sum is the amount of the hour. ``radiation_instant`` becomes ``radiation``, the mean of both ends.
    The hour that ends at the first instant is not in the source: its precipitation is set to 0, its radiation to
    that of the instant, and no hour of weather uses them.
    """
    if (total := fields.pop("accumulated", None)) is not None:
        amount = np.diff(total, axis=0)
        amount = np.where(amount < 0, total[1:], amount)
        fields["precipitation"] = np.concatenate([np.zeros_like(total[:1]), amount])
        report.add(
            "derived",
            "hourly precipitation from the differences of the sum since the start of the run",
            "逐小时降水由模式起算累计量的差得到",
        )
    if (sun := fields.pop("radiation_instant", None)) is not None:
        fields["radiation"] = np.concatenate([sun[:1], 0.5 * (sun[:-1] + sun[1:])])
        report.add(
            "derived",
            "radiation of the hour as the mean of the instants at its two ends",
            "小时辐射取首末两个瞬时值的平均",
        )
