"""What the way through an hour needs of it, forward or back; made on one thread while another marches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from numpy.typing import NDArray

from airshed.transport.nouns import Operator
from airshed.transport.sight import Sight, sight_of
from airshed.transport.study import Study

__all__ = ["Hour", "Step"]

W = TypeVar("W")


@dataclass(frozen=True)
class Step(Generic[W]):
    """A step of an hour.

    Parameters:
        operator: what it does.
        sight: how receptors see it; none where nobody looks.
        ways: what the march lays out of it beforehand, in the form in which it goes.
    """

    operator: Operator
    sight: Sight | None
    ways: W


@dataclass(frozen=True)
class Hour(Generic[W]):
    """An hour of the weather.

    Parameters:
        number: of the hour in the weather.
        shares: of release classes in layers, (release, layer, cell).
        steps: in order.
    """

    number: int
    shares: NDArray[Any]
    steps: Sequence[Step[W]]

    @classmethod
    def of(
        cls, study: Study, number: int, lay: Callable[[Operator, NDArray[Any]], W], seen: bool = True
    ) -> Hour[W]:
        """An hour of a study; ``lay`` of operator and shares is what the march lays out of each step, ``seen``:
        whether receptors look at it."""
        shares = study.layer_shares(number)
        steps = [
            Step(
                operator,
                sight_of(study.receptors, operator, study.positive) if seen else None,
                lay(operator, shares),
            )
            for operator in study.operators(number)
        ]
        return cls(number, shares, steps)
