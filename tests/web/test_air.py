"""The pages of the air: they show what the case holds, say what is lacking, refuse what cannot be reckoned."""

from __future__ import annotations

import base64
import csv
import io
import re
import shutil
import struct
import zlib
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from airshed.places.grid import Grid
from airshed.transport import RESTS, Case, Contributions, Shelf, origin_shares
from airshed.transport.backward import bins_of
from airshed.web.air import air_stamp, nice_top, runs_of
from airshed.web.drawing import GridPlane
from airshed.web.drawing.field import colours, counts, indexed_png, level_of, log_level_of
from airshed.web.palette import luminance
from web.test_pages import links

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("air")]

BEIJING, LANGFANG = "gb2260:110000", "gb2260:131000"
DAY = date(2026, 2, 20)
PAGES = {
    "map by day": "/air?t=2026-02-20",
    "map by hour": "/air?t=2026-02-20T08",
    "footprint": f"/air?t=2026-02-20&receptor={BEIJING}",
    "matrix": "/air/matrix?t=2026-02-20",
    "matrix in shares": "/air/matrix?show=share&sort=-matrix.local",
    "city": f"/air/city/{BEIJING}?t=2026-02-20",
    "what if": "/air/whatif?cut=40&species=pm25",
    "refused": "/air/whatif?cut=40&species=so2",
    "no such day": "/air?t=2025-01-01",
    "no footprint that day": f"/air?t=2026-02-17&receptor={BEIJING}",
    "matrix of days without footprints": "/air/matrix?from=2026-02-17&to=2026-02-20",
}


@pytest.fixture(scope="session")
def given_(aired: Case) -> Contributions:
    return Contributions.load(Shelf(aired), DAY, DAY + timedelta(days=1))


@pytest.mark.parametrize(
    ("lang", "name", "line"), [("zh", "正定路径", "正定算子"), ("en", "Positive path", "positive operator")]
)
def test_a_citys_day_says_which_path_speaks_for_it_and_what_it_changes(
    aired: Case, client: TestClient, lang: str, name: str, line: str
) -> None:
    """On cells of 50 km Beijing's footprint is negative by some 8 %: above 2 %."""
    row = Shelf(aired).spoken([DAY], [BEIJING]).to_dicts()[0]
    assert row["path"] == "positive"
    for url in (f"/air/city/{BEIJING}?t={DAY}", f"/air?t={DAY}&receptor={BEIJING}"):
        assert name in (page := client.get(f"{url}&lang={lang}").text)
        assert line in page
    told = client.get(f"/air/city/{BEIJING}.json?t={DAY}&lang={lang}").json()["path"]
    assert (told["path"], told["gap"]) == ("positive", pytest.approx(row["gap"]))


def test_matrix_and_map_say_how_many_receptor_days_go_by_the_positive_path(
    aired: Case, client: TestClient
) -> None:
    spoken = Shelf(aired).spoken([DAY], list(aired.about.receptors))
    positive = spoken["path"].to_list().count("positive")
    for url in (f"/air/matrix?from={DAY}&to={DAY}", f"/air?t={DAY}"):
        address, _, query = url.partition("?")
        told = client.get(f"{address}.json?{query}").json()["path"]
        assert (told["positive"], told["of"]) == (positive, len(spoken))
        assert f"{positive} of {len(spoken)} receptor days" in client.get(f"{url}&lang=en").text


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("url", PAGES.values(), ids=PAGES.keys())
def test_a_page_of_the_air_reads_in_both_languages_and_says_that_it_is_made(
    aired: Case, client: TestClient, url: str, lang: str
) -> None:
    answer = client.get(f"{url}&lang={lang}")
    assert answer.status_code == 200
    assert "<h1>" in answer.text
    assert "MADE DATA" in answer.text
    page = links(answer.text)
    assert len(page.ids) == len(set(page.ids)), "an id given twice"
    assert not re.search(r"https?://|[^:]//[a-z]", re.sub(r"base64,[^\"]*", "", answer.text)), (
        "an absolute address"
    )


