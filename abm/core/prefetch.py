"""Fetching what a loop will read some turns later.

The rows of those who act in a month lie far apart, so nearly every one of them is a
cache miss, one after the other. Asking for them some rows ahead lets the misses run side by
side (measured while each field had an array of its own: a quarter off the month's moves, hires and labour
events). It changes no result.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

AHEAD = 12
"""Rows ahead that loops fetch."""


@intrinsic
def _prefetch(_context: Any, array: Any, index: Any) -> Any:

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = signature.args[0]
        values = context.make_array(kind)(context, builder, arguments[0])
        place = context.cast(builder, arguments[1], signature.args[1], types.intp)
        pointer = cgutils.get_item_pointer(context, builder, kind, values, [place])
        byte, word = ir.IntType(8).as_pointer(), ir.IntType(32)
        form = ir.FunctionType(ir.VoidType(), [byte, word, word, word])
        function = builder.module.declare_intrinsic("llvm.prefetch", (byte,), form)
        read, keep, data = ir.Constant(word, 0), ir.Constant(word, 3), ir.Constant(word, 1)
        builder.call(function, [builder.bitcast(pointer, byte), read, keep, data])
        return context.get_dummy_value()

    return types.void(array, index), code


prefetch: Any = _prefetch  # the stubs count the context among the arguments
"""Ask for the cache line of element `index` of a one-dimensional `array`; the index must be inside."""
