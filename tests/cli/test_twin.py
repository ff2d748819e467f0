"""``airshed twin make`` as one types it."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

import airshed
from airshed.cli.main import main

pytestmark = pytest.mark.slow


def run(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    monkeypatch.setattr("sys.argv", ["airshed", *map(str, words)])
    with pytest.raises(SystemExit) as stop:
        main()
    return int(stop.value.code or 0)


def test_a_made_region_is_made_by_one_command_and_says_that_it_is_made(tmp_path, monkeypatch, capsys):
    folder = tmp_path / "made"
    options = (
        "--region",
        "2+36",
        "--from",
        "2026-01-10",
        "--days",
        "2",
        "--cell",
        "50000",
        "--truth-cell",
        "50000",
    )
    assert run(monkeypatch, "twin", "make", *options, "--footprints", "0", "--seed", "3", folder) == 0
    out = capsys.readouterr().out
    assert "虚构" in out
    assert "2026-01-10 … 2026-01-11" in out
    workspace = airshed.open(folder)
    assert workspace.region().made
    assert workspace.region().id == "twin-2+36"
    assert len(workspace.region().members_on(date(2026, 1, 10))) == 38
    workspace.close()


def test_a_region_nobody_knows_is_refused(tmp_path, monkeypatch, capsys):
    assert run(monkeypatch, "twin", "make", "--region", "nowhere", tmp_path / "made") == 2
    assert "nowhere" in capsys.readouterr().err
    assert not (tmp_path / "made").exists()


def test_the_command_line_starts_without_the_compiler(tmp_path: Path) -> None:
    """Help comes at once: what needs numba is fetched by the commands that reckon."""
    code = "import sys, airshed.cli.twin, airshed.cli.demo; sys.exit('airshed.twin.truth' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=tmp_path).returncode == 0
