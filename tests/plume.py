"""The steady plume of a continuous source in a power-law wind and mixing: an exact solution to hold models to.

u d/dx c = d/dz (K dc/dz), u = a z^p, K = b z^n, source Q [kg m-1 s-1 across the wind] at height h over ground that
takes nothing up. Solution (Roberts, in Calder 1949; Huang 1979; Seinfeld and Pandis: cited from memory, the formula
itself is checked): with alpha = 2 + p - n and nu = (1 - n) / alpha

    c(x, z) = Q (z h)^((1-n)/2) / (b alpha x) exp(-(z^alpha + h^alpha) / s) I_{-nu}(2 (z h)^(alpha/2) / s)
    s = b alpha^2 x / a

Checked here by its own flux: the tests integrate u c over the column and must find Q.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.special import gamma, ive

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PowerPlume:
    """u = a z^p [m s-1], K = b z^n [m2 s-1], source height h [m], Q = 1 kg m-1 s-1."""

    a: float
    p: float
    b: float
    n: float
    h: float

    @property
    def alpha(self) -> float:
        return 2 + self.p - self.n

    @property
    def nu(self) -> float:
        return (1 - self.n) / self.alpha

    def wind(self, z: Floats) -> Floats:
        return self.a * z**self.p

    def mixing(self, z: Floats) -> Floats:
        return self.b * z**self.n

    def concentration(self, x: Floats, z: Floats) -> Floats:
        """[kg m-3] a kg m-1 s-1 at x > 0, z > 0."""
        spread = self.b * self.alpha**2 * x / self.a
        bessel = 2 * (z * self.h) ** (self.alpha / 2) / spread
        # ive is exp(-bessel) I: the two exponents are joined, so that neither overflows.
        exponent = -(z**self.alpha + self.h**self.alpha) / spread + bessel
        front = (z * self.h) ** ((1 - self.n) / 2) / (self.b * self.alpha * x)
        return np.asarray(front * np.exp(exponent) * ive(-self.nu, bessel))

    def ground(self, x: Floats) -> Floats:
        """The limit z -> 0."""
        spread = self.b * self.alpha**2 * x / self.a
        front = spread**self.nu / (self.b * self.alpha * x * gamma(1 - self.nu))
        return np.asarray(front * np.exp(-(self.h**self.alpha) / spread))

    @property
    def place_of_maximum(self) -> float:
        """Where the ground concentration is greatest [m]."""
        return self.a * self.h**self.alpha / (self.b * self.alpha**2 * (1 - self.nu))

    def layer_means(self, x: Floats, interface: Floats, points: int = 40) -> Floats:
        """Means over layers [kg m-3], (layer, x)."""
        means = []
        for low, high in pairwise(interface):
            z = low + (np.arange(points) + 0.5) / points * (high - low)
            means.append(self.concentration(x[None], z[:, None]).mean(axis=0))
        return np.array(means)
