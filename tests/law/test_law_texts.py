"""Over all law files: no gap, no overlap, every value sourced, bounds that behave as bounds."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import numpy as np
import pytest

from airshed.law import Book, Provision
from airshed.law.shapes import lookup
from airshed.observations.index import sub_index

BOOK = Book.load()
REQUIRED = {
    "cn": (date(2013, 1, 1), ("index", "limits", "validity", "evaluation", "composite", "ranking")),
    "us": (date(2013, 3, 18), ("index",)),
}
CHAINS = [(place, subject) for place, (_, subjects) in REQUIRED.items() for subject in subjects]


def standing(place: str, subject: str) -> list[Provision]:
    found = [p for p in BOOK.provisions if (p.place, p.subject) == (place, subject) and p.chosen is not False]
    return sorted(found, key=lambda p: p.since)


@pytest.mark.parametrize(("place", "subject"), CHAINS)
def test_the_law_has_no_gap_and_no_overlap_in_time(place, subject):
    chapters = standing(place, subject)
    assert chapters[0].since <= REQUIRED[place][0]
    assert chapters[-1].until is None
    assert [c.until for c in chapters[:-1]] == [c.since for c in chapters[1:]]


@pytest.mark.parametrize(("place", "subject"), CHAINS)
def test_on_the_day_of_a_change_the_new_text_holds_and_on_the_day_before_the_old(place, subject):
    chapters = standing(place, subject)
    for old, new in itertools.pairwise(chapters):
        assert BOOK.on(new.since, (place,))[subject].version == new.version
        assert BOOK.on(new.since - timedelta(days=1), (place,))[subject].version == old.version


@pytest.mark.parametrize("provision", BOOK.provisions, ids=lambda p: f"{p.subject}:{p.version}")
def test_every_provision_says_where_it_comes_from_and_how_sure_it_is(provision):
    assert provision.source
    assert provision.clause
    assert provision.status in {"official", "quoted", "derived", "unverified"}
    assert provision.instrument.titles["zh"]
    assert provision.instrument.titles["en"]
    if provision.status == "official":
        assert len(provision.instrument.document_digest) == 64
    for what in ("clause", "source", "note"):
        assert provision.say(what, "zh") != provision.say(what, "en")
        assert provision.say(what, "en")
    for path in provision.unverified:
        lookup(provision.value, path)


def test_every_version_name_means_one_provision_of_a_subject():
    names = [(p.subject, "".join(p.version.casefold().split())) for p in BOOK.provisions]
    assert len(names) == len(set(names))


INDICES = [p for p in BOOK.provisions if p.subject == "index"]
COLUMNS = [(p, a, i) for p in INDICES for a, table in p.value["breakpoints"].items() for i in table]


def pieces(provision: Provision, averaging: str, item: str) -> list[tuple[float, float, int, int]]:
    row, index = provision.value["breakpoints"][averaging][item], provision.value.get("index")
    if isinstance(row[0], list):
        return [tuple(piece) for piece in row]
    return [(row[k], row[k + 1], index[k], index[k + 1]) for k in range(len(row) - 1)]


def step(provision: Provision, item: str) -> float:
    decimals = provision.value["concentration_decimals"] or {"default": 3}
    return 10.0 ** -decimals.get(item, decimals["default"])


@pytest.mark.parametrize(("provision", "averaging", "item"), COLUMNS, ids=lambda x: getattr(x, "version", x))
def test_a_concentration_at_a_breakpoint_has_exactly_the_index_of_that_breakpoint(provision, averaging, item):
    unit = provision.value["units"][item]
    for low, high, index_low, index_high in pieces(provision, averaging, item):
        assert sub_index([low, high], item, averaging, provision, unit).tolist() == [index_low, index_high]


@pytest.mark.parametrize(("provision", "averaging", "item"), COLUMNS, ids=lambda x: getattr(x, "version", x))
def test_one_step_over_a_breakpoint_lies_in_the_next_category_and_one_step_under_in_the_same(
    provision, averaging, item
):
    unit, small = provision.value["units"][item], step(provision, item)
    rows = pieces(provision, averaging, item)
    for (_, high, _, index_high), (_, _, _, index_next) in itertools.pairwise(rows):
        under, over = sub_index([high - small, high + small], item, averaging, provision, unit)
        assert under <= index_high < over <= index_next


@pytest.mark.parametrize(("provision", "averaging", "item"), COLUMNS, ids=lambda x: getattr(x, "version", x))
def test_above_the_last_breakpoint_the_index_is_the_maximum_or_what_the_cap_says(provision, averaging, item):
    unit, top = provision.value["units"][item], pieces(provision, averaging, item)[-1][1]
    cap = provision.value["caps"].get(averaging, {}).get(item)
    said = provision.value["maximum"] if cap is None else cap.get("index", -1)
    found = sub_index([top + step(provision, item), 10 * top, 1e300], item, averaging, provision, unit)
    assert found.tolist() == [said] * 3
    if cap is not None:
        assert cap["above"] == top


@pytest.mark.parametrize("provision", INDICES, ids=lambda p: p.version)
def test_categories_cover_the_index_from_zero_to_its_maximum_without_gap(provision):
    covered = [i for c in provision.value["categories"] for i in range(c["from"], c["to"] + 1)]
    assert covered == list(range(provision.value["maximum"] + 1))
    for category in provision.value["categories"]:
        assert len(category["rgb"]) == 3
        assert all(0 <= channel <= 255 for channel in category["rgb"])
        assert category["advice"]["zh"]
        assert category["advice"]["en"]


def test_the_editions_of_2012_and_2026_differ_in_their_tables_only_at_index_100_of_particles():
    old, new = (BOOK.version(v, "index").value["breakpoints"] for v in ("HJ 633-2012", "HJ 633-2026"))
    differing = [
        (averaging, item, k, new[averaging][item][k])
        for averaging in new
        for item in new[averaging]
        for k, bound in enumerate(old[averaging][item])
        if bound != new[averaging][item][k]
    ]
    assert differing == [
        (a, i, 2, {"pm10": 120, "pm25": 60}[i]) for a in ("day", "hour") for i in ("pm10", "pm25")
    ]
    same = ("from", "to", "roman", "zh", "rgb")
    assert [[c[k] for k in same] for c in BOOK.version("HJ 633-2012", "index").value["categories"]] == [
        [c[k] for k in same] for c in BOOK.version("HJ 633-2026", "index").value["categories"]
    ]


LIMITS = {
    # GB 3095, grade II: SO2 year day hour, NO2 year day hour, CO day hour, O3 mda8 hour, PM10 year day, PM2.5
    "GB 3095-2012": (60, 150, 500, 40, 80, 200, 4, 10, 160, 200, 70, 150, 35, 75),
    "GB 3095-2012/A1-2018": (60, 150, 500, 40, 80, 200, 4, 10, 160, 200, 70, 150, 35, 75),
    "GB 3095-2026/transition": (60, 150, 500, 40, 80, 200, 4, 10, 160, 200, 60, 120, 30, 60),
    "GB 3095-2026/final": (20, 50, 150, 30, 50, 200, 4, 10, 160, 200, 50, 100, 25, 50),
}
GRADE_ONE = {
    "GB 3095-2012": (20, 50, 150, 40, 80, 200, 4, 10, 100, 160, 40, 50, 15, 35),
    "GB 3095-2012/A1-2018": (20, 50, 150, 40, 80, 200, 4, 10, 100, 160, 40, 50, 15, 35),
    "GB 3095-2026/transition": (20, 50, 150, 40, 80, 200, 4, 10, 100, 160, 40, 50, 15, 35),
    "GB 3095-2026/final": (20, 50, 150, 30, 50, 200, 4, 10, 100, 160, 20, 50, 10, 25),
}
ORDER = [
    "so2.year",
    "so2.day",
    "so2.hour",
    "no2.year",
    "no2.day",
    "no2.hour",
    "co.day",
    "co.hour",
    "o3.mda8",
    "o3.hour",
    "pm10.year",
    "pm10.day",
    "pm25.year",
    "pm25.day",
]


@pytest.mark.parametrize(("grade", "tables"), [("grade_1", GRADE_ONE), ("grade_2", LIMITS)])
@pytest.mark.parametrize("version", LIMITS)
def test_limits_are_those_of_the_table(version, grade, tables):
    value = BOOK.version(version, "limits").value[grade]
    assert tuple(lookup(value, path) for path in ORDER) == tables[version]


def test_grade_one_is_nowhere_laxer_than_grade_two_and_limits_never_rise_in_time():
    chapters = standing("cn", "limits")
    for p in chapters:
        assert all(lookup(p.value["grade_1"], k) <= lookup(p.value["grade_2"], k) for k in ORDER)
    for old, new in itertools.pairwise(chapters):
        for grade in ("grade_1", "grade_2"):
            assert all(lookup(new.value[grade], k) <= lookup(old.value[grade], k) for k in ORDER)


def test_the_index_of_100_is_the_daily_limit_of_grade_two_of_the_standard_in_force_at_its_birth():
    for index, limits in (("HJ 633-2012", "GB 3095-2012"), ("HJ 633-2026", "GB 3095-2026/transition")):
        provision, grade = BOOK.version(index, "index"), BOOK.version(limits, "limits").value["grade_2"]
        for item in ("pm25", "pm10", "so2", "no2", "co"):
            assert sub_index([grade[item]["day"]], item, "day", provision).tolist() == [100]
        assert sub_index([grade["o3"]["mda8"]], "o3_mda8", "day", provision).tolist() == [100]


def test_the_amendment_of_2018_moves_the_reference_state_and_no_number():
    old, new = (BOOK.version(v, "limits").value for v in ("GB 3095-2012", "GB 3095-2012/A1-2018"))
    assert (old["grade_1"], old["grade_2"]) == (new["grade_1"], new["grade_2"])
    assert old["reference_state"]["gas_temperature_K"] == 273.15
    assert new["reference_state"]["gas_temperature_K"] == 298.15


def test_the_gas_factor_of_restatement_is_the_quotient_of_the_two_temperatures():
    value = BOOK.version("GB 3095-2012/A1-2018", "restatement").value
    assert value["gas_factor"] == pytest.approx(
        value["from_temperature_K"] / value["to_temperature_K"], abs=1e-15
    )
    assert round(value["gas_factor"], 5) == 0.91615


def test_the_claimed_weights_of_2026_stand_in_the_book_but_never_hold_by_themselves():
    claimed = BOOK.version("2026 weights (claimed)", "composite")
    assert (claimed.status, claimed.chosen) == ("unverified", False)
    held = BOOK.on(date(2026, 6, 1), ("cn",))["composite"].value["terms"]
    assert {term["weight"] for term in held.values()} == {1}


def test_percentiles_of_the_evaluation_and_of_the_composite_index_agree():
    for version in ("HJ 663-2013", "HJ 663-2026"):
        items = BOOK.version(version, "evaluation").value["items"]
        terms = BOOK.on(date(2026, 6, 1), ("cn",))["composite"].value["terms"]
        assert items["co"]["percentile"] == terms["co"]["p"] == 95
        assert items["o3"]["percentile"] == terms["o3"]["p"] == 90


def test_indices_never_fall_when_a_concentration_rises():
    for provision, averaging, item in COLUMNS:
        top = pieces(provision, averaging, item)[-1][1]
        found = sub_index(
            np.linspace(0, top, 4001), item, averaging, provision, provision.value["units"][item]
        )
        assert (np.diff(found) >= 0).all(), (provision.version, averaging, item)