@pytest.mark.parametrize("url", PAGES.values(), ids=PAGES.keys())
def test_no_link_of_a_page_of_the_air_leads_nowhere(aired: Case, client: TestClient, url: str) -> None:
    found = {u.partition("#")[0] for u in links(client.get(url).text).found if u.startswith("/")}
    for link in {u.partition("?")[0]: u for u in found}.values():
        if not link.startswith("/assets/"):
            assert client.get(link.replace("t=&", "").removesuffix("t=")).status_code == 200, link


def test_the_matrix_is_what_the_contributions_say(
    aired: Case, given_: Contributions, client: TestClient
) -> None:
    data = client.get("/air/matrix.json?from=2026-02-20&to=2026-02-20").json()
    table = given_.by("city")
    for row in data["tables"]["matrix"]["rows"]:
        mine = dict(table.filter(receptor=row["place"]).select("city", "amount").iter_rows())
        assert row["whole"] == pytest.approx(sum(mine.values()))
        assert row["local"] == pytest.approx(mine[row["place"]])
        assert {r: row[r] for r in RESTS} == pytest.approx({r: mine[r] for r in RESTS})
        assert {c: row[c] for c in data["cities"]} == pytest.approx({c: mine[c] for c in data["cities"]})


def test_a_row_of_the_matrix_adds_up_to_what_the_city_breathes(aired: Case, client: TestClient) -> None:
    data = client.get("/air/matrix.json?show=share").json()
    for row in data["tables"]["matrix"]["rows"]:
        parts = [row[k] for k in (*data["cities"], "other", *RESTS)]
        assert sum(parts) == pytest.approx(1.0)
        assert row["region"] == pytest.approx(sum(row[c] for c in data["cities"] if c != row["place"]))


def test_the_shares_beside_the_map_are_the_whole(aired: Case, client: TestClient) -> None:
    for row in client.get("/air.json?t=2026-02-20").json()["tables"]["cities"]["rows"]:
        assert row["local"] + row["region"] + row["outside"] + row["rests"] == pytest.approx(1.0)


def test_the_mean_of_two_days_is_the_mean_of_their_matrices(aired: Case, client: TestClient) -> None:
    def whole(first: str, last: str) -> dict[str, float]:
        rows = client.get(f"/air/matrix.json?from={first}&to={last}").json()["tables"]["matrix"]["rows"]
        return {r["place"]: r["whole"] for r in rows}

    one, two, both = (whole(*p) for p in (("2026-02-19", "2026-02-19"), ("2026-02-20", "2026-02-20"),
                                          ("2026-02-19", "2026-02-20")))  # fmt: skip
    assert both == pytest.approx({c: (one[c] + two[c]) / 2 for c in both})


def test_the_margin_below_the_matrix_leaves_out_what_a_city_gave_itself(
    aired: Case, client: TestClient
) -> None:
    data = client.get("/air/matrix.json").json()
    rows = data["tables"]["matrix"]["rows"]
    others = [r[BEIJING] for r in rows if r["place"] != BEIJING]
    assert data["foot"]["gave"][BEIJING] == pytest.approx(np.mean(others))
    assert data["foot"]["mean"][BEIJING] == pytest.approx(np.mean([r[BEIJING] for r in rows]))


def test_a_citys_splits_all_add_up_to_the_same_emitted_whole(
    aired: Case, given_: Contributions, client: TestClient
) -> None:
    tables = client.get(f"/air/city/{BEIJING}.json?t=2026-02-20").json()["tables"]
    sums = {k: sum(r["amount"] for r in tables[k]["rows"]) for k in ("sectors", "components", "lags")}
    at = given_.receptors.index(BEIJING)
    emitted = float(given_.given[0, at].sum(dtype=np.float64))
    assert sums == pytest.approx(dict.fromkeys(sums, emitted), rel=1e-5)
    assert sum(r["amount"] for r in tables["origins"]["rows"]) == pytest.approx(given_.bulk[0, at], rel=1e-3)


