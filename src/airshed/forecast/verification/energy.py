"""Whether members hang together: the energy score of runs of days, beside that of the same days shuffled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import xarray as xr
from scipy.spatial.distance import pdist

from airshed.errors import BadInput
from airshed.forecast.verification.bootstrap import bounds, chance, totals
from airshed.forecast.verification.scores import Flags, Floats, ratio

__all__ = ["Energy", "energy_draws", "energy_row", "energy_score", "mean_energy", "shuffled"]

_DIMS = ("issue", "member", "lead", "place")


def shuffled(members: Floats, seed: int) -> Floats:
    """The same members with each lead's order drawn anew for every issue: the same days, but no runs of days.

    Parameters:
        members: (issue, member, lead, …); what follows a lead stays together.
        seed: of the draws.

    >>> shuffled(np.arange(4.0).reshape(1, 4, 1), 0).ravel().tolist() == [0.0, 1.0, 2.0, 3.0]
    False
    """
    rng = np.random.default_rng(seed)
    issues, count, leads = members.shape[:3]
    order = rng.permuted(np.tile(np.arange(count)[:, None], (issues, 1, leads)), axis=1)
    wide = order.reshape(issues, count, leads, *([1] * (members.ndim - 3)))
    return np.take_along_axis(members, np.broadcast_to(wide, members.shape), axis=1)


def energy_score(members: Floats, observed: Floats) -> Floats:
    """Energy score of each case: mean distance to what came, less half the mean distance among members.

    Parameters:
        members: (case, member, cell), a run of days (over places) laid out as cells [any one unit].
        observed: (case, cell) [same unit].

    Returns:
        (case,); NaN where a cell of the case is unknown.

    Source: Gneiting and Raftery 2007, doi:10.1198/016214506000001437, eq. 22 with exponent 1; pairs counted over
    all M squared. The same as ``scoringrules.es_ensemble``, but without an array of all pairs of all cases.

    >>> energy_score(np.array([[[0.0], [2.0]]]), np.array([[1.0]]))
    array([0.5])
    """
    if members.shape[::2] != observed.shape:
        raise BadInput("members and observed runs of the same cells", f"{members.shape}, {observed.shape}")
    to_observed = np.linalg.norm(members - observed[:, None], axis=2).mean(axis=1)
    among = np.array([pdist(case).sum() for case in np.ascontiguousarray(members)])
    return np.asarray(to_observed - among / members.shape[1] ** 2)


@dataclass(frozen=True)
class Energy:
    """Energy scores of members and of the same members shuffled, (draw,) each; ``n`` runs."""

    n: float
    members: Floats
    shuffled: Floats


def energy_draws(
    hindcast: xr.Dataset, method: str, places: list[int], season: Flags, weights: Floats, seed: int
) -> Energy:
    """Energy score of a method's members over runs of all leads, and of the same members shuffled between days.

    Parameters:
        hindcast: with ``members`` (method, issue, member, lead, place).
        method: whose.
        places: numbers of the places that make up one run.
        season: (issue, lead), days that count; a run counts where all of its days do.
        weights: (draw, issue), of `block_weights`.
        seed: of the shuffle.
    """
    members = hindcast["members"].sel({"method": method}).transpose(*_DIMS).values[..., places]
    observed = hindcast["observed"].transpose("issue", "lead", "place").values[..., places]
    issues, count = members.shape[:2]
    cells = observed.reshape(issues, -1)
    held = season.all(axis=1) & np.isfinite(cells).all(axis=1)
    held &= np.isfinite(members.reshape(issues, -1)).all(axis=1)
    mixed = shuffled(members, seed)
    parts = {"n": held.astype(np.float64)}
    for name, these in (("score", members), ("mixed", mixed)):
        parts[name] = np.zeros(issues)
        if held.any():
            parts[name][held] = energy_score(these[held].reshape(held.sum(), count, -1), cells[held])
    sums = totals(weights, parts)
    return Energy(float(sums["n"][0]), ratio(sums["score"], sums["n"]), ratio(sums["mixed"], sums["n"]))


def mean_energy(seeds: Sequence[Energy]) -> Energy:
    """The mean over runs of weather, draw by draw."""
    parts = {f.name: np.mean([getattr(one, f.name) for one in seeds], axis=0) for f in fields(Energy)}
    return Energy(float(parts["n"]), parts["members"], parts["shuffled"])


def energy_row(held: Energy) -> dict[str, float]:
    """``energy_score`` and ``energy_score_shuffled`` with their bounds [unit of the variable], ``energy_score_p``, the
    paired one-sided p-value of "no better than shuffled", ``energy_score_n``."""
    low, high = bounds(held.members)
    return {
        "energy_score": float(held.members[0]), "energy_score_low": low, "energy_score_high": high,
        "energy_score_shuffled": float(held.shuffled[0]),
        "energy_score_p": chance(held.shuffled - held.members), "energy_score_n": held.n,
    }  # fmt: skip
