"""Which cities a region had: the list in force, else the nearest in time, said aloud."""

from __future__ import annotations

from datetime import date, timedelta

from airshed.assessment.notes import Note, note
from airshed.errors import BadInput
from airshed.places import Region

__all__ = ["members"]

_DAY = timedelta(days=1)


def members(region: Region, on: date) -> tuple[tuple[str, ...], Note]:
    """Ids of the members on a day; where no list was in force, those of the nearest day with one.

    Returns:
        The ids and a note that says which list was taken.

    Raises:
        BadInput: the region never had a member.
    """
    day = on if region.members_on(on) else _nearest_day(region, on)
    found = region.members_on(day)
    said = {"region": region.names, "asked": on, "day": day, "count": len(found)}
    return found, note("members_in_force" if day == on else "members_nearest", **said)


def _nearest_day(region: Region, on: date) -> date:
    edges = [m.since for m in region.members if m.since] + [m.until - _DAY for m in region.members if m.until]
    with_members = [day for day in edges if region.members_on(day)]
    if not with_members:
        raise BadInput(f"a region with members, for {region.id}", "none on any day", "mend its region file")
    return min(with_members, key=lambda day: (abs(day - on), day))
