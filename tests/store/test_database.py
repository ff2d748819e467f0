"""The database opens without Alembic where nothing is to be done."""

from __future__ import annotations

from pathlib import Path

from alembic.script import ScriptDirectory

from airshed.store import database


def test_the_newest_revision_named_in_the_code_is_the_last_migration() -> None:
    folder = Path(database.__file__).parent / "migrations"
    assert ScriptDirectory(str(folder)).get_current_head() == database.NEWEST_REVISION
