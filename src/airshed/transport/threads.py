"""How many threads a piece of work is worth."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import numba

__all__ = ["threads_for"]

WORTH_TWO: Final = 2_000_000  # values of a field: below, threads wait for each other longer than they work


@contextmanager
def threads_for(values: int) -> Iterator[None]:
    """One thread for small fields, all that are allowed for large ones; restored afterwards.

    Parameters:
        values: of the largest field that is worked on.
    """
    allowed = numba.get_num_threads()
    numba.set_num_threads(1 if values < WORTH_TWO else allowed)
    try:
        yield
    finally:
        numba.set_num_threads(allowed)
