"""Named columns that compiled kernels take as one pointer.

A kernel works on some ninety arrays and seventy parameters. Passed as named tuples, numba
takes each of them apart into up to seven words, at every call of every function: most of
the time of compiling, and of running short functions, went into that (measured: half of the
compilation, and three quarters of a household's move). `Columns` looks the same to
Python and to kernels (`r.status[row]`, `p.moving_cost`), but is passed as the address of a
block that describes its fields. The block never changes after it is made, which the
compiler is told, so that a loop reads a field's address once.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from llvmlite import ir
from numba import float64, typeof
from numba.core import cgutils, types
from numba.core.datamodel import models
from numba.core.extending import NativeValue, register_model, unbox
from numba.core.imputils import lower_getattr_generic
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.np.arrayobj import populate_array

_WORD = ir.IntType(64)


class Columns:
    """Arrays, or floats, under the names that a subclass declares as annotations, in that order.

    The fields cannot be bound anew; what is in the arrays can change.

    Args:
        values: the fields in declared order.
        named: the fields by name.

    Raises:
        TypeError: a field is missing, unknown or given twice.
    """

    _fields: tuple[str, ...] = ()
    _numba_type_: Any  # under this name the dispatcher finds it without a call to Python
    _address: int

    def __init_subclass__(cls) -> None:
        cls._fields = tuple(cls.__annotations__)

    def __init__(self, *values: Any, **named: Any) -> None:
        given = dict(zip(self._fields, values, strict=False)) | named
        if len(values) + len(named) != len(self._fields) or set(given) != set(self._fields):
            raise TypeError(f"{type(self).__name__} takes the fields {', '.join(self._fields)}")
        words: list[int] = []
        kinds = []
        for name in self._fields:
            value = given[name]
            if isinstance(value, np.ndarray):
                kinds.append((name, typeof(value)))
                words += [value.ctypes.data, value.size, *value.shape, *value.strides]
            else:
                kinds.append((name, float64))
                words.append(int(np.float64(value).view(np.int64)))
            self.__dict__[name] = value
        block = np.array(words, np.int64)
        self.__dict__.update(
            _block=block,
            _address=block.ctypes.data,
            _numba_type_=ColumnsType(type(self).__name__, tuple(kinds)),
        )

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{type(self).__name__}.{name} cannot be bound anew; write into the array")

    def copy(self) -> Self:
        """The same values in arrays of their own."""
        values = (getattr(self, name) for name in self._fields)
        return type(self)(*(v.copy() if isinstance(v, np.ndarray) else v for v in values))

    def __reduce__(self) -> Any:
        # addresses hold in this process only
        return type(self), tuple(getattr(self, name) for name in self._fields)


class ColumnsType(types.Type):
    """The type that numba sees: the names and types of the fields."""

    def __init__(self, name: str, fields: tuple[tuple[str, types.Type], ...]) -> None:
        self.types = dict(fields)
        self.offsets = {}
        at = 0
        for field, kind in fields:
            self.offsets[field] = at
            at += 2 + 2 * kind.ndim if isinstance(kind, types.Array) else 1
        super().__init__(f"{name}({', '.join(f'{field}: {kind}' for field, kind in fields)})")


@register_model(ColumnsType)
class _ColumnsModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: ColumnsType) -> None:
        super().__init__(manager, kind, _WORD)


@unbox(ColumnsType)
def _unbox(_kind: ColumnsType, value: Any, c: Any) -> NativeValue:
    number = c.pyapi.object_getattr_string(value, "_address")
    address = c.pyapi.long_as_longlong(number)
    c.pyapi.decref(number)
    return NativeValue(address, is_error=cgutils.is_not_null(c.builder, c.pyapi.err_occurred()))


@infer_getattr
class _ColumnsAttribute(AttributeTemplate):
    key = ColumnsType

    def generic_resolve(self, kind: Any, name: str) -> Any:  # type: ignore[override]
        return kind.types.get(name)


@lower_getattr_generic(ColumnsType)
def _get(context: Any, builder: Any, kind: ColumnsType, address: Any, name: str) -> Any:
    def word(offset: int, as_type: Any = _WORD) -> Any:
        place = builder.inttoptr(address, as_type.as_pointer())
        loaded = builder.load(builder.gep(place, [ir.Constant(_WORD, offset)]))
        loaded.set_metadata("invariant.load", builder.module.add_metadata([]))
        return loaded

    at, field = kind.offsets[name], kind.types[name]
    if not isinstance(field, types.Array):
        return word(at, ir.DoubleType())
    array = context.make_array(field)(context, builder)
    item = context.get_abi_sizeof(context.get_data_type(field.dtype))
    populate_array(
        array,
        data=builder.inttoptr(word(at), array.data.type),
        shape=[word(at + 2 + k) for k in range(field.ndim)],
        strides=[word(at + 2 + field.ndim + k) for k in range(field.ndim)],
        itemsize=context.get_constant(types.intp, item),
        meminfo=None,
    )
    return array._getvalue()
