"""The measuring stick is straight: runs in turn, each in its own process, and says what it measured."""

from __future__ import annotations

import functools
import json
import sys
import time
from pathlib import Path

import pytest

from conftest import ROOT

sys.path.insert(0, str(ROOT / "benchmarks"))
import harness


def test_two_ways_are_run_in_turn_and_the_slower_one_takes_longer(tmp_path: Path) -> None:
    slow = harness.Way("slow", functools.partial(time.sleep, 0.2))
    quick = harness.Way("quick", functools.partial(time.sleep, 0.02))
    result = harness.compare("sleep a little", slow, quick, runs=2)
    assert len(result.ours.runs) == len(result.reference.runs) == 2  # type: ignore[union-attr]
    assert 0.2 <= result.ours.seconds < 1
    assert result.ratio is not None
    assert result.ratio > 2
    kept = [json.loads(line) for line in result.keep(tmp_path).read_text(encoding="utf-8").splitlines()]
    assert kept[0]["title"] == "sleep a little"
    assert kept[0]["ratio"] == result.ratio
    assert result.row("<= 1.3 x").count("|") == harness.HEADER.splitlines()[0].count("|")


def test_what_is_prepared_is_not_timed() -> None:
    way = harness.Way("length", len, prepare=functools.partial(_slowly, "abc"))
    assert harness.compare("prepare", way, runs=1).ours.seconds < 0.1


def _slowly(value: str) -> str:
    time.sleep(0.3)
    return value


def test_a_command_is_timed_with_the_memory_of_its_own_process() -> None:
    way = harness.Way("command", [sys.executable, "-c", "x = bytearray(200_000_000)"])
    assert harness.compare("command", way, runs=1).ours.peak_bytes > 200_000_000


def test_a_run_that_fails_is_an_error_and_no_figure() -> None:
    with pytest.raises(RuntimeError, match="ended with 3"):
        harness.compare("fail", harness.Way("fail", [sys.executable, "-c", "raise SystemExit(3)"]), runs=1)
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        harness.compare("fail", harness.Way("fail", functools.partial(divmod, 1, 0)), runs=1)
