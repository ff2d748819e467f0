"""A disk that is full: refused in plain words, what was there stays, and it goes on when there is space."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from airshed.errors import StoreError
from airshed.workspace import Workspace, init
from conftest import skip_loudly

from .samples import check_whole, contents, feed, held, litter, row, ticking


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MB of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=8m", "none", str(folder)]
    if os.geteuid() or subprocess.run(command, check=False, capture_output=True).returncode:
        skip_loudly("a small disk cannot be mounted here (wants root)")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk: Path, leave: int) -> Path:
    """A file that takes all space but ``leave`` bytes."""
    room = os.statvfs(disk)
    ballast = disk / "ballast"
    ballast.write_bytes(b"\0" * (room.f_bavail * room.f_frsize - leave))
    return ballast


def attempt_and_recover(workspace: Workspace, disk: Path, leave: int) -> str:
    before = contents(held(workspace))
    many = [row(h, 10.0 + h / 7, place=f"cnemc:{p}") for h in range(300) for p in range(20)]
    ballast = fill(disk, leave)
    with pytest.raises(StoreError) as raised:
        feed(workspace, many)
    assert contents(held(workspace)) == before
    ballast.unlink()
    assert litter(workspace) == []
    check_whole(workspace)
    feed(workspace, many, ticking())
    assert held(workspace).height == len(before) + len(many)
    check_whole(workspace)
    return str(raised.value)


def test_when_no_parquet_file_can_be_written_nothing_is_in_and_it_is_said(small_disk: Path) -> None:
    workspace = init(small_disk / "w")
    feed(workspace, [row(0, 5.0, place="gb2260:110000")])
    said = attempt_and_recover(workspace, small_disk, leave=4096)
    assert "No space left" in said
    assert "free space" in said


def test_when_the_database_cannot_commit_nothing_is_in_and_it_is_said(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airshed.store import Lake

    workspace = init(small_disk / "w")
    feed(workspace, [row(0, 5.0, place="gb2260:110000")])
    real = Lake.commit

    def on_a_full_disk(self: Lake, connection: object, **of: object) -> object:
        with (small_disk / "rest").open("wb", buffering=0) as handle:
            while True:
                try:
                    handle.write(b"\0" * 4096)
                except OSError:
                    break
        return real(self, connection, **of)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(Lake, "commit", on_a_full_disk)
        with pytest.raises(StoreError, match="full"):
            feed(workspace, [row(h, 6.0 + h) for h in range(3)])
    (small_disk / "rest").unlink()
    assert held(workspace)["value"].to_list() == [5.0]
    check_whole(workspace)
    feed(workspace, [row(1, 6.0)])
    assert held(workspace).height == 2
    assert litter(workspace) == []
    check_whole(workspace)
