"""How many threads a piece of work is worth, and what may be made beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import Final, TypeVar

import numba

__all__ = ["made_ahead", "threads_for"]

T = TypeVar("T")
U = TypeVar("U")

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


def made_ahead(make: Callable[[T], U], of: Iterable[T]) -> Iterator[U]:
    """``make`` of each, made on a thread of its own while the one before it is used.

    The maker's kernels take no more threads than are allowed here: numba counts them for each thread by itself. One
    after the other where numba's layer does not bear two kernels at once (``workqueue``).

    >>> list(made_ahead(abs, [-1, 2, -3]))
    [1, 2, 3]
    """
    allowed = numba.get_num_threads()  # numba chooses its layer at the first question about threads
    if numba.threading_layer() not in ("omp", "tbb"):
        yield from map(make, of)
        return
    with ThreadPoolExecutor(1, initializer=numba.set_num_threads, initargs=(allowed,)) as beside:
        given = iter(of)
        coming = [beside.submit(make, one) for one in islice(given, 1)]
        while coming:
            ready = coming.pop().result()
            coming += [beside.submit(make, one) for one in islice(given, 1)]
            yield ready
