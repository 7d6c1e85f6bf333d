"""Who may do anything this month: one pass over everyone with four keyed draws each.

A resident is put on a list when the draw lies below an upper bound of the
hazard for the class (status, sex, partner) and age in months. The phases then
compare the same draw with the exact hazard (thinning), so the costly part runs
for the few per cent who are on a list. One generator call gives all four draws.
"""

from __future__ import annotations

import numpy as np

from abm.core.jit import kernel
from abm.core.rng import _LOW, _S32, Stream, philox
from abm.core.state import EMPLOYED

BLOCK = 2048  # draws are made in blocks that stay in the first-level cache
_MONTH = np.uint64(int(Stream.MONTH)) << np.uint64(24)


@kernel
def _draw_block(uid, when, key, a, b, c, d):
    """The four words of each resident of a block; apart and over plain slices, so that it is vectorised."""
    k0 = key[0]
    k1 = key[1]
    for i in range(uid.size):
        u = uid[i]
        w = philox(u & _LOW, u >> _S32, when, np.uint64(0), k0, k1)
        a[i] = w[0]
        b[i] = w[1]
        c[i] = w[2]
        d[i] = w[3]


@kernel
def hazard_pass(r, layoff, t, month, key, aware_from, start, stop, words, rows, words_out, counts):
    """List those of rows start..stop whose draws may mean an event.

    Args:
        r: residents.
        layoff: uint32[E], chance of dismissal this month as a threshold.
        t: tables with the bounds.
        month: month.
        key: uint64[2].
        aware_from: draws of the moving word from here up make a resident of working age consider an
            establishment's jobs; 2^32 where none hires.
        words: uint32[4, BLOCK], scratch.
        rows: int32[5, N], out: rows of deaths, family, labour, moving, aware; filled from `start`.
        words_out: uint64[5, N], out: their draws.
        counts: int64[5], out: how many.
    """
    when = (np.uint64(month) & np.uint64(0xFFFFFF)) | _MONTH
    n0 = start
    n1 = start
    n2 = start
    n3 = start
    n4 = start
    bound = t.bound
    last = bound.shape[1] - 1
    resident_class = r.cls
    birth = r.birth
    employer = r.employer
    for block in range(start, stop, BLOCK):
        end = min(block + BLOCK, stop)
        _draw_block(r.uid[block:end], when, key, words[0], words[1], words[2], words[3])
        for j in range(end - block):
            i = block + j
            cls = resident_class[i]
            if cls == 0:
                continue
            age = min(max(month - birth[i], 0), last)
            w0 = words[0, j]
            w1 = words[1, j]
            w2 = words[2, j]
            w3 = words[3, j]
            if w0 < bound[cls, age, 0]:
                rows[0, n0] = i
                words_out[0, n0] = w0
                n0 += 1
            if w1 < bound[cls, age, 1]:
                rows[1, n1] = i
                words_out[1, n1] = w1
                n1 += 1
            labour = np.uint64(bound[cls, age, 2])
            if (cls >> 2) == EMPLOYED:
                k = employer[i]
                if k >= 0:
                    labour += np.uint64(layoff[k])
            if w2 < labour:
                rows[2, n2] = i
                words_out[2, n2] = w2
                n2 += 1
            if w3 < bound[cls, age, 3]:
                rows[3, n3] = i
                words_out[3, n3] = w3
                n3 += 1
            elif w3 >= aware_from and 216 <= age < 780:
                rows[4, n4] = i
                words_out[4, n4] = w3
                n4 += 1
    counts[0] = n0 - start
    counts[1] = n1 - start
    counts[2] = n2 - start
    counts[3] = n3 - start
    counts[4] = n4 - start
