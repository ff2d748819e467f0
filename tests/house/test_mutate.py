"""The list of planted faults fits the code and covers what it must."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import pytest

from conftest import ROOT

sys.path.insert(0, str(ROOT / "tools"))
import mutate

FAULTS = mutate.load(mutate.LIST)


@pytest.mark.parametrize("mutation", FAULTS, ids=lambda m: f"{Path(m.file).stem}: {m.fault}")
def test_each_planted_fault_changes_one_place_of_the_code_and_names_its_tests(
    mutation: mutate.Mutation,
) -> None:
    text = (ROOT / mutation.file).read_text(encoding="utf-8")
    planted = mutation.planted(text)
    assert planted != text
    if mutation.file.endswith(".py"):
        compile(planted, mutation.file, "exec")
    for test in mutation.tests:
        file, _, name = test.partition("::")
        assert f"def {name.partition('[')[0]}" in (ROOT / file).read_text(encoding="utf-8"), test


def test_at_least_ten_faults_are_planted() -> None:
    assert len(FAULTS) >= 10


def test_a_text_that_stands_twice_or_nowhere_is_refused() -> None:
    mutation = mutate.Mutation("a fault", "a.py", "x", "y", ())
    assert mutation.planted("x = 1") == "y = 1"
    for source in ("z = 1", "x = x"):
        with pytest.raises(mutate.BadListError, match="wanted this text once"):
            mutation.planted(source)
    with pytest.raises(mutate.BadListError, match="changes nothing"):
        dataclasses.replace(mutation, new="x").planted("x = 1")


def test_an_entry_with_an_unknown_field_is_refused(tmp_path: Path) -> None:
    list_file = tmp_path / "mutations.yaml"
    list_file.write_text("- {fault: a, file: b, old: c, new: d, tests: [], extra: 1}\n", encoding="utf-8")
    with pytest.raises(mutate.BadListError, match="extra"):
        mutate.load(list_file)
