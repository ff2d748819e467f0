"""Feeds: tables and grids as their makers write them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
import xarray as xr

from airshed.emissions import (
    FEEDS,
    FeedContext,
    feed_named,
    profiles_of_the_house,
    read_enterprises,
    release,
    totals,
)
from airshed.emissions.feeds import Reading
from airshed.emissions.feeds.gridded import areas
from airshed.errors import BadInput, UnknownFeed
from airshed.places import Gazetteer, wgs84_to_gcj02
from airshed.places.cells import box_corners
from conftest import shared_data
from emissions.worlds import GRID, shares

GAZETTEER = Gazetteer.load()


def read(feed: str, path: Path, **more: object) -> Reading:
    return feed_named(feed).read(path, FeedContext(GAZETTEER, **more))  # type: ignore[arg-type]


def written(folder: Path, text: str, name: str = "list.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_text(text, encoding=encoding)
    return path


# --- tables ------------------------------------------------------------------------------------------------

CHINESE = """企业名称,城市,经度,纬度,行业,污染物,排放量,单位,烟囱高度
甲厂,唐山,118.2,39.6,工业,SO2,"1,200",t/a,120
甲厂,唐山,118.2,39.6,工业,NOx,0.5,kt/a,120
,保定市,,,民用,PM2.5,3,万吨,
乙厂,唐山,118.3,39.7,工业,SO2,,t/a,
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_chinese_table_is_read_by_its_own_words(tmp_path: Path, encoding: str) -> None:
    found = read("table", written(tmp_path, CHINESE, encoding=encoding))
    assert found.table["amount"].to_list() == pytest.approx([1200.0, 500.0, 30_000.0])
    assert found.table["place"].to_list() == ["gb2260:130200", "gb2260:130200", "gb2260:130600"]
    assert found.table["stack_height"].to_list() == [120.0, 120.0, None]
    assert (found.read, found.blanks) == (3, 1)
    assert found.table["origin"].unique().to_list() == ["list.csv"]


def test_the_same_table_from_a_spreadsheet_and_from_parquet_is_the_same(tmp_path: Path) -> None:
    raw = pl.DataFrame(
        {
            "place": ["唐山", "保定"],
            "sector": ["power", "dust"],
            "species": ["so2", "pm25"],
            "amount": [1.5, 2.0],
        }
    )
    raw.write_parquet(tmp_path / "list.parquet")
    raw.write_excel(tmp_path / "list.xlsx")
    raw.write_csv(tmp_path / "list.csv")
    tables = [
        read("table", tmp_path / f"list.{kind}").table.drop("origin") for kind in ("parquet", "xlsx", "csv")
    ]
    assert tables[0].equals(tables[1])
    assert tables[0].equals(tables[2])


def test_columns_may_be_mapped_and_what_the_file_leaves_out_be_said(tmp_path: Path) -> None:
    path = written(tmp_path, "who;where;how much\nworks;唐山;2\n")
    mapping = {"source": "who", "place": "where", "amount": "how much"}
    found = read("table", path, mapping=mapping, sector="industry", species="nox", unit="kt NO/a")
    assert found.table["amount"].to_list() == pytest.approx([3066.4], rel=1e-4)
    with pytest.raises(BadInput, match="how many"):
        read("table", path, mapping={"amount": "how many"})


def test_a_column_for_each_species_becomes_a_row_for_each_amount(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "province,sector,SO2,NOx,PM2.5,CO2\n河北,transportation,1,2,3,9\n北京,power,4,5,,9\n",
        "m.csv",
    )
    found = read("meic-table", path, unit="kt/a")
    summed = {(r["sector"], r["species"]): r["amount"] for r in totals(found.table).to_dicts()}
    assert summed[("transport", "pm25")] == 3000.0
    assert summed[("power", "nox")] == 5000.0
    assert ("power", "pm25") not in summed
    assert set(found.table["place"]) == {"gb2260:130000", "gb2260:110000"}
    with pytest.raises(BadInput, match="unit"):
        read("meic-table", path)