def test_the_tree_behind_a_share_names_run_weather_and_inventory(aired: Case, client: TestClient) -> None:
    data = client.get(f"/air/city/{BEIJING}.json?t=2026-02-20&origin=region&lang=en").json()
    table = origin_shares(
        Contributions.load(Shelf(aired), DAY, DAY + timedelta(days=1)).by("city"), aired.about.cities
    )
    share = table.filter(receptor=BEIJING, origin="region")["share"][0]
    assert data["why"]["value"].replace("−", "-") == f"{100 * share:.1f}%"
    text = str(data["why"])
    assert all(word in text for word in ("case small", "airshed.twin", "inventory", "float32", "forward run"))


def test_a_page_plays_exactly_the_field_of_the_case(aired: Case, client: TestClient) -> None:
    import xarray as xr

    frames = client.get("/air/frames.json?t=2026-02-20").json()
    levels = np.frombuffer(base64.b64decode(frames["values"]), dtype=np.uint8).reshape(24, *frames["shape"])
    first = aired.study.first_hour(DAY)
    with xr.open_zarr(aired.folder / "concentration.zarr", consolidated=False, chunks=None) as held:
        truth = held["pm25"][first : first + 24].sum("part").values[:, ::-1]
    inside = truth <= frames["top"]
    step = frames["top"] / 255
    assert np.abs(levels * step - np.maximum(truth, 0))[inside].max() <= 0.51 * step
    assert frames["beyond"] == [int(n) for n in (~inside).sum(axis=(1, 2))]
    assert frames["steps"][8] == "2026-02-20T08"


def test_the_wind_that_streaks_blows_as_the_weather_says(aired: Case, client: TestClient) -> None:
    wind = client.get("/air/frames.json?t=2026-02-20").json()["wind"]
    u = np.frombuffer(base64.b64decode(wind["u"]), dtype=np.int8).reshape(24, *wind["shape"])
    first = aired.study.first_hour(DAY)
    faces = aired.study.weather["u"][first : first + 24, 0].values
    centres = (0.5 * (faces[:, :, 1:] + faces[:, :, :-1]))[:, ::-1]
    assert wind["step"] == 1
    assert np.abs(u * wind["most"] / 127 - centres).max() <= wind["most"] / 127


def test_the_footprint_of_all_days_is_the_sum_of_the_days(aired: Case, client: TestClient) -> None:
    from airshed.web.air import Air
    from airshed.web.pages.air_layers import footprint_total
    from airshed.web.state import Cursor

    air, cursor = Air(aired, "", ()), Cursor(DAY)
    whole = footprint_total(air, cursor, BEIJING, "pm25", "surface", "all")
    parts = [footprint_total(air, cursor, BEIJING, "pm25", "surface", str(n)) for n in range(air.lags)]
    assert np.allclose(whole, sum(parts))
    held = Shelf(aired).footprint(DAY, BEIJING)[:, 0, 0].astype(np.float64)
    hours = np.concatenate([[24 / bins_of(n)] * bins_of(n) for n in range(air.lags)])
    assert np.allclose(whole, 1000 * (held * hours[:, None, None]).sum(axis=0))


def test_a_footprint_page_says_its_negative_share_and_its_near_field(aired: Case, client: TestClient) -> None:
    layer = client.get(f"/air.json?t=2026-02-20&receptor={BEIJING}").json()["layer"]
    column = list(aired.about.receptors).index(BEIJING)
    shelf = Shelf(aired).group
    assert layer["negative"] == pytest.approx(float(shelf["remaining"][3, column]))
    assert layer["path"]["negative"] == pytest.approx(float(shelf["negative"][3, column]))
    assert layer["near_cells"] == 2
    assert 0 < layer["near_share"] <= 1.5
    assert "2 格" in client.get(f"/air?t=2026-02-20&receptor={BEIJING}").text


