"""Hours of sand and dust, found in hourly PM10 by the rule of the law.

An episode starts with an hour that is at least ``rise_factor`` times the mean of the ``rise_hours``
before it and above ``floor``; it ends with the first hour back within ``return_within`` of that mean.
The rule comes from the law book (subject ``dust``; 环办监测〔2016〕120号). Every hour that meets the
condition starts an episode of its own, and the dust hours are their union: so whether an hour is dust
depends on a bounded past, not on where a table happens to begin.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from airshed.errors import BadInput

__all__ = ["DustRule", "Readings", "dust_hours", "followed_by"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

SECONDS = 3600  # s in an hour
DIGIT = 1e-6  # ug/m3, below any printed digit: binary noise of a product must not decide at the bound


@dataclass(frozen=True)
class DustRule:
    """The numbers of the rule: the first four are the law's, the others ours (``quality.yml``).

    Parameters:
        rise_factor: times the mean before [1].
        rise_hours: length of the time before [h].
        floor: PM10 above which a rise counts [ug/m3].
        return_within: share of the mean before within which PM10 is back [1].
        longest: an episode ends at most so long after its start [h].
        bridge: so long without a reading ends it too [h].
        before: readings wanted in the time before [1].
        fine_share: largest share of PM2.5 in PM10 at a start [1].
    """

    rise_factor: float
    rise_hours: int
    floor: float
    return_within: float
    longest: int
    bridge: int
    before: int
    fine_share: float

    @classmethod
    def of(
        cls, law: Mapping[str, Any], longest: int, bridge: int, before: int, fine_share: float
    ) -> DustRule:
        """The law's numbers (the value of a ``dust`` provision) with ours.

        Raises:
            BadInput: the provision lacks one of its four numbers.
        """
        names = ("rise_factor", "rise_hours", "floor", "return_within")
        if missing := [name for name in names if name not in law]:
            raise BadInput(f"a dust rule with {', '.join(names)}", f"one without {', '.join(missing)}")
        factor, hours, floor, within = (law[name] for name in names)
        return cls(factor, int(hours), floor, within, longest, bridge, before, fine_share)

    @property
    def memory(self) -> int:
        """How far back the flag of an hour can depend [h]."""
        return self.longest + self.rise_hours + self.bridge


@dataclass(frozen=True)
class Readings:
    """Hourly values sorted by series and time: ``series`` [1], ``start`` [s], ``value`` [ug/m3]."""

    series: Ints
    start: Ints
    value: Floats


def dust_hours(pm10: Readings, fine: Floats, rule: DustRule) -> Bools:
    """Which hours of PM10 lie in an episode of dust.

    Parameters:
        pm10: readable values only.
        fine: PM2.5 of the same hours [ug/m3]; nan where it is not read.
        rule: the numbers.
    """
    before, count = _mean_before(pm10, rule.rise_hours)
    with np.errstate(invalid="ignore"):
        starts = (
            (count >= rule.before)
            & (pm10.value >= rule.rise_factor * before)
            & (pm10.value > rule.floor)
            & ~(fine > rule.fine_share * pm10.value)
        )
    return _until_back(pm10, np.flatnonzero(starts), before, rule)


def _mean_before(pm10: Readings, hours: int) -> tuple[Floats, Ints]:
    """Mean of the readings of the hours before, and how many there were."""
    size = len(pm10.value)
    total, count = np.zeros(size), np.zeros(size, dtype=np.int64)
    for step in range(1, min(hours, size - 1) + 1):
        inside = (pm10.series[step:] == pm10.series[:-step]) & (
            pm10.start[step:] - pm10.start[:-step] <= hours * SECONDS
        )
        total[step:] += np.where(inside, pm10.value[:-step], 0.0)
        count[step:] += inside
    return total / np.maximum(count, 1), count


def _until_back(pm10: Readings, first: Ints, before: Floats, rule: DustRule) -> Bools:
    """Marks from each start on, all starts one hour further at a time, until PM10 is back."""
    found = np.zeros(len(pm10.value), dtype=np.bool_)
    bound = before[first] * (1 + rule.return_within) + DIGIT
    origin, here = pm10.start[first], first.copy()
    while here.size:
        found[here] = True
        after = np.minimum(here + 1, len(found) - 1)
        goes_on = (
            (after > here)
            & (pm10.series[after] == pm10.series[here])
            & (pm10.start[after] - pm10.start[here] <= rule.bridge * SECONDS)
            & (pm10.start[after] - origin < rule.longest * SECONDS)
            & (pm10.value[after] > bound)
        )
        here, bound, origin = after[goes_on], bound[goes_on], origin[goes_on]
    return found


def followed_by(pm10: Readings, dust: Bools, series: Ints, start: Ints, bridge: int) -> Bools:
    """Which hours of any variable fall into the dust found: the last PM10 reading at or before them is dust.

    Parameters:
        pm10, dust: the readings and what :func:`dust_hours` found in them.
        series, start: the hours asked about, in the same codes [1], [s].
        bridge: a reading older than this says nothing [h].
    """
    if not len(dust):
        return np.zeros(len(start), dtype=np.bool_)
    low = min(int(pm10.start.min()), int(start.min(initial=0)))
    width = int(max(int(pm10.start.max()), int(start.max(initial=0)))) - low + 1
    there, asked = pm10.series * width + pm10.start - low, series * width + start - low
    last = np.searchsorted(there, asked, side="right") - 1
    at = np.maximum(last, 0)
    near = (last >= 0) & (pm10.series[at] == series) & (start - pm10.start[at] < bridge * SECONDS)
    found: Bools = near & dust[at]
    return found
