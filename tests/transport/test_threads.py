"""What is made ahead: in order, on another thread where that is allowed, and no further ahead than one."""

from __future__ import annotations

import threading

import numba
import pytest

from airshed.transport.threads import made_ahead, threads_for


def made_on(of: list[int]) -> tuple[list[int], set[int], list[int]]:
    """What comes, the threads it was made on, and how many were begun when each was used."""
    threads, begun, found, ahead = set(), [], [], []

    def make(one: int) -> int:
        begun.append(one)
        threads.add(threading.get_ident())
        return 10 * one

    for value in made_ahead(make, of):
        found.append(value)
        ahead.append(len(begun) - len(found))
    return found, threads, ahead


def test_each_comes_in_order_and_is_made_on_one_other_thread(monkeypatch):
    monkeypatch.setattr(numba, "get_num_threads", lambda: 2)
    monkeypatch.setattr(numba, "threading_layer", lambda: "omp")
    found, threads, ahead = made_on([3, 1, 2, 5])
    assert found == [30, 10, 20, 50]
    assert len(threads) == 1
    assert threading.get_ident() not in threads
    assert max(ahead) <= 1


def test_where_numba_allows_no_two_kernels_at_once_it_is_made_when_it_is_asked_for(monkeypatch):
    monkeypatch.setattr(numba, "get_num_threads", lambda: 2)
    monkeypatch.setattr(numba, "threading_layer", lambda: "workqueue")
    found, threads, ahead = made_on([3, 1, 2])
    assert found == [30, 10, 20]
    assert threads == {threading.get_ident()}
    assert ahead == [0, 0, 0]


def test_what_cannot_be_made_is_said_where_it_is_used():
    coming = made_ahead(lambda one: 1 / one, [2, 0, 1])
    assert next(coming) == 0.5
    with pytest.raises(ZeroDivisionError):
        next(coming)


def test_a_maker_takes_no_more_threads_than_are_allowed_here():
    with threads_for(1):
        assert set(made_ahead(lambda _: numba.get_num_threads(), [3, 1])) == {1}
