"""A smooth surface: kernel ridge regression of the logarithm on all features, about each place's own mean.

What lies near in weather, season and past air had a like concentration. Nearness is a Gaussian of the distance in
standardised features; the surface is spanned by some hundred training rows, drawn evenly (Nyström's method, Williams
and Seeger 2001), so that its cost grows with the rows and not with their square.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from airshed.forecast.methods.base import matching, number_of
from airshed.forecast.methods.dressing import FLOOR, LEAST
from airshed.forecast.methods.standard import Standard
from airshed.forecast.samples import Samples

__all__ = ["KernelModel", "fit_kernel"]

Floats = NDArray[np.float64]

# chosen by cross-validation in the training years (docs/notes/forecast.md)
WIDTH: Final = 3.0  # squared distances are divided by it and by the number of features
PENALTY: Final = 0.1  # of the surface's roughness, in days
LANDMARKS: Final = 400  # training rows that span the surface
SEED: Final = 20160229
STEADY: Final = 1e-6  # added to the diagonal: rows that are alike would leave it singular
CHUNK: Final = 20_000  # rows at a time: of more the distances would take gigabytes


@dataclass(frozen=True)
class KernelModel:
    """``weights`` of the nearness to ``landmarks``, (L, F) standardised; ``mean`` of each place [log of the unit]."""

    target: str
    lead: int
    places: tuple[str, ...]
    names: tuple[str, ...]
    standard: Standard
    landmarks: Floats
    weights: Floats
    mean: Floats
    limit: float

    def point(self, samples: Samples) -> Floats:
        """(n,) the back-transformed logarithm: about the median."""
        matching(samples, self.target, self.lead, self.places, self.names)
        place = number_of(samples, self.places)
        above = np.empty(len(samples))
        for rows in _chunks(len(samples)):
            x = self.standard.of_rows(samples.features[rows])
            above[rows] = _nearness(x, self.landmarks) @ self.weights
        log = np.minimum(self.mean[place] + above, self.limit)
        return np.asarray(np.maximum(np.exp(log) - FLOOR, LEAST))


def fit_kernel(train: Samples) -> KernelModel:
    """The surface of the samples; rows of one day count as one, as in ridge."""
    log = np.log(train.observed + FLOOR)
    standard = Standard.of(train.features)
    mean = _means(train, log)
    chosen = np.random.default_rng(SEED).permutation(len(train))[:LANDMARKS]
    landmarks = standard.of_rows(train.features[np.sort(chosen)])
    count = len(landmarks)
    system = PENALTY * train.rows_a_day * _nearness(landmarks, landmarks) + STEADY * np.eye(count)
    right = np.zeros(count)
    for rows in _chunks(len(train)):
        near = _nearness(standard.of_rows(train.features[rows]), landmarks)
        system += near.T @ near
        right += near.T @ (log - mean[train.place])[rows]
    return KernelModel(
        train.target, train.lead, train.places, train.names, standard, landmarks,
        np.asarray(np.linalg.solve(system, right), dtype=np.float64), mean, float(log.max() + np.log(2)),
    )  # fmt: skip


def _means(train: Samples, log: Floats) -> Floats:
    """(place,) of the logarithm; that of all where a place has no row."""
    count = np.bincount(train.place, minlength=len(train.places))
    total = np.bincount(train.place, log, len(train.places))
    return np.where(count > 0, total / np.maximum(count, 1), log.mean())


def _nearness(x: Floats, landmarks: Floats) -> Floats:
    """(n, L): 1 where two are the same, towards 0 as they part."""
    squared = (x**2).sum(axis=1)[:, None] + (landmarks**2).sum(axis=1) - 2 * x @ landmarks.T
    return np.asarray(np.exp(-np.maximum(squared, 0.0) / (WIDTH * x.shape[1])))


def _chunks(rows: int) -> list[slice]:
    return [slice(start, start + CHUNK) for start in range(0, rows, CHUNK)]
