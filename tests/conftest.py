"""What all tests share: where the real data lie, and that in CI nothing may be skipped."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"


def skip_loudly(reason: str) -> NoReturn:
    """Skip, saying why; where AIRSHED_NO_SKIP is set (CI) that is a failure."""
    if os.environ.get("AIRSHED_NO_SKIP"):
        pytest.fail(f"nothing may be skipped here: {reason}")
    pytest.skip(reason)


def shared_data(relative: str) -> Path:
    """A file of ../shared/data, or a skip that says it is absent."""
    path = SHARED_DATA / relative
    if not path.exists():
        skip_loudly(f"real data not found: ../shared/data/{relative}")
    return path


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):  # type: ignore[no-untyped-def]
    """Under AIRSHED_NO_SKIP any skip, however it came about, is a failure."""
    report = yield
    if report.skipped and os.environ.get("AIRSHED_NO_SKIP") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, but AIRSHED_NO_SKIP is set: {report.longrepr}"
    return report
