"""The twin's truth: what the air of a made region held, by a model that shares no line with the engine.

Positive Eulerian finite volume on fine cells with short steps (``truth_kernel``, ``truth_steps``). It knows nothing
of the engine's operators: ``airshed.transport`` is not imported, and a test holds it to that. Derivation, choice
of scheme and figures: ``docs/notes/truth.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numba
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from airshed.chemistry import CLASSES, Rates, rates
from airshed.twin.truth_input import (
    OTHER,
    RESTS,
    Outside,
    carried,
    one_tag,
    receptor_weights,
    released,
    rests,
    tag_shares,
)
from airshed.twin.truth_kernel import advect, column, react
from airshed.twin.truth_steps import Flow, Step

__all__ = ["Emission", "Outside", "Progress", "RatesOf", "run_tags", "run_truth", "weather_rates"]

Floats = NDArray[np.float64]
Emission = Callable[[int], Floats]
"""Hour number to what is released in it [kg], (class, layer, y, x) in the order of ``chemistry.CLASSES``."""
RatesOf = Callable[[int], Rates]
Progress = Callable[[int, int], None]
"""Called after each hour with (hours done, hours in all)."""

WORTH_TWO_THREADS = (
    1_000_000  # values; below, a second thread on a busy machine is waited for longer than it helps
)
MICROGRAMS = 1e9  # [ug kg-1]
LEDGER = ("burden", "emitted", "deposited", "washed_out", "through_sides", "through_top")


@dataclass
class _State:
    """Mixing ratios and what the tags let in; the first axis of all is the tag, the second the class."""

    q: Floats
    tags: Floats
    sides: Floats
    top: Floats
    ledger: dict[str, Floats]


@dataclass(frozen=True)
class _Hour:
    surface: Floats  # [ug m-3] (tag, class, y, x), hour mean of the lowest layer
    particle: Floats  # (y, x)
    ledger: dict[str, Floats]  # [kg] (tag, class) of the hour


def run_truth(
    weather: xr.Dataset,
    emission: Emission,
    rates_of: RatesOf | None = None,
    outside: Outside | None = None,
    classes: Sequence[str] = CLASSES,
    longest_step: float | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Hour-mean concentrations near the ground, everything in one bulk.

    Parameters:
        weather: as ``meteorology.check_weather`` wants it; its cells are the model's.
        emission: hour number to release in it [kg], (class, layer, y, x), classes as ``chemistry.CLASSES``.
        rates_of: hour number to ``chemistry.Rates``; none: ``weather_rates(weather)``.
        outside: mixing ratios at the sides, the top and the start; none: clean air.
        classes: those to carry; what one of them turns into must be among them.
        longest_step: [s]; none: a fraction of the hour that suits the cell (``truth_steps.Flow``).
        progress: told after each hour.

    Returns:
        Each class (time, y, x) [ug m-3], the mean of the lowest layer over the hour; ``pm25`` = fine + the particle
        share of nitrate (where carried); the ledger (time, class) [kg]: ``burden`` at the hour's end, ``emitted``,
        ``deposited``, ``washed_out`` in the hour, ``through_sides``, ``through_top`` inward. Marked ``made``.

    Raises:
        BadInput: negative or misshapen emission; classes without their children.

    Validity: winds are linear within the hour and keep its mean; Kz and rates are constant in the hour; no
    horizontal diffusion but the scheme's own.
    """
    flow, chosen = Flow(weather, longest_step), carried(classes)
    state = _state(flow, np.ones((1, *flow.grid.shape)), one_tag(outside or Outside(), chosen))
    hours = _march(flow, state, emission, rates_of or weather_rates(weather), chosen, progress)
    surface = np.empty((len(chosen), flow.hours, *flow.grid.shape), dtype=np.float32)
    pm25 = np.empty(surface.shape[1:], dtype=np.float32)
    ledger = {name: np.empty((flow.hours, len(chosen))) for name in LEDGER}
    for number, hour in enumerate(hours):
        surface[:, number] = hour.surface[0]
        pm25[number] = _pm25(hour, classes)[0]
        for name in LEDGER:
            ledger[name][number] = hour.ledger[name][0]
    fields: dict[str, object] = {c: (("time", "y", "x"), surface[i], _unit(c)) for i, c in enumerate(classes)}
    tables: dict[str, object] = {
        name: (("time", "class"), rows, {"units": "kg"}) for name, rows in ledger.items()
    }
    pm: dict[str, object] = {"pm25": (("time", "y", "x"), pm25, _unit("pm25"))} if "fine" in classes else {}
    return _dataset(flow, fields | pm | tables, {"class": list(classes)})


