"""Who may do anything this month: one pass over everyone with four keyed draws each.

A resident is put on a list when the draw lies below an upper bound of the
hazard for the class (status, sex, partner) and age in months. The phases then
compare the same draw with the exact hazard (thinning), so the costly part runs
for the few per cent who are on a list.

A draw has 32 bits, and nearly always the first eight already tell that nothing happens. One
generator call gives the first eight bits of the four draws of four months
(`Residents.chance`); the other bits are drawn for those who need them.
"""

from __future__ import annotations

import numpy as np

from abm.core.jit import kernel
from abm.core.rng import BLOCK, U64, Stream, draw4, draw_block, moment

MONTHS_A_CALL = 4
EMPLOYER_CODES = 3  # none, the rest of Sweden, abroad: -1, -2, -3
MONTH = int(Stream.MONTH)
_BYTE = np.uint32(0xFF)
_TOPS = U64(0x8000800080008000)


@kernel
def layoff_first_bits(layoff, out):
    """Bounds on the first eight bits of dismissal draws; nobody is dismissed who has no employer here."""
    out[:EMPLOYER_CODES] = 0
    for k in range(layoff.size):
        out[EMPLOYER_CODES + k] = (layoff[k] >> np.uint32(24)) + 1 if layoff[k] > 0 else 0


@kernel
def draw_chances(r, row, month, key):
    """The first bits of the draws of a resident who is new, for the four months that `month` is in."""
    words = draw4(r.uid[row], month // MONTHS_A_CALL, MONTH, 0, key)
    for q in range(MONTHS_A_CALL):
        r.chance[q, row] = np.uint32(words[q])


@kernel
def hazard_pass(
    r, layoff, layoff_bits, t, month, key, aware_from, start, stop, whom, fine, rows, words_out, counts
):
    """List those of rows start..stop whose draws may mean an event.

    Args:
        r: residents.
        layoff: uint32[E], chance of dismissal this month as a threshold.
        layoff_bits: uint16[EMPLOYER_CODES + E], bounds on its first eight bits, from the codes of no employer on.
        t: tables with the bounds.
        month: month.
        key: uint64[2].
        aware_from: draws of the moving word from here up make a resident of working age consider an
            establishment's jobs; 2^32 where none hires.
        whom, fine: uint64[BLOCK] and uint32[4, BLOCK], scratch.
        rows: int32[5, N], out: rows of deaths, family, labour, moving, aware; filled from `start`.
        words_out: uint64[5, N], out: their draws.
        counts: int64[5], out: how many.
    """
    chance = r.chance
    if month % MONTHS_A_CALL == 0:
        when = moment(month // MONTHS_A_CALL, MONTH)
        for block in range(start, stop, BLOCK):
            end = min(block + BLOCK, stop)
            draw_block(
                r.uid[block:end], when, U64(0), key, chance[0, block:end], chance[1, block:end], chance[2, block:end],
                chance[3, block:end],
            )  # fmt: skip
    now = chance[month % MONTHS_A_CALL]
    bound = t.bound
    first = t.first_bits
    last = bound.shape[1] - 1
    resident_class = r.cls
    birth = r.birth
    employer = r.employer
    uid = r.uid
    aware_bits = aware_from >> U64(24) << U64(24)
    # those whose first bits may mean an event; without branches, which would be guessed wrong half the time
    pending = rows[4]
    n = start
    for i in range(start, stop):
        months = min(max(month - birth[i], 0), last)
        # four numbers in one word: the top bit of a quarter stays set unless a draw lies below its bound
        bits = U64(now[i])
        limits = first[resident_class[i], U64(months)] + (
            U64(layoff_bits[U64(employer[i] + EMPLOYER_CODES)]) << U64(32)
        )
        apart = (
            (bits & U64(0xFF))
            | ((bits & U64(0xFF00)) << U64(8))
            | ((bits & U64(0xFF0000)) << U64(16))
            | ((bits & U64(0xFF000000)) << U64(24))
        )
        kept = (((apart | _TOPS) - limits) & _TOPS) == _TOPS
        pending[n] = i
        n += np.int64(not kept) | np.int64(bits >= aware_bits)
    n0 = start
    n1 = start
    n2 = start
    n3 = start
    n4 = start
    when = moment(month, MONTH)
    for block in range(start, n, BLOCK):
        size = min(BLOCK, n - block)
        for j in range(size):
            whom[j] = uid[pending[block + j]]
        draw_block(whom[:size], when, U64(1), key, fine[0], fine[1], fine[2], fine[3])
        for j in range(size):
            i = pending[block + j]
            cls = resident_class[i]
            if cls == 0:
                continue
            age = min(max(month - birth[i], 0), last)
            bits = now[i]
            w0 = U64(((bits & _BYTE) << np.uint32(24)) | (fine[0, j] >> np.uint32(8)))
            w1 = U64((((bits >> np.uint32(8)) & _BYTE) << np.uint32(24)) | (fine[1, j] >> np.uint32(8)))
            w2 = U64((((bits >> np.uint32(16)) & _BYTE) << np.uint32(24)) | (fine[2, j] >> np.uint32(8)))
            w3 = U64(((bits >> np.uint32(24)) << np.uint32(24)) | (fine[3, j] >> np.uint32(8)))
            dismissal = U64(0)
            if layoff_bits[employer[i] + EMPLOYER_CODES] > 0:
                dismissal = U64(layoff[employer[i]])
            if w0 < bound[cls, age, 0]:
                rows[0, n0] = i
                words_out[0, n0] = w0
                n0 += 1
            if w1 < bound[cls, age, 1]:
                rows[1, n1] = i
                words_out[1, n1] = w1
                n1 += 1
            if w2 < U64(bound[cls, age, 2]) + dismissal:
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