def test_a_footprint_offers_the_days_of_emission_that_its_memory_reached(
    aired: Case, client: TestClient
) -> None:
    layer = client.get(f"/air.json?t=2026-02-20&receptor={BEIJING}").json()["layer"]
    held = Shelf(aired).group["given"][3, list(aired.about.receptors).index(BEIJING)]
    reached = [lag for lag in range(len(held)) if np.any(held[lag])]
    assert layer["lags"] == ["all", *reached]
    assert reached[0] == 0


def test_cutting_all_primary_emission_leaves_what_is_not_primary(
    aired: Case, given_: Contributions, client: TestClient
) -> None:
    data = client.get("/air/whatif.json?cut=100&species=pm25&from=2026-02-20&to=2026-02-20").json()
    primary = given_.by("component").filter(component="primary")
    gone = dict(primary.select("receptor", "amount").iter_rows())
    for row in data["tables"]["whatif"]["rows"]:
        assert row["before"] - row["after"] == pytest.approx(gone[row["place"]], rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("species", ["so2", "nox", "nh3", "voc"])
def test_a_cut_of_what_does_not_answer_linearly_is_refused_with_its_reason(
    aired: Case, client: TestClient, species: str
) -> None:
    page = client.get(f"/air/whatif?cut=30&species=pm25&species={species}&lang=en")
    assert "A contribution is not an impact" in page.text
    data = client.get(f"/air/whatif.json?cut=30&species=pm25,{species}").json()
    assert data["result"] is None
    assert data["tables"] == {}


def test_boxes_ticked_several_times_make_one_address(aired: Case, client: TestClient) -> None:
    by_boxes = client.get(f"/air/whatif.json?cut=30&species=pm25&places={BEIJING}&places={LANGFANG}").json()
    by_commas = client.get(f"/air/whatif.json?cut=30&species=pm25&places={BEIJING},{LANGFANG}").json()
    assert by_boxes["tables"] == by_commas["tables"]
    assert [p["id"] for p in by_boxes["form"]["places"] if p["chosen"]] == [BEIJING, LANGFANG]


@pytest.mark.parametrize("url", ["/air.csv?t=2026-02-20", "/air/matrix.csv", f"/air/city/{BEIJING}.csv?table=days",
                                 "/air/whatif.csv?cut=10&species=pm25"])  # fmt: skip
def test_a_table_of_the_air_has_its_csv(aired: Case, client: TestClient, url: str) -> None:
    rows = list(csv.DictReader(io.StringIO(client.get(url).content.decode("utf-8-sig"))))
    assert rows
    assert all(v for r in rows for v in r.values())


@pytest.mark.parametrize(
    "url",
    [
        "/air?part=ozone",
        "/air?receptor=gb2260:310000",
        "/air?case=none",
        "/air?part=pm25&t=x",
        f"/air?receptor={BEIJING}&lag=9",
        "/air/matrix?from=yesterday",
        "/air/matrix?from=2026-02-20&to=2026-02-19",
        "/air/whatif?cut=much&species=pm25",
        "/air/whatif?cut=120&species=pm25",
        "/air/whatif?cut=10&species=lead",
    ],
)
def test_what_the_air_cannot_read_is_a_bad_request_not_a_crash(
    aired: Case, client: TestClient, url: str
) -> None:
    assert client.get(url).status_code == 400


@pytest.mark.parametrize("path", ["/air", "/air/matrix", "/air/whatif", f"/air/city/{BEIJING}"])
def test_a_workspace_without_a_case_says_how_to_get_one(blank: TestClient, path: str) -> None:
    page = blank.get(path)
    assert page.status_code == 200
    assert "airshed transport run" in page.text
    assert blank.get(f"{path}.json").json()["air"] is None


def test_days_without_footprints_lead_to_those_that_have_them(aired: Case, client: TestClient) -> None:
    page = client.get(f"/air/city/{BEIJING}?t=2026-02-17&lang=en").text
    assert "19 February 2026–20 Feb" in page
    assert "t=2026-02-20" in page


def test_a_run_that_goes_on_changes_the_tag_of_its_pages(
    aired: Case, client: TestClient, tmp_path: Path
) -> None:
    air = tmp_path / "air" / "one"
    air.mkdir(parents=True)
    assert air_stamp(tmp_path) == "none"
    shutil.copy(aired.folder / "case.json", air)
    before = air_stamp(tmp_path)
    (air / "shelf.zarr" / "done" / "c" / "0").mkdir(parents=True)
    assert before != air_stamp(tmp_path) != "none"
    tag = client.get("/air?t=2026-02-20").headers["etag"]
    assert client.get("/air?t=2026-02-20", headers={"If-None-Match": tag}).status_code == 304


def test_a_map_of_the_air_is_a_picture_that_stands_alone(aired: Case, client: TestClient) -> None:
    answer = client.get(f"/air.svg?t=2026-02-20&receptor={BEIJING}")
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert "MADE DATA" in answer.text
    assert "data:image/png;base64" in answer.text


@given(value=st.floats(1e-6, 1e6))
def test_the_end_of_a_scale_holds_the_value_and_wastes_less_than_half_of_itself(value: float) -> None:
    assert value * (1 - 1e-8) <= nice_top(value) <= 1.6 * value


@given(days=st.sets(st.dates(date(2026, 1, 1), date(2026, 3, 1)), min_size=1))
def test_stretches_of_days_hold_each_day_once(days: set[date]) -> None:
    found = [a + timedelta(days=n) for a, b in runs_of(sorted(days)) for n in range((b - a).days + 1)]
    assert found == sorted(days)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_colour_map_runs_one_way_in_lightness(theme: str) -> None:
    light = np.array([luminance(c) for c in colours(theme).tolist()])
    steps = np.diff(light) * (-1 if theme == "light" else 1)
    assert steps.min() > -2e-3
    assert abs(light[-1] - light[0]) > 0.6


def test_an_indexed_picture_carries_the_levels_it_was_given() -> None:
    levels = np.arange(12, dtype=np.uint8).reshape(3, 4)
    raw = indexed_png(levels, colours("light"))
    assert raw.startswith(b"\x89PNG")
    at = raw.index(b"IDAT")
    (size,) = struct.unpack(">I", raw[at - 4 : at])
    rows = np.frombuffer(zlib.decompress(raw[at + 4 : at + 4 + size]), dtype=np.uint8).reshape(3, 5)
    assert (rows[:, 1:] == levels).all()
    assert raw[raw.index(b"PLTE") + 4 :][: 256 * 3] == colours("light").tobytes()


@given(top=st.floats(1e-3, 1e3), share=st.floats(0, 2))
def test_levels_rise_with_values_and_end_at_the_top(top: float, share: float) -> None:
    assert int(level_of(np.array(top * share), top)) == pytest.approx(255 * min(share, 1), abs=0.51)
    assert int(log_level_of(np.array(top), top)) == 255
    assert sum(counts(level_of(np.linspace(0, top, 40), top))) == 40


def test_a_grids_own_map_puts_its_corners_in_the_corners() -> None:
    grid = Grid.over([114.0, 119.0], [36.5, 41.0], 50_000.0)
    plane = GridPlane(grid)
    lon, lat = grid.lon, grid.lat
    x, y = plane(float(lon[0, 0]), float(lat[0, 0]))
    assert (x, plane.height - y) == pytest.approx((plane.unit / 2, plane.unit / 2), abs=1e-3)
    x, y = plane(float(lon[-1, -1]), float(lat[-1, -1]))
    assert (plane.width - x, y) == pytest.approx((plane.unit / 2, plane.unit / 2), abs=1e-3)


def test_the_ring_round_a_cell_reaches_two_cells_beyond_it() -> None:
    plane = GridPlane(Grid.over([114.0, 119.0], [36.5, 41.0], 50_000.0))
    middle = plane.grid.nx * 5 + 6
    xs = [float(n) for n in re.findall(r"[ML]([\d.]+) ", plane.ring(np.array([middle]), 2))]
    assert (min(xs), max(xs)) == pytest.approx((4 * plane.unit, 9 * plane.unit), abs=0.1)