def test_a_table_with_several_years_wants_one(tmp_path: Path) -> None:
    path = written(
        tmp_path, "place,sector,species,amount,year\n唐山,power,so2,1,2013\n唐山,power,so2,2,2015\n"
    )
    assert read("table", path, year=2015).table["amount"].to_list() == [2.0]
    with pytest.raises(BadInput, match="2 years"):
        read("table", path)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("唐山,power,so2,much,t/a", "line 3: amount: wanted a number, got 'much'"),
        ("唐山,magic,so2,1,t/a", "line 3: sector: wanted a known one, got 'magic'"),
        ("唐山,power,xenon,1,t/a", "line 3: species: wanted a known one, got 'xenon'"),
        ("Atlantis,power,so2,1,t/a", "line 3: place: wanted a known one, got 'Atlantis'"),
        ("唐山,power,so2,1,furlong", "line 3: unit: a mass a year of so2"),
        ("唐山,power,so2,-1,t/a", "line 3: amount: wanted none below 0, got -1"),
        (",power,so2,1,t/a", "line 3: wanted a place, or lon and lat"),
    ],
)
def test_a_table_not_in_order_is_refused_with_file_and_line(tmp_path: Path, row: str, said: str) -> None:
    path = written(tmp_path, f"place,sector,species,amount,unit\n唐山,power,so2,1,t/a\n{row}\n")
    with pytest.raises(BadInput) as refusal:
        read("table", path)
    assert f"list.csv, {said}" in str(refusal.value)


def test_files_that_are_no_tables_are_refused(tmp_path: Path) -> None:
    for name in ("a.docx", "a.xlsx", "a.parquet"):
        with pytest.raises(BadInput, match="a table"):
            read("table", written(tmp_path, "no table", name))
    with pytest.raises(BadInput, match="a NetCDF grid"):
        read("edgar-grid", written(tmp_path, "no grid", "AP_SO2_2015_ENE.nc"))
    with pytest.raises(BadInput, match="column amount"):
        read("table", written(tmp_path, "place,sector\n唐山,power\n"))
    with pytest.raises(UnknownFeed, match="table"):
        feed_named("telepathy")
    assert set(FEEDS) == {"table", "meic-table", "meic-grid", "edgar-grid", "ceds"}


# --- grids -------------------------------------------------------------------------------------------------

FIELD = np.arange(12.0).reshape(3, 4)  # from south to north
WEST, SOUTH, STEP = 116.0, 39.0, 0.25


def meic_ascii(folder: Path, name: str, field: np.ndarray) -> None:
    head = f"ncols 4\nnrows 3\nxllcorner {WEST}\nyllcorner {SOUTH}\ncellsize {STEP}\nNODATA_value -9999\n"
    rows = "\n".join(" ".join(f"{v:.17g}" for v in row) for row in field[::-1])
    written(folder, head + rows + "\n", f"{name}.asc", "ascii")


def meic_netcdf(folder: Path, name: str, field: np.ndarray) -> None:
    """As GMT 3 wrote it: classic NetCDF, the field flat and from north to south."""
    xr.Dataset(
        {
            "x_range": ("side", [WEST, WEST + 1]), "y_range": ("side", [SOUTH, SOUTH + 0.75]),
            "z_range": ("side", [0.0, 11.0]), "spacing": ("side", [STEP, STEP]),
            "dimension": ("side", np.array([4, 3], dtype=np.int32)), "z": ("xysize", field[::-1].ravel()),
        }
    ).to_netcdf(folder / f"{name}.nc", engine="scipy")  # fmt: skip


@pytest.mark.parametrize("write", [meic_ascii, meic_netcdf])
def test_twelve_months_of_a_meic_grid_are_a_year(tmp_path: Path, write) -> None:
    for month in range(1, 13):
        write(tmp_path, f"2017_{month:02d}__industry__SO2", month * FIELD)
        write(tmp_path, f"2017_{month:02d}__industry__CO2", FIELD)
    found = read("meic-grid", tmp_path)
    assert found.table["amount"].sum() == pytest.approx(78 * FIELD.sum(), rel=1e-14)
    assert "CO2" in found.notes[0]
    by_corner = {box_corners(p)[:2]: a for p, a in found.table.select("place", "amount").iter_rows()}
    assert by_corner[(116.75, 39.5)] == pytest.approx(78 * 11.0)
    assert by_corner[(116.25, 39.0)] == pytest.approx(78 * 1.0)
    assert (116.0, 39.0) not in by_corner


