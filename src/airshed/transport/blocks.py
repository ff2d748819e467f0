"""The columns of the backward march: one for every receptor's day that is still remembered."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from airshed.chemistry import CLASSES
from airshed.emissions.profiles import RELEASES
from airshed.transport.lanes import LINE, aligned
from airshed.transport.nouns import SPECIES
from airshed.transport.study import Study

__all__ = ["ENDED", "Blocks"]

Array = NDArray[Any]
Numbers = NDArray[np.int64]
SPARE: Final = 32  # empty columns that are worth moving the others together
STRIP: Final = 64  # rows a thread lifts at a time
ENDED: Final = -1  # in place of the column of a receptor whose memory is over


class Blocks:
    """Sensitivities of remembered receptors' days; one that ends leaves its column to the next.

    ``field`` is, by class, (layer, cell, column) [ug m-3 kg-1]; ``footprint`` by species (release, cell, column),
    with no cells where footprints are not kept; ``sums`` by species (source, column) [ug m-3]; ``rests`` by rest
    (column,) [ug m-3].
    """

    def __init__(self, study: Study, keep: bool) -> None:
        self.receptors = len(study.receptors)
        self._column: dict[date, Numbers] = {}
        self._buffers: dict[int, Array] = {}
        self._scratch: Array = np.empty(0)
        kept = study.grid.cells if keep else 0
        self.field = {name: np.zeros((study.layers, study.grid.cells, 0), study.dtype) for name in CLASSES}
        self.footprint = {name: np.zeros((len(RELEASES), kept, 0), study.dtype) for name in SPECIES}
        self.sums = {name: np.zeros((study.sources.rows, 0)) for name in SPECIES}
        self.rests = {name: np.zeros(0) for name in ("sides", "top")}

    @property
    def columns(self) -> int:
        """Number of columns, those included that stand empty: the processor fetches sixteen at a time."""
        return int(self.rests["sides"].size)

    def buffer(self, number: int, rows: int | None = None) -> Array:
        """Working space of the shape of a field, or of so many rows (layers and halves) of cells, the same each time:
        asking for it anew costs more than using it."""
        like = self.field[CLASSES[0]]
        wanted = rows or len(like)
        held = self._buffers.get(number)
        if held is None or len(held) < wanted or held.shape[1:] != like.shape[1:]:
            self._buffers[number] = held = aligned((wanted, *like.shape[1:]), like.dtype)
        return held[:wanted]

    def scratch(self, rows: int) -> Array:
        """Working space of so many rows of columns, the same each time; what stands in it is of no worth."""
        if self._scratch.size < rows * self.columns:
            self._scratch = aligned((rows * self.columns,), self.field[CLASSES[0]].dtype)
        return self._scratch[: rows * self.columns].reshape(rows, self.columns)

    def open(self, day: date) -> None:
        """Begin a day, in columns that are empty or new."""
        self._move_together(self.receptors)
        free = np.setdiff1d(np.arange(self.columns), self._taken())
        self._column[day] = free[: self.receptors]

    def end(self, day: date, ended: NDArray[np.bool_]) -> None:
        """End the memory of some receptors of a day, (receptor,): their columns are cleared and free."""
        column = self._column[day]
        gone = column[ended & (column != ENDED)]
        for array in self.field.values():
            array[..., gone] = 0
        column[ended] = ENDED
        if (column == ENDED).all():
            del self._column[day]
        self._move_together(0)

    def of(self, day: date) -> Numbers:
        """The column of each receptor on a day, (receptor,); `ENDED` where its memory is over."""
        return self._column[day]

    def live(self) -> list[date]:
        """The days that are remembered, newest first."""
        return sorted(self._column, reverse=True)

    def take(self, held: dict[str, Array], day: date) -> dict[str, Array]:
        """What the receptors of a day have gathered, by name, (…, receptor); their columns begin at zero again."""
        taken = {name: self.read(array, day) for name, array in held.items()}
        column = self._column[day]
        for array in held.values():
            array[..., column[column != ENDED]] = 0
        return taken

    def read(self, array: Array, day: date) -> Array:
        """The columns of a day's receptors, (…, receptor); zero where the memory is over."""
        column = self._column[day]
        found = np.zeros((*array.shape[:-1], self.receptors), array.dtype)
        here = column != ENDED
        found[..., here] = array[..., column[here]]
        return found

    def lift(self, day: date, scale: float) -> Array:
        """The footprints a day's receptors have gathered, times ``scale``; their columns begin at zero again.

        Returns:
            (receptor, species, release, cell): receptor by receptor, as they are stored; zero where the memory is over.
        """
        kept = [self.footprint[name].reshape(-1, self.columns) for name in SPECIES]
        found = np.zeros((self.receptors, len(SPECIES), len(kept[0])), kept[0].dtype)
        for number, rows in enumerate(kept):
            _lift(rows, self._column[day], rows.dtype.type(scale), found[:, number])
        return found.reshape(self.receptors, len(SPECIES), len(RELEASES), -1)

    def _taken(self) -> Numbers:
        columns = [column[column != ENDED] for column in self._column.values()]
        return np.concatenate(columns) if columns else np.zeros(0, dtype=np.int64)

    def _move_together(self, more: int) -> None:
        """Lay out the columns anew if there are too few for ``more`` receptors or too many empty ones."""
        taken, columns = self._taken(), self.columns
        wanted = -(-(taken.size + more) // LINE) * LINE
        if wanted <= columns < wanted + SPARE:
            return
        for held in (self.field, self.footprint, self.sums, self.rests):
            for name, array in held.items():
                moved = aligned((*array.shape[:-1], wanted), array.dtype)
                moved[..., : taken.size] = array[..., taken]
                held[name] = moved
        place = np.full(columns + 1, ENDED)  # the last one for those that are over
        place[taken] = np.arange(taken.size)
        self._column = {day: place[column] for day, column in self._column.items()}


# rows (n, column), columns (receptor,) or ENDED, out (receptor, n): what is lifted, and cleared in rows
@njit(cache=True, parallel=True, nogil=True)
def _lift(rows, columns, scale, out):  # type: ignore[no-untyped-def]
    strips = (len(rows) + STRIP - 1) // STRIP
    for strip in prange(strips):
        low = np.int64(strip) * STRIP
        for receptor in range(len(columns)):
            column = columns[receptor]
            if column != ENDED:
                for row in range(low, min(low + STRIP, len(rows))):  # type: ignore[call-overload]
                    out[receptor, row] = scale * rows[row, column]
                    rows[row, column] = 0
