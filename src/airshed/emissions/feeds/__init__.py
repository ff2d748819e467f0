"""Feeds of emissions: tables and grids as their makers write them, read into rows of the inventory."""

from typing import Final

from airshed.emissions.feeds.ceds import CEDS
from airshed.emissions.feeds.edgar import EDGAR_GRID
from airshed.emissions.feeds.enterprises import read_enterprises
from airshed.emissions.feeds.meic import MEIC_GRID
from airshed.emissions.feeds.reading import Feed, FeedContext, Reading
from airshed.emissions.feeds.tables import MEIC_TABLE, TABLE
from airshed.errors import UnknownFeed

__all__ = ["FEEDS", "Feed", "FeedContext", "Reading", "feed_named", "read_enterprises"]

_EVERY: Final[tuple[Feed, ...]] = (TABLE, MEIC_TABLE, MEIC_GRID, EDGAR_GRID, CEDS)
FEEDS: Final[dict[str, Feed]] = {feed.name: feed for feed in _EVERY}
"""By name."""


def feed_named(name: str) -> Feed:
    """The feed of that name.

    Raises:
        UnknownFeed: there is none.
    """
    if name not in FEEDS:
        raise UnknownFeed(f"a feed of emissions: {', '.join(FEEDS)}", repr(name), "choose one of these")
    return FEEDS[name]
