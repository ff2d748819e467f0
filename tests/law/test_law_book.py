"""The book: who outranks whom, what is refused, what its digest is worth."""

from __future__ import annotations

from datetime import date

import pytest
import yaml

from airshed.errors import BadLawText, LawNotFound
from airshed.law import Book

GOOD = {
    "instrument": {
        "id": "Test rule",
        "titles": {"zh": "试验规定", "en": "Test rule"},
        "place": "gb2260:130200",
        "issued": None,
        "document_digest": None,
    },
    "provisions": [
        {
            "subject": "ranking",
            "version": "Tangshan 2020",
            "since": date(2020, 1, 1),
            "until": None,
            "status": "quoted",
            "clause": "1",
            "source": "a notice",
            "value": {"level": {"by": "composite"}, "change": {"by": "composite"}},
        }
    ],
}
CITY = ("gb2260:130200", "gb2260:130000", "cn")


def written(folder, change=None, name="rule.yaml"):
    text = yaml.safe_load(yaml.safe_dump(GOOD))
    if change:
        change(text)
    folder.mkdir(exist_ok=True)
    folder.joinpath(name).write_text(yaml.safe_dump(text, allow_unicode=True), encoding="utf-8")
    return folder


def row(text):
    return text["provisions"][0]


def test_the_nearest_place_speaks_before_the_nation(tmp_path):
    book = Book.load([written(tmp_path / "law")])
    day = date(2020, 6, 1)
    assert book.on(day, CITY)["ranking"].version == "Tangshan 2020"
    assert book.on(day, ("gb2260:130100", "cn"))["ranking"].place == "cn"
    assert book.on(day, CITY)["index"].version == "HJ 633-2012"
    assert book.on(date(2019, 12, 31), CITY)["ranking"].place == "cn"


def test_guidelines_of_the_world_are_found_from_any_place():
    assert Book.load().on(date(2022, 1, 1), CITY)["guideline"].version == "WHO AQG 2021"
    assert "guideline" not in Book.load().on(date(2021, 9, 21), CITY)


def test_what_is_not_in_the_book_is_refused_by_subject_day_and_place():
    with pytest.raises(LawNotFound, match=r"'limits'.*gb2260:130200.*2012-12-31"):
        Book.load().on(date(2012, 12, 31), CITY)["limits"]
    with pytest.raises(LawNotFound, match=r"HJ 633-2012; .*HJ 633-2026"):
        Book.load().version("HJ 633-1999", "index")


def test_a_version_is_found_whatever_its_case_spaces_and_full_width_forms():
    book = Book.load()
    assert book.version("ｈｊ６３３－２０２６", "index") is book.version("HJ 633-2026", "index")
    assert book.versions("limits")[0] == "GB 3095-2012"


def test_the_digest_changes_when_and_only_when_the_content_does(tmp_path):
    one = written(tmp_path / "one")
    moved = written(tmp_path / "two", name="another-name.yaml")
    changed = written(tmp_path / "three", lambda t: row(t).update(clause="2"))
    assert Book.load([one]).digest == Book.load([moved]).digest
    assert len({Book.load().digest, Book.load([one]).digest, Book.load([changed]).digest}) == 3


def test_two_days_under_the_same_law_have_the_same_digest():
    book = Book.load()
    assert book.on(date(2019, 1, 1), ("cn",)).digest == book.on(date(2020, 1, 1), ("cn",)).digest
    assert book.on(date(2018, 8, 31), ("cn",)).digest != book.on(date(2018, 9, 1), ("cn",)).digest


def test_a_folder_that_does_not_exist_holds_no_law(tmp_path):
    assert Book.load([tmp_path / "absent"]).digest == Book.load().digest


