"""What the way through an hour needs of it, forward or back; made on one thread while another marches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from airshed.transport.nouns import Operator
from airshed.transport.sight import Sight, sight_of
from airshed.transport.study import Study

__all__ = ["Hour"]


@dataclass(frozen=True)
class Hour:
    """An hour of the weather.

    Parameters:
        number: of the hour in the weather.
        shares: of release classes in layers, (release, layer, cell).
        steps: its operators in order, and how receptors see each; none where nobody looks.
    """

    number: int
    shares: NDArray[Any]
    steps: Sequence[tuple[Operator, Sight | None]]

    @classmethod
    def of(cls, study: Study, number: int, seen: bool = True) -> Hour:
        """An hour of a study; ``seen``: whether receptors look at it."""
        steps = [
            (operator, sight_of(study.receptors, operator, study.positive) if seen else None)
            for operator in study.operators(number)
        ]
        return cls(number, study.layer_shares(number), steps)