def run_tags(
    weather: xr.Dataset,
    emission: Emission,
    tags: xr.DataArray,
    receptors: xr.DataArray,
    rates_of: RatesOf | None = None,
    outside: Outside | None = None,
    classes: Sequence[str] = CLASSES,
    longest_step: float | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Who it came from: hour-mean concentrations at receptors by tag.

    Parameters:
        tags: share of each cell's emission that is the tag's, (tag, y, x), with a coordinate ``tag``; where they sum
            to less than one the rest is the tag ``other``.
        receptors: weights of the cells of each receptor, (receptor, y, x), with a coordinate; each sums to one.
        weather, emission, rates_of, outside, classes, longest_step, progress: as in ``run_truth``.

    Returns:
        ``contribution`` (tag, class, receptor, time) and ``pm25`` (tag, receptor, time) [ug m-3]; the tags asked for,
        then ``other``, ``sides``, ``top``, ``initial``.

    Raises:
        BadInput: shares outside 0..1 or above one together; weights that do not sum to one; as ``run_truth``.

    Validity: the limiter acts where a parabola would dip below zero, so that tags sum to the bulk only nearly;
    the gap measured stands in ``docs/notes/truth.md``.
    """
    flow, chosen = Flow(weather, longest_step), carried(classes)
    shares, weights = tag_shares(tags, flow.grid), receptor_weights(receptors, flow.grid)
    outer = outside or Outside()
    state = _state(flow, shares, rests(outer, chosen, len(shares)))
    hours = _march(flow, state, emission, rates_of or weather_rates(weather), chosen, progress)
    got = np.empty((len(shares), len(chosen), len(weights), flow.hours))
    pm25 = np.empty((len(shares), len(weights), flow.hours))
    for number, hour in enumerate(hours):
        got[..., number] = np.einsum("tcyx,ryx->tcr", hour.surface, weights)
        pm25[..., number] = np.einsum("tyx,ryx->tr", _pm25(hour, classes), weights)
    names = [*map(str, tags[tags.dims[0]].values), OTHER, *RESTS]
    coords = {"tag": names, "class": list(classes), "receptor": receptors[receptors.dims[0]].values}
    fields: dict[str, object] = {
        "contribution": (("tag", "class", "receptor", "time"), got, _unit("contribution"))
    }
    pm: dict[str, object] = (
        {"pm25": (("tag", "receptor", "time"), pm25, _unit("pm25"))} if "fine" in classes else {}
    )
    return _dataset(flow, fields | pm, coords)


def weather_rates(weather: xr.Dataset) -> RatesOf:
    """The rates of ``chemistry`` for each hour of a Weather, reckoned when asked for."""
    interface = np.asarray(weather["interface"].values, dtype=np.float64)

    def read(name: str, hour: int) -> Floats:
        return np.asarray(weather[name].variable[hour].values, dtype=np.float64)

    def of(hour: int) -> Rates:
        air = read("temperature", hour), read("relative_humidity", hour)
        sky = read("precipitation", hour), read("cloud", hour), read("radiation", hour)
        return rates(*air, *sky, interface)

    return of


def _march(
    flow: Flow,
    state: _State,
    emission: Emission,
    rates_of: RatesOf,
    chosen: list[int],
    progress: Progress | None,
) -> Iterator[_Hour]:
    turn, shape = 0, (len(flow.thickness), *flow.grid.shape)
    for hour in range(flow.hours):
        frozen, given = rates_of(hour), released(emission(hour), hour, shape, chosen)
        surface, mass = np.zeros(state.q[:, :, 0].shape), flow.fluxes(hour).after
        for name in LEDGER:
            state.ledger[name][:] = 0.0
        steps = list(flow.steps(hour))
        removal = _removal(frozen, chosen, len(steps))
        for step in steps:
            surface += _step(state, step, frozen, given / len(steps), removal, turn, chosen, flow)
            turn = 1 - turn
        state.ledger["emitted"][:] = np.einsum("clyx,tyx->tc", given, state.tags)
        state.ledger["burden"][:] = np.einsum("tclyx,lyx->tc", state.q, mass)
        volume = flow.grid.area * flow.thickness[0]
        ledger = {name: kept.copy() for name, kept in state.ledger.items()}
        yield _Hour(surface / len(steps) / volume * MICROGRAMS, frozen.nitrate_particle, ledger)
        if progress:
            progress(hour + 1, flow.hours)


def _step(
    state: _State,
    step: Step,
    frozen: Rates,
    given: Floats,
    removal: tuple[Floats, Floats, NDArray[np.int64], Floats],
    turn: int,
    chosen: list[int],
    flow: Flow,
) -> Floats:
    """One step; returns the mean mass in the lowest layer while it was blown along [kg], (tag, class, y, x).

    Mixing ratios are taken with the air the Weather has there, not with what the wind leaves before the vertical
    wind refills it: a uniform mixing ratio shows as uniform.
    """
    q, ledger = state.q, state.ledger
    threads = numba.get_num_threads()
    numba.set_num_threads(1 if q.size < WORTH_TWO_THREADS else threads)
    tags, classes, layers, ny, nx = q.shape
    held, air = q[:, :, 0] * step.before[0], step.before.copy()
    planes = q.reshape(tags * classes, layers, ny, nx)
    gained = advect(planes, air, step.fx, step.fy, step.parts, turn, state.sides.reshape(-1))
    ledger["through_sides"] += gained.sum(axis=1).reshape(tags, classes)
    held += q[:, :, 0] * step.after[0]
    keep, stay, child, gain = removal
    ledger["washed_out"] += react(q, air, keep, stay, child, gain)
    settling = frozen.deposition[chosen] * (step.seconds / flow.thickness[0])
    settled, from_top = column(q, air, step.after, step.mixing, settling, given, state.tags, state.top)
    ledger["deposited"] += settled
    ledger["through_top"] += from_top
    numba.set_num_threads(threads)
    return np.asarray(0.5 * held, dtype=np.float64)


def _removal(
    frozen: Rates, chosen: list[int], steps: int
) -> tuple[Floats, Floats, NDArray[np.int64], Floats]:
    """Shares kept and not washed out in a step, children by their number among the chosen, and their yields."""
    keep = (1.0 - frozen.conversion[chosen]) ** (1.0 / steps)
    stay = np.exp(-frozen.scavenging[chosen] / steps)
    child = [chosen.index(int(c)) if c >= 0 else -1 for c in frozen.child[chosen]]
    return keep, stay, np.asarray(child, dtype=np.int64), frozen.mass_yield[chosen].astype(np.float64)


def _pm25(hour: _Hour, classes: Sequence[str]) -> Floats:
    """Fine and the particle share of nitrate [ug m-3], (tag, y, x); zeros where fine is not carried."""
    carried = list(classes)
    total = np.zeros_like(hour.surface[:, 0])
    if "fine" in carried:
        total += hour.surface[:, carried.index("fine")]
    if "nitrate" in carried:
        total += hour.surface[:, carried.index("nitrate")] * hour.particle
    return total


def _unit(name: str) -> dict[str, str]:
    return {"units": "ug m-3", "long_name": f"hour mean of {name} in the lowest layer"}


def _dataset(flow: Flow, fields: dict[str, object], coords: dict[str, object]) -> xr.Dataset:
    time = {"time": flow.weather["time"].values}
    made = {"made": 1, "source": "airshed.twin.truth", "weather": str(flow.weather.attrs.get("source", ""))}
    return xr.Dataset(fields, {**time, **coords}, {**flow.grid.attrs(), **made})


def _state(flow: Flow, tags: Floats, outside: tuple[Floats, Floats, Floats]) -> _State:
    sides, top, initial = outside
    layers = len(flow.thickness)
    q = np.broadcast_to(initial[:, :, None, None, None], (*initial.shape, layers, *flow.grid.shape)).copy()
    return _State(q, tags, sides, top, {name: np.zeros(initial.shape) for name in LEDGER})
