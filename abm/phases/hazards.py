"""Who may do anything this month: one pass over everyone with four keyed draws each.

A resident is put on a list when the draw lies below an upper bound of the
hazard for the class (status and kind of job, sex, partner) and age. The phases then
compare the same draw with the exact hazard (thinning), so the costly part runs
for the few per cent who are on a list.

A draw has 32 bits, and nearly always the first eight already tell that nothing happens. One
generator call gives the first eight bits of the four draws of four months, a word for each month
(`Residents.draws`), and the bounds on them are kept in the same order (`Residents.limit`, for a year
ahead; `set_class` keeps them). So most of the pass is a comparison of bytes that lie in a row;
the other bits are drawn for those who need them.
"""

from __future__ import annotations

import numpy as np

from abm.core.jit import inline_kernel, kernel
from abm.core.prefetch import prefetch
from abm.core.rng import BLOCK, U64, Stream, draw4, draw_block, moment
from abm.core.state import DRAWS, EMPLOYER_CODES, MONTHS_A_CALL, RETIREMENT, age_years

LABOUR, MOVING = 2, 3  # draws of labour events, dismissal among them, and of moving and being aware
MONTH = int(Stream.MONTH)
OF_AGE = 18
"""Age from which residents consider an establishment's jobs, until they retire."""


@kernel
def layoff_first_bits(layoff, out):
    """Bounds on the first eight bits of dismissal draws; nobody is dismissed who has no employer here."""
    out[:EMPLOYER_CODES] = 0
    for k in range(layoff.size):
        out[EMPLOYER_CODES + k] = (layoff[k] >> np.uint32(24)) + 1 if layoff[k] > 0 else 0


@kernel
def draw_first_bits(r, row, month, key):
    """The first bits of the draws of a resident who is new, for the four months that `month` is in."""
    words = draw4(r.uid[row], month // MONTHS_A_CALL, MONTH, 0, key)
    for q in range(MONTHS_A_CALL):
        r.draws[q, row] = np.uint32(words[q])


@inline_kernel
def _first_bits(draws, draw):
    """The first eight bits of one of the four draws that lie in a word."""
    return (draws >> np.uint32(8 * draw)) & np.uint32(255)


@kernel
def _below(bits, most, out):
    """Which of the bytes lie below their bounds; vector instructions."""
    for i in range(out.size):
        out[i] = bits[i] < most[i]


@kernel
def _any_draw(below, draws, aware, out):
    """Whether any of four draws lies below its bound, or that of moving at or above `aware`."""
    for i in range(out.size):
        out[i] = np.uint8(below[i] != 0) | np.uint8((draws[i] >> np.uint32(8 * MOVING)) >= aware)


@kernel
def _dismissed(draws, most, employer, layoff_bits, out):
    """Mark those whose labour draw lies below the bound with the chance of dismissal added."""
    for i in range(out.size):
        layoff = np.uint32(layoff_bits[np.uint64(employer[i] + EMPLOYER_CODES)])
        if layoff > 0:  # one employer in some thousand
            out[i] |= np.uint8(_first_bits(draws[i], LABOUR) < _first_bits(most[i], LABOUR) + layoff)


@kernel
def _positions(marked, first, pending):
    """Write down the positions of marked bytes, `first` being that of the first byte; returns their number."""
    n = 0
    for i in range(marked.size):
        pending[n] = first + i
        n += marked[i]
    return n


@inline_kernel
def _whole(draws, draw, fine):
    """A draw of 32 bits from its first eight and a word with the others."""
    return (U64(_first_bits(draws, draw)) << U64(24)) | U64(fine >> np.uint32(8))


@kernel
def hazard_pass(
    r, layoff, layoff_bits, t, month, key, aware_from, start, stop, whom, fine, below, mark, pending, rows,
    words_out, counts
):  # fmt: skip
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
        whom, fine, below, mark, pending: uint64[BLOCK], uint32[4, BLOCK], uint8[4 BLOCK], uint8[BLOCK] and
            int32[BLOCK], scratch.
        rows: int32[5, N], out: rows of deaths, family, labour, moving, aware; filled from `start`.
        words_out: uint64[5, N], out: their draws.
        counts: int64[5], out: how many.
    """
    draws = r.draws[month % MONTHS_A_CALL]
    limit = r.limit
    employer = r.employer
    resident_class = r.cls
    uid = r.uid
    bound = t.bound
    fresh = month % MONTHS_A_CALL == 0
    when = moment(month // MONTHS_A_CALL, MONTH)
    # one more than any byte where nobody hires; then the comparison is with a draw that is beyond bounds
    aware_bits = np.uint32(min(aware_from >> U64(24), U64(256)))
    n0 = start
    n1 = start
    n2 = start
    n3 = start
    n4 = start
    now = moment(month, MONTH)
    for i in range(start, stop, BLOCK):
        j = min(i + BLOCK, stop)
        if fresh:
            # rows one by one: a slice of all four is not known to be contiguous, and a draw costs three times as much
            d = r.draws
            draw_block(uid[i:j], when, U64(0), key, d[0, i:j], d[1, i:j], d[2, i:j], d[3, i:j])
        bytes_below = below[: DRAWS * (j - i)]
        marked = mark[: j - i]
        _below(draws[i:j].view(np.uint8), limit[i:j].view(np.uint8), bytes_below)
        _any_draw(bytes_below.view(np.uint32), draws[i:j], aware_bits, marked)
        _dismissed(draws[i:j], limit[i:j], employer[i:j], layoff_bits, marked)
        n = _positions(marked, i, pending)
        # the records of the block are on their way while its other bits are drawn
        for k in range(n):
            prefetch(resident_class, pending[k])
            whom[k] = uid[pending[k]]
        draw_block(whom[:n], now, U64(1), key, fine[0], fine[1], fine[2], fine[3])
        for k in range(n):
            i = pending[k]
            cls = resident_class[i]
            if cls == 0:
                continue
            age = age_years(r, i, month)
            w0 = _whole(draws[i], 0, fine[0, k])
            w1 = _whole(draws[i], 1, fine[1, k])
            w2 = _whole(draws[i], 2, fine[2, k])
            w3 = _whole(draws[i], 3, fine[3, k])
            dismissal = U64(0)
            if layoff_bits[employer[i] + EMPLOYER_CODES] > 0:
                dismissal = U64(layoff[employer[i]])
            # written whether listed or not, and overwritten by the next: which of the lists it is cannot be predicted
            rows[0, n0] = rows[1, n1] = rows[2, n2] = rows[3, n3] = rows[4, n4] = i
            words_out[0, n0] = w0
            words_out[1, n1] = w1
            words_out[2, n2] = w2
            words_out[3, n3] = words_out[4, n4] = w3
            moving = w3 < bound[cls, age, 3]
            n0 += w0 < bound[cls, age, 0]
            n1 += w1 < bound[cls, age, 1]
            n2 += w2 < U64(bound[cls, age, 2]) + dismissal
            n3 += moving
            n4 += (not moving) & (w3 >= aware_from) & (age >= OF_AGE) & (age < RETIREMENT)
    counts[0] = n0 - start
    counts[1] = n1 - start
    counts[2] = n2 - start
    counts[3] = n3 - start
    counts[4] = n4 - start
