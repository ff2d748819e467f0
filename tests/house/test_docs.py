"""What the documentation names exists: commands, options, settings, targets, links, variables."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from conftest import ROOT

sys.path.insert(0, str(ROOT / "tools"))
import docs_commands as reading

DOCUMENTS = reading.documents()


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def command_tree() -> Any:
    import typer

    from airshed.cli.main import app

    return typer.main.get_command(app)


def follow(words: tuple[str, ...]) -> str | None:
    """Walk the words down the tree of commands; what does not exist, or None."""
    command, rest = command_tree(), list(words)
    while rest and not rest[0].startswith("-") and hasattr(command, "commands"):
        if rest[0] not in command.commands:
            return f"no command {rest[0]!r}"
        command = command.commands[rest.pop(0)]
    options = {o for p in command.params for o in (*p.opts, *p.secondary_opts)} | {"--help"}
    for word in rest:
        option = word.split("=")[0]
        if re.fullmatch(r"\[?--?[a-zA-Z][\w-]*\]?", option) and option.strip("[]") not in options:
            return f"no option {option!r}"
    return None


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_command_and_option_a_document_names_exists(document: Path) -> None:
    calls = reading.calls(text_of(document), "airshed", name(document))
    wrong = [f"{call}: {fault}" for call in calls if (fault := follow(call.words))]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_make_target_a_document_names_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z][\w-]*):", text_of(ROOT / "Makefile"), re.MULTILINE))
    calls = reading.calls(text_of(document), "make", name(document))
    wrong = [str(c) for c in calls for word in c.words if "=" not in word and word not in targets]
    assert not wrong


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_link_inside_the_repository_leads_somewhere(document: Path) -> None:
    wrong = []
    for link in reading.links(text_of(document), name(document)):
        target, _, anchor = link.words[0].partition("#")
        path = (document.parent / target) if target else document
        if not path.exists():
            wrong.append(f"{link}: no such file")
        elif anchor and path.suffix == ".md" and anchor not in reading.anchors(text_of(path)):
            wrong.append(f"{link}: no such heading")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_environment_variable_a_document_names_is_read_somewhere(document: Path) -> None:
    named = set(re.findall(r"\bAIRSHED_[A-Z_]+\b", text_of(document)))
    files = [*(ROOT / "src").rglob("*.py"), ROOT / "tests/conftest.py", ROOT / "Makefile"]
    code = "".join(text_of(p) for p in files)
    assert not {n for n in named if n not in code}


def settings_fields() -> set[str]:
    """Keys that airshed.toml may have, nested ones with a dot."""
    from airshed.workspace import Settings

    return set(Settings.__dataclass_fields__)


def toml_blocks() -> list[tuple[str, str]]:
    return [
        (f"{name(d)}:{line}", content)
        for d in DOCUMENTS
        for language, line, content in reading.blocks(text_of(d))
        if language == "toml"
    ]


def test_every_setting_a_document_names_exists() -> None:
    unknown = {where: set(tomllib.loads(content)) - settings_fields() for where, content in toml_blocks()}
    assert not {where: names for where, names in unknown.items() if names}


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_feed_and_region_in_a_command_exists(document: Path) -> None:
    from airshed.observations.feeds import FEEDS
    from airshed.places import Gazetteer

    regions = {region.id for region in Gazetteer.load().regions()}
    known = {"--feed": set(FEEDS), "--region": regions}
    wrong = []
    for call in reading.calls(text_of(document), "airshed", name(document)):
        for option, value in zip(call.words, call.words[1:], strict=False):
            if option in known and not value.isupper() and value not in known[option]:
                wrong.append(f"{call}: {option} {value}: no such thing")
    assert not wrong, "\n".join(wrong)


def test_the_two_readmes_give_the_same_commands() -> None:
    def commands(file: str) -> list[tuple[str, ...]]:
        text = text_of(ROOT / file)
        fenced = "\n".join(f"```sh\n{c}```" for lang, _, c in reading.blocks(text) if lang == "sh")
        return [c.words for p in ("make", "airshed") for c in reading.calls(fenced, p, file)]

    assert commands("README.md") == commands("README.zh-CN.md")
    assert ("demo",) in commands("README.md")


def test_the_readme_shows_its_picture() -> None:
    assert "](docs/images/console.png)" in text_of(ROOT / "README.md")
    assert (ROOT / "docs/images/console.png").read_bytes().startswith(b"\x89PNG")


def glossary_rows() -> list[tuple[str, ...]]:
    text = text_of(ROOT / "docs/glossary.md")
    rows = [tuple(c.strip() for c in line.strip("|").split("|")) for line in text.splitlines() if "|" in line]
    return [r for r in rows if not set(r[0]) <= set("-: ") and r[0] != "中文"]


def test_the_glossary_explains_each_chinese_term_once() -> None:
    rows = glossary_rows()
    terms = [row[0] for row in rows]
    assert len(rows) >= 80
    assert not {t for t in terms if terms.count(t) > 1}
    for row in rows:
        assert len(row) == 3, row
        assert all(row), row
        assert re.search(r"[\u4e00-\u9fff]", row[0]), f"no Chinese term: {row}"
        assert not re.search(r"[\u4e00-\u9fff]", row[1]), f"no English term: {row}"


def test_the_citation_names_the_version_that_is_packaged() -> None:
    citation = yaml.safe_load(text_of(ROOT / "CITATION.cff"))
    project = tomllib.loads(text_of(ROOT / "pyproject.toml"))["project"]
    import airshed

    assert citation["version"] == project["version"] == airshed.__version__
    assert citation["license"] == project["license"]


def test_decisions_are_numbered_without_gap_and_listed() -> None:
    pages = sorted(p.name for p in (ROOT / "docs/decisions").glob("[0-9]*.md"))
    assert [int(p[:4]) for p in pages] == list(range(1, len(pages) + 1))


def test_the_script_of_continuous_integration_is_sound_and_may_run() -> None:
    script = ROOT / ".ci/run"
    assert os.access(script, os.X_OK)
    assert subprocess.run(["bash", "-n", script], capture_output=True, check=False).returncode == 0
