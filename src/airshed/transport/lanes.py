"""Vectors in numba kernels: up to sixty-four neighbouring tracers held in registers.

LLVM turns a loop over tracers into vector code only if it can prove that what is written is not read; with
sixteen rows of one array as input and a short loop it cannot, and a kernel runs four times slower. These few
words say what is meant: ``load(x, place)`` takes neighbours of a flat array, ``nothing(x)`` is as many zeros,
``add_scaled(a, v, sum)`` is ``sum + a * v``, ``store(x, place, v)`` writes them back; ``fetch(x, place)`` asks for
what will be needed soon, where more rows are read at once than the processor foresees. A kernel is written once, for
any width, and ``in_widths`` makes of it the kernel for any number of tracers. Sixty-four at a time are four sums
that grow side by side, so that none waits for its last term. Single and double precision both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic, models, register_model
from numpy.typing import DTypeLike, NDArray

__all__ = ["LINE", "add_scaled", "aligned", "fetch", "in_widths", "store"]

LINE = 16  # numbers in single precision that the processor fetches at a time
_LINE_BYTES = 64


def aligned(shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
    """Zeros that begin where a line begins: a vector that lies across two is read at half the speed.

    >>> aligned((2, 3), np.float32).ctypes.data % 64
    0
    """
    size = int(np.prod(shape))
    whole = np.zeros(size + _LINE_BYTES, dtype)
    first = -whole.ctypes.data % _LINE_BYTES // whole.itemsize
    return whole[first : first + size].reshape(shape)


class Lanes(types.Type):  # type: ignore[misc]
    """The type of a vector of ``count`` numbers of one precision."""

    def __init__(self, dtype: Any, count: int) -> None:
        self.dtype, self.count = dtype, count
        super().__init__(name=f"Lanes({dtype}, {count})")


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, kind: Any) -> None:
        number = ir.FloatType() if kind.dtype == types.float32 else ir.DoubleType()
        super().__init__(manager, kind, ir.VectorType(number, kind.count))


def _pointer(context: Any, builder: Any, array: Any, place: Any, kind: Any) -> Any:
    struct = context.make_array(array[0])(context, builder, array[1])
    start = builder.gep(struct.data, [place])
    return builder.bitcast(start, context.get_value_type(kind).as_pointer())


def _loading(count: int) -> Any:
    def load(typing_context: Any, array: Any, place: Any) -> Any:  # noqa: ARG001
        kind = Lanes(array.dtype, count)

        def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            at = _pointer(context, builder, (signature.args[0], given[0]), given[1], kind)
            return builder.load(at, align=array.dtype.bitwidth // 8)

        return kind(array, types.intp), generate

    return load


def _zeros(count: int) -> Any:
    def nothing(typing_context: Any, array: Any) -> Any:  # noqa: ARG001
        kind = Lanes(array.dtype, count)

        def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:  # noqa: ARG001
            return ir.Constant(context.get_value_type(kind), None)

        return kind(array), generate

    return nothing


def in_widths(written: Callable[[Any, Any], Any]) -> Any:
    """The kernel for any number of tracers, of one that is written for any width.

    Parameters:
        written: makes of ``load`` and ``nothing`` of one width the kernel ``(t, *given)``, which works on that many
            tracers from the one numbered t on.

    Returns:
        A kernel ``(count, *given)``, for tracers 0 to count: as many as it can at a time. A tracer's sum is the same
        whichever width it falls in.
    """
    by64, by32, by16, by8, by1 = (
        written(intrinsic(_loading(n)), intrinsic(_zeros(n))) for n in (64, 32, 16, 8, 1)
    )

    @njit(forceinline=True)
    def every(count, *given):  # type: ignore[no-untyped-def]
        t = 0
        while t + 64 <= count:
            by64(t, *given)
            t += 64
        if t + 32 <= count:
            by32(t, *given)
            t += 32
        if t + 16 <= count:
            by16(t, *given)
            t += 16
        if t + 8 <= count:
            by8(t, *given)
            t += 8
        while t < count:
            by1(t, *given)
            t += 1

    return every


@intrinsic
def store(typing_context: Any, array: Any, place: Any, vector: Any) -> Any:  # noqa: ARG001
    """Write a vector to the neighbours from ``place`` on of a flat array."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        at = _pointer(context, builder, (signature.args[0], given[0]), given[1], vector)
        builder.store(given[2], at, align=array.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(array, types.intp, vector), generate


@intrinsic
def fetch(typing_context: Any, array: Any, place: Any) -> Any:  # noqa: ARG001
    """Ask for the line of a flat array that holds ``place``; places outside the array do no harm."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        struct = context.make_array(signature.args[0])(context, builder, given[0])
        line = builder.bitcast(builder.gep(struct.data, [given[1]]), ir.IntType(8).as_pointer())
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [line.type, number, number, number])
        ask = builder.module.declare_intrinsic("llvm.prefetch", [line.type], kind)
        reading, near, data = number(0), number(2), number(1)
        builder.call(ask, [line, reading, near, data])
        return context.get_dummy_value()

    return types.void(array, types.intp), generate


def _spread(builder: Any, number: Any, count: int) -> Any:
    """A number in every lane."""
    whole = ir.VectorType(number.type, count)
    first = builder.insert_element(ir.Constant(whole, ir.Undefined), number, ir.Constant(ir.IntType(32), 0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), count), [0] * count)
    return builder.shuffle_vector(first, ir.Constant(whole, ir.Undefined), zeros)


@intrinsic
def add_scaled(typing_context: Any, factor: Any, vector: Any, total: Any) -> Any:  # noqa: ARG001
    """``total + factor * vector``, rounded once where the processor can."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:  # noqa: ARG001
        product = builder.fmul(_spread(builder, given[0], vector.count), given[1], flags=("contract",))
        return builder.fadd(product, given[2], flags=("contract",))

    return vector(vector.dtype, vector, vector), generate