def test_a_meic_year_that_lacks_months_is_refused_and_month_00_is_a_year(tmp_path: Path) -> None:
    meic_ascii(tmp_path, "2017_01__power__NOx", FIELD)
    with pytest.raises(BadInput, match=r"power nox: months \[1\]"):
        read("meic-grid", tmp_path)
    (tmp_path / "2017_01__power__NOx.asc").unlink()
    meic_ascii(tmp_path, "2017_00__power__NOx", FIELD)
    assert read("meic-grid", tmp_path).table["amount"].sum() == FIELD.sum()


def test_a_blank_is_no_zero_and_an_amount_below_zero_is_refused_with_its_cell(tmp_path: Path) -> None:
    field = FIELD.copy()
    field[2, 3] = -9999
    meic_ascii(tmp_path, "2017_00__power__NOx", field)
    found = read("meic-grid", tmp_path)
    assert (found.read, found.blanks) == (11, 1)
    field[1, 1] = -5.0
    meic_ascii(tmp_path, "2017_00__power__NOx", field)
    with pytest.raises(BadInput, match=r"-5 t/a in box:116.25,39.25,116.5,39.5"):
        read("meic-grid", tmp_path)


def edgar(folder: Path, values: np.ndarray, units: str, name: str, lon0: float = WEST) -> Path:
    lat, lon = SOUTH + STEP * (np.arange(3) + 0.5), lon0 + STEP * (np.arange(4) + 0.5)
    path = folder / f"{name}.nc"
    field = xr.DataArray(values, {"lat": lat, "lon": lon}, ("lat", "lon"), attrs={"units": units})
    xr.Dataset({"emissions": field}).to_netcdf(path, engine="scipy")
    return path


def test_an_edgar_flux_and_its_tonnes_are_the_same_emission(tmp_path: Path) -> None:
    tonnes = edgar(tmp_path, FIELD, "Tonnes", "v8.1_FT2022_AP_SO2_2015_ENE_emi")
    edges = SOUTH + STEP * np.arange(4), WEST + STEP * np.arange(5)
    flux = FIELD * 1000 / (365 * 86400.0) / areas(*edges)
    other = edgar(tmp_path, flux, "kg m-2 s-1", "v8.1_FT2022_AP_SO2_2015_ENE_flx")
    one, two = (read("edgar-grid", p).table for p in (tonnes, other))
    np.testing.assert_allclose(two["amount"], one["amount"], rtol=1e-12)
    assert one["place"].to_list() == two["place"].to_list()
    assert totals(one).rows() == [("power", "so2", FIELD.sum())]


def test_the_area_of_a_quarter_degree_cell_is_that_of_the_sphere() -> None:
    whole = areas(np.linspace(-90, 90, 181), np.linspace(-180, 180, 361)).sum()
    assert whole == pytest.approx(5.1007e14, rel=1e-4)


def test_longitudes_of_0_to_360_are_turned(tmp_path: Path) -> None:
    path = edgar(tmp_path, FIELD, "Tonnes", "AP_NOx_2015_TRO_noRES", lon0=250.0)
    found = read("edgar-grid", path).table
    assert box_corners(found["place"][0])[0] == pytest.approx(-109.75)
    assert set(found["sector"]) == {"transport"}


def test_bounds_take_a_part_and_what_lies_beyond_is_told(tmp_path: Path) -> None:
    path = edgar(tmp_path, FIELD, "Tonnes", "AP_NOx_2015_TOTALS")
    with pytest.raises(BadInput, match="sector"):
        read("edgar-grid", path)
    found = read("edgar-grid", path, sector="industry", bounds=(116.0, 39.0, 116.5, 39.75))
    assert found.table["amount"].sum() + found.beyond["nox"] == FIELD.sum()
    assert found.beyond["nox"] == FIELD[:, 2:].sum()


