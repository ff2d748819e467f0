"""A forecaster's outlook is scored like a model."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from airshed.errors import BadInput
from airshed.forecast.verification import scorecard, with_edits
from airshed.law import Book
from forecast.verification.hindcasts import made

OLD = Book.load().version("HJ 633-2012", "index")


def edits_of(hindcast, *, lead=1, **more) -> pl.DataFrame:
    """Every day at one lead, exactly what came."""
    issue = hindcast["issue"].values.astype("datetime64[D]")
    value = hindcast["observed"].sel(lead=lead).values[:, 0]
    return pl.DataFrame({
        "issue": issue.astype(str), "place": "made:0", "day": (issue + lead).astype(str), "variable": "pm25",
        "value": value, **more,
    })  # fmt: skip


def test_an_edit_that_is_right_has_no_error_and_leaves_other_leads_alone():
    hindcast = made(days=60)
    card = scorecard(with_edits(hindcast, edits_of(hindcast)), OLD, resamples=100)
    edited = card.filter(method="edited")
    assert edited["lead"].to_list() == [1]
    assert edited["rmse"][0] == pytest.approx(0)
    assert edited["csi150"][0] == 1  # without a probability the value itself warns
    assert card.filter(method="model")["lead"].to_list() == [1, 3]


def test_an_interval_makes_an_edit_a_distribution_that_is_scored_too():
    hindcast = made(days=60)
    value = hindcast["observed"].sel(lead=1).values[:, 0]
    with_interval = edits_of(hindcast, low=value * 0.8, high=value * 1.3)
    added = with_edits(hindcast, with_interval)
    quantiles = added["quantiles"].sel({"method": "edited", "lead": 1}).values[:, 0]
    assert quantiles[:, 10] == pytest.approx(value)
    assert quantiles[:, 2] == pytest.approx(value * 0.8)
    assert quantiles[:, -3] == pytest.approx(value * 1.3)
    assert (np.diff(quantiles, axis=1) > 0).all()
    card = scorecard(added, OLD, resamples=100).filter(method="edited")
    assert card["coverage80"][0] == 1
    assert card["crpss"][0] > 0.5


def test_editors_are_told_apart_and_the_last_word_on_a_day_holds():
    hindcast = made(days=30)
    table = edits_of(hindcast, editor=["wang", "li"] * 15)
    twice = pl.concat([table.with_columns(value=pl.lit(1.0)), table])
    added = with_edits(hindcast, twice, "office")
    assert list(added["method"].values[3:]) == ["office:wang", "office:li"]
    wang = added["mean"].sel({"method": "office:wang", "lead": 1}).values[:, 0]
    assert wang[::2] == pytest.approx(hindcast["observed"].sel(lead=1).values[::2, 0])
    assert np.isnan(wang[1::2]).all()


def test_rows_of_other_variables_places_and_days_are_left_out():
    hindcast = made(days=30)
    table = edits_of(hindcast)
    strange = [table.with_columns(variable=pl.lit("no2")), table.with_columns(place=pl.lit("made:9"))]
    both = with_edits(hindcast, pl.concat([*strange, table[:3]]))
    assert int(np.isfinite(both["mean"].sel({"method": "edited"})).sum()) == 3


def test_a_table_that_cannot_be_scored_is_refused_with_the_reason():
    hindcast = made(days=30)
    table = edits_of(hindcast)
    with pytest.raises(BadInput, match="no day"):
        with_edits(hindcast, table.drop("day"))
    with pytest.raises(BadInput, match="issue days and place ids"):
        with_edits(hindcast, table.with_columns(place=pl.lit("elsewhere")))
    with pytest.raises(BadInput, match="low <= value"):
        with_edits(hindcast, table.with_columns(low=pl.col("value") + 1, high=pl.col("value") + 2))
    with pytest.raises(BadInput, match="YYYY-MM-DD"):
        with_edits(hindcast, table.with_columns(day=pl.lit("tomorrow")))
    with pytest.raises(BadInput, match="new name"):
        with_edits(hindcast, table, "model")
