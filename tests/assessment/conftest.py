"""Fixtures of this folder."""

from .worlds import world

__all__ = ["world"]
