"""Both languages say everything."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path
from string import Formatter

import pytest
import yaml

import airshed.web
from airshed.web.words import LANGUAGES, Words, catalogue

WEB = Path(airshed.web.__file__).parent
NAMED_BY_DATA = (
    "source.",
    "period.",
    "act.",
    "place.",
    "law.subjects.",
    "law.items.",
    "law.words.",
    "law.grade_",
)
"""Prefixes whose keys are looked up by a word that data bring."""


def _texts() -> str:
    files = [*WEB.rglob("*.py"), *WEB.rglob("*.html")]
    return "\n".join(f.read_text(encoding="utf-8") for f in files)


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_what_is_said_in_one_language_is_said_in_the_other() -> None:
    assert set(catalogue("zh")) == set(catalogue("en"))


def test_a_phrase_has_the_same_fields_in_both_languages() -> None:
    different = {k for k in catalogue("zh") if _fields(catalogue("zh")[k]) != _fields(catalogue("en")[k])}
    assert not different


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_phrase_is_empty_and_no_key_is_lost_to_yaml(language: str) -> None:
    assert not {k for k, v in catalogue(language).items() if v.strip() in {"", "None", "True", "False"}}  # type: ignore[arg-type]
    raw = yaml.safe_load((WEB / "locale" / f"{language}.yml").read_text(encoding="utf-8"))
    assert all(isinstance(k, str) for k in _keys(raw))


def _keys(node: object) -> list[object]:
    return [k for key, value in node.items() for k in (key, *_keys(value))] if isinstance(node, dict) else []


def test_every_key_a_page_asks_for_exists() -> None:
    # ``p.say`` is a provision that cites itself and asks for no key
    asked = set(re.findall(r"""(?<!\bp\.)say\(\s*"([a-z_0-9.]+)"\s*[,)]""", _texts()))
    assert len(asked) > 100
    assert not asked - set(catalogue("zh"))


def test_every_key_of_the_catalogue_is_used() -> None:
    texts = _texts()
    quoted = set(re.findall(r"""["'][a-z_0-9.]+["']""", texts))
    prefixes = set(re.findall(r"""say(?:_or)?\(\s*f?"([a-z_.]+[._])(?:"|\{)""", texts)) | set(NAMED_BY_DATA)
    idle = {
        k for k in catalogue("en") if not {f'"{k}"', f"'{k}'"} & quoted and not k.startswith(tuple(prefixes))
    }
    assert not idle


def test_numbers_and_days_are_written_as_each_language_writes_them() -> None:
    zh, en = Words("zh"), Words("en")
    assert (zh.number(1234567.8, 1), en.number(None)) == ("1,234,567.8", "—")
    assert (zh.day(date(2015, 12, 1)), en.day(date(2015, 12, 1))) == (
        "2015年12月1日 星期二",
        "Tuesday 1 December 2015",
    )
    assert (en.signed(-0.04, 1), en.signed(-7.5, 1), en.signed(3, 0)) == ("0.0", "−7.5", "+3")


def test_an_hour_is_written_with_its_start_and_its_end() -> None:
    assert Words("zh").hours(datetime(2015, 12, 1, 8)) == "08:00–09:00"  # noqa: DTZ001
    assert Words("zh").hours(datetime(2015, 12, 1, 23)) == "23:00–24:00"  # noqa: DTZ001