def test_a_grid_in_no_known_unit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="furlong"):
        read("edgar-grid", edgar(tmp_path, FIELD, "furlong", "AP_SO2_2015_ENE"))


def test_from_a_file_of_degrees_to_our_grid_no_mass_is_lost(tmp_path: Path) -> None:
    table = read("edgar-grid", edgar(tmp_path, FIELD, "Tonnes", "AP_SO2_2015_ENE")).table
    made = release(table, GRID, shares({}), profiles_of_the_house())
    kept = float(made["amount"].sum() + made["outside"].sum()) * 365 * 86400 / 1000
    assert kept == pytest.approx(FIELD.sum(), rel=1e-12)
    assert float(made["outside"].sum()) < 1e-12


# --- CEDS and the list of enterprises ----------------------------------------------------------------------


@pytest.mark.parametrize(("year", "wanted"), [(2010, 29.0), (2013, 26.8), (2015, 18.1), (2017, 11.6)])
def test_chinas_so2_in_ceds_is_the_published_total(year: int, wanted: float) -> None:
    path = shared_data("emissions/ceds_gbdmaps_country_sector_fuel_1970_2017.parquet")
    table = read("ceds", path, year=year).table
    so2 = table.filter(pl.col("species") == "so2")
    assert round(so2["amount"].sum() / 1e6, 1) == wanted
    assert set(table["place"]) == {"cn"}
    assert set(table["sector"]) == {"power", "industry", "residential", "transport", "agriculture"}


CEDS_TEXT = """em,country,sector,units,X2014,X2015
SO2,chn,1A1a_Electricity-public,kt,1,2
NOx,chn,1A3b_Road,kt NO2,3,4
NMVOC,usa,2D_Degreasing-Cleaning,kt,5,6
"""


def test_a_detailed_table_of_ceds_is_read_by_the_beginnings_of_its_sectors(tmp_path: Path) -> None:
    path = written(tmp_path, CEDS_TEXT)
    assert totals(read("ceds", path, year=2015).table).rows() == [
        ("power", "so2", 2000.0),
        ("transport", "nox", 4000.0),
    ]
    other = read("ceds", path, year=2014, country="USA", place="cn").table
    assert totals(other).rows() == [("industry", "voc", 5000.0)]


def test_ceds_without_a_year_a_country_or_a_place_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, CEDS_TEXT)
    with pytest.raises(BadInput, match=r"2014\.\.2015"):
        read("ceds", path)
    with pytest.raises(BadInput, match="rows of fra"):
        read("ceds", path, year=2015, country="fra")
    with pytest.raises(BadInput, match="a place"):
        read("ceds", path, year=2015, country="usa")
    strange = written(tmp_path, CEDS_TEXT.replace("1A3b_Road", "9Z_Magic"))
    with pytest.raises(BadInput, match="9Z_Magic"):
        read("ceds", strange, year=2015)


def test_enterprises_are_brought_from_gcj02_to_wgs84(tmp_path: Path) -> None:
    lon, lat = wgs84_to_gcj02(116.5, 39.9)
    path = written(tmp_path, f"name,lon,lat,style\n甲厂,{float(lon):.12f},{float(lat):.12f},1\n")
    found = read_enterprises(path)
    assert found.row(0, named=True) == {
        "name": "甲厂",
        "lon": pytest.approx(116.5, abs=1e-7),
        "lat": pytest.approx(39.9, abs=1e-7),
        "kind": "factory",
    }
    assert read_enterprises(path, shifted=False)["lon"][0] == pytest.approx(float(lon))
    with pytest.raises(BadInput, match="line 2"):
        read_enterprises(written(tmp_path, "name,lon,lat,style\n乙厂,416,39,1\n"))


def test_the_real_list_of_enterprises_lies_in_china() -> None:
    found = read_enterprises(shared_data("enterprises/key_pollutant_enterprises_10592.parquet"))
    assert len(found) == 10_592
    assert found["lon"].is_between(73, 136).all()
    assert found["lat"].is_between(18, 54).all()
    assert not found["name"].str.starts_with("\ufeff").any()