MALFORMED = {
    "unknown field": (lambda t: row(t).update(colour="red"), "unknown field 'colour'"),
    "unknown status": (lambda t: row(t).update(status="rumour"), "unknown status 'rumour'"),
    "unknown subject": (lambda t: row(t).update(subject="indx"), "unknown subject 'indx'"),
    "no source": (lambda t: row(t).pop("source"), "absent: source"),
    "empty source": (lambda t: row(t).update(source=" "), "the source is empty"),
    "until before since": (lambda t: row(t).update(until=date(2020, 1, 1)), "must lie before until"),
    "a day that is none": (lambda t: row(t).update(since="last spring"), "since: wanted a date"),
    "an until that is none": (lambda t: row(t).update(until=3), "until: wanted a date or null"),
    "a value without its fields": (lambda t: row(t)["value"].pop("level"), "wanted the field 'level'"),
    "a value with a field too many": (lambda t: row(t)["value"].update(lvl=1), "unknown field 'lvl'"),
    "a value that is a number": (lambda t: row(t).update(value=3), "value: wanted fields"),
    "a doubt about nothing": (
        lambda t: row(t).update(unverified=["level.of"]),
        "'level.of' leads to no figure",
    ),
    "no provisions": (lambda t: t.update(provisions=[]), "a list of at least one"),
    "a provision that is a word": (lambda t: t.update(provisions=["x"]), "wanted fields, got 'x'"),
    "a section too many": (lambda t: t.update(more=1), "exactly 'instrument' and 'provisions'"),
    "an instrument without place": (lambda t: t["instrument"].pop("place"), "instrument: wanted exactly"),
    "one language": (lambda t: t["instrument"]["titles"].pop("en"), "wanted zh and en"),
    "an issue day that is none": (lambda t: t["instrument"].update(issued="x"), "instrument.issued"),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_a_malformed_text_is_refused_naming_the_file_and_the_fault(tmp_path, case):
    change, message = MALFORMED[case]
    folder = written(tmp_path / "law", change)
    with pytest.raises(BadLawText, match=r"rule\.yaml") as caught:
        Book.load([folder])
    assert message in str(caught.value)


def index_text(**changes):
    provision = Book.load().version("HJ 633-2026", "index")
    value = {**provision.value, **changes}
    return {"subject": "index", "version": "X", "value": value}


MALFORMED_INDEX = {
    "breakpoints that fall": ({"breakpoints": {"day": {"pm25": [0, 60, 35]}}}, "must rise"),
    "breakpoints that stand": ({"breakpoints": {"day": {"pm25": [0, 35, 35]}}}, "must rise"),
    "a word among breakpoints": ({"breakpoints": {"day": {"pm25": [0, "x"]}}}, "wanted numbers"),
    "more breakpoints than steps": ({"breakpoints": {"day": {"pm25": list(range(9))}}}, "2 to 8 breakpoints"),
    "pieces that overlap": (
        {"breakpoints": {"day": {"pm25": [[0, 9, 0, 50], [9, 35, 51, 100]]}}},
        "must rise",
    ),
    "another rounding": ({"index_rounding": "floor"}, "index_rounding: wanted one of"),
    "another rounding of concentrations": ({"concentration_rounding": "up"}, "concentration_rounding"),
    "an item without a table": ({"daily_items": ["lead"]}, "lead has no breakpoints"),
    "no categories": ({"categories": []}, "there are none"),
    "a hole between categories": ({"categories": [{"to": 50}, {"from": 52}]}, "must be followed by 51"),
    "a table that is a number": ({"breakpoints": {"day": {"pm25": 3}}}, "not the form of an index"),
}


@pytest.mark.parametrize("case", MALFORMED_INDEX)
def test_a_malformed_index_is_refused_with_its_fault(tmp_path, case):
    changes, message = MALFORMED_INDEX[case]
    folder = written(tmp_path / "law", lambda t: row(t).update(index_text(**changes)))
    with pytest.raises(BadLawText, match=r"rule\.yaml") as caught:
        Book.load([folder])
    assert message in str(caught.value)


def test_a_key_written_twice_is_a_fault_and_not_silently_the_last(tmp_path):
    (tmp_path / "twice.yaml").write_text("instrument: 1\ninstrument: 2\n", encoding="utf-8")
    with pytest.raises(BadLawText, match=r"twice.yaml.*written twice: instrument"):
        Book.load([tmp_path])


def test_text_that_is_no_yaml_and_text_that_is_no_utf8_are_refused_by_name(tmp_path):
    bad = tmp_path / "bad.yaml"
    bad.write_text("a: [", encoding="utf-8")
    with pytest.raises(BadLawText, match=r"bad.yaml: wanted YAML"):
        Book.load([tmp_path])
    bad.write_bytes("国".encode("gb18030"))
    with pytest.raises(BadLawText, match=r"bad.yaml: wanted UTF-8"):
        Book.load([tmp_path])


def test_two_texts_for_the_same_days_are_refused_unless_one_is_chosen(tmp_path):
    folder = written(tmp_path / "law")
    written(folder, lambda t: row(t).update(version="Tangshan 2021", since=date(2021, 1, 1)), "later.yaml")
    with pytest.raises(BadLawText, match=r"Tangshan 2020.*Tangshan 2021.*2021-01-01"):
        Book.load([folder])
    written(
        folder,
        lambda t: row(t).update(version="Tangshan 2021", since=date(2021, 1, 1), chosen=True),
        "later.yaml",
    )
    book = Book.load([folder])
    assert book.on(date(2020, 6, 1), CITY)["ranking"].version == "Tangshan 2020"
    assert book.on(date(2021, 6, 1), CITY)["ranking"].version == "Tangshan 2021"
    assert book.version("tangshan 2020", "ranking").chosen is None
