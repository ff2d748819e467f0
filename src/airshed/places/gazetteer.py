"""Who is where. (Interface first; the places room is being filled.)"""

from __future__ import annotations


class Gazetteer:
    """All jurisdictions, stations and regions a workspace knows."""
