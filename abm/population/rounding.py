"""Fitting and rounding tables, and drawing without replacement: the tools of the synthesis."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

_MAX_SWEEPS = 60


def largest_remainder(shares: ArrayLike, totals: ArrayLike) -> NDArray[np.int64]:
    """Split whole totals in proportion to shares (Hamilton's method).

    Args:
        shares: float64[..., n], non-negative. A row without any share is split evenly.
        totals: whole numbers [...], one for each row.

    Returns:
        int64[..., n] whose last axis adds up to `totals`.
    """
    table = np.asarray(shares, dtype=np.float64)
    wanted = np.asarray(totals, dtype=np.int64)
    sums = table.sum(axis=-1, keepdims=True)
    table = np.where(sums > 0, table, 1.0)
    exact = table / table.sum(axis=-1, keepdims=True) * wanted[..., None]
    whole = np.floor(exact).astype(np.int64)
    # The tiny slope breaks ties in favour of the first column on every machine.
    order = np.argsort(whole - exact, axis=-1, kind="stable")
    rank = np.argsort(order, axis=-1, kind="stable")
    whole += rank < (wanted - whole.sum(axis=-1))[..., None]
    return whole


def systematic_rounding(shares: ArrayLike, totals: ArrayLike) -> NDArray[np.int64]:
    """Split whole totals in proportion to shares by rounding the running sum.

    Where most shares are below one, largest remainders would all go to the largest of them; this
    spreads them, so that neighbouring cells keep their sum to within one.

    Args:
        shares: float64[..., n], non-negative, some of each row positive.
        totals: whole numbers [...], one for each row.

    Returns:
        int64[..., n] whose last axis adds up to `totals`.
    """
    running = np.cumsum(np.asarray(shares, dtype=np.float64), axis=-1)
    wanted = np.asarray(totals, dtype=np.float64)[..., None]
    last = np.where(running[..., -1:] > 0, running[..., -1:], 1.0)
    edges = np.floor(running / last * wanted + 0.5).astype(np.int64)
    return np.diff(edges, axis=-1, prepend=0)


def fit_table_to_margins(
    seed: NDArray[np.float64], rows: ArrayLike, columns: ArrayLike, tolerance: float = 1e-4
) -> NDArray[np.float64]:
    """Iterative proportional fitting of a two-way table (the `ipfn` library, sweep by sweep).

    Zeros of the seed stay zero, so that the margins may be out of reach; the best table after a
    fixed number of sweeps is returned then.

    Args:
        seed: float64[R, C], non-negative preferences.
        rows: totals of the rows, length R.
        columns: totals of the columns, length C, with (nearly) the same sum.
        tolerance: largest relative deviation of a margin at which the sweeps end.

    Returns:
        float64[R, C]; its rows and columns add up to the margins where that is possible.
    """
    from ipfn.ipfn import ipfn

    row_totals = np.asarray(rows, dtype=np.float64)
    column_totals = np.asarray(columns, dtype=np.float64)
    out = np.zeros(seed.shape)
    # ipfn divides by the totals: rows and columns without a total are left out.
    keep_row = (row_totals > 0) & (seed[:, column_totals > 0].sum(axis=1) > 0)
    keep_column = (column_totals > 0) & (seed[keep_row].sum(axis=0) > 0)
    if not keep_row.any() or not keep_column.any():
        return out
    table = seed[np.ix_(keep_row, keep_column)].copy()
    margins: list[NDArray[np.float64]] = [row_totals[keep_row], column_totals[keep_column]]
    axes: Sequence[list[int]] = [[0], [1]]
    sweeper = ipfn(table, margins, axes)
    for _ in range(_MAX_SWEEPS):
        table, deviation = sweeper.ipfn_np(table, margins, axes)
        if deviation <= tolerance:
            break
    out[np.ix_(keep_row, keep_column)] = table
    return out


def integer_table(
    table: NDArray[np.float64], rows: ArrayLike, columns: ArrayLike, strict: bool = True
) -> NDArray[np.int64]:
    """Round a table so that its rows and columns add up to whole margins.

    Args:
        table: float64[R, C], fitted to the margins or nearly so.
        rows: whole totals of the rows, length R.
        columns: whole totals of the columns, length C.
        strict: meet every margin that has the same sum as the other, if need be in cells that are
            zero in `table`. Otherwise zero cells stay zero, no margin is exceeded, and what does
            not fit is left out.

    Returns:
        int64[R, C].
    """
    row_totals = np.asarray(rows, dtype=np.int64)
    column_totals = np.asarray(columns, dtype=np.int64)
    shrunk = table * np.minimum(1.0, _ratio(row_totals, table.sum(axis=1)))[:, None]
    shrunk = shrunk * np.minimum(1.0, _ratio(column_totals, shrunk.sum(axis=0)))[None, :]
    whole = np.floor(shrunk + 1e-9).astype(np.int64)
    row_rest = row_totals - whole.sum(axis=1)
    column_rest = column_totals - whole.sum(axis=0)
    # Adding 1e-9 can lift a sum by one only if the table was whole: take the surplus back.
    for i in np.flatnonzero(row_rest < 0):
        whole[i, np.argmax(whole[i])] += row_rest[i]
    for j in np.flatnonzero(column_totals - whole.sum(axis=0) < 0):
        whole[np.argmax(whole[:, j]), j] += column_totals[j] - whole[:, j].sum()
    row_rest = row_totals - whole.sum(axis=1)
    column_rest = column_totals - whole.sum(axis=0)
    order = np.argsort((whole - shrunk).ravel(), kind="stable")
    _place_rest(whole, table > 0, order, row_rest, column_rest, strict)
    return whole


def _ratio(wanted: NDArray[np.int64], have: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(wanted, have, out=np.ones(len(have)), where=have > 0)


@njit(cache=True)
def _place_rest(whole, allowed, order, row_rest, column_rest, strict):  # type: ignore[no-untyped-def]
    """Place what rounding down left over: first one by one by remainder, then wherever it fits.

    All arguments are arrays of :func:`integer_table`; `whole`, `row_rest` and `column_rest` change.
    """
    n_columns = whole.shape[1]
    for round_ in range(3):
        if round_ == 2 and not strict:
            break
        for cell in order:
            i = cell // n_columns
            j = cell % n_columns
            if row_rest[i] > 0 and column_rest[j] > 0 and (round_ == 2 or allowed[i, j]):
                step = 1 if round_ == 0 else min(row_rest[i], column_rest[j])
                whole[i, j] += step
                row_rest[i] -= step
                column_rest[j] -= step


def group_starts(counts: ArrayLike) -> NDArray[np.int64]:
    """Offsets of groups of the given sizes laid end to end: int64[n + 1], from 0 to the total."""
    sizes = np.asarray(counts, dtype=np.int64).ravel()
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])


def order_within(group: NDArray[np.integer], key: NDArray[np.float64]) -> NDArray[np.int64]:
    """Rows sorted by group, and by key within the group.

    Args:
        group: non-negative whole numbers [n].
        key: float64[n], any values.

    Returns:
        int64[n] row numbers.
    """
    by_key = np.argsort(key, kind="stable")
    return by_key[np.argsort(group[by_key], kind="stable")]


def shuffled_within(group: NDArray[np.integer], rng: np.random.Generator) -> NDArray[np.int64]:
    """Rows sorted by group, in random order within the group."""
    # One sort suffices: the random part is smaller than the distance of two groups.
    return np.argsort(group + rng.random(len(group)), kind="stable")


def pick_within(
    group: NDArray[np.integer],
    weight: NDArray[np.float64],
    counts: NDArray[np.int64],
    rng: np.random.Generator,
) -> NDArray[np.bool_]:
    """Draw a given number of rows of each group, without replacement, by weight.

    The rows with the shortest of competing exponential waiting times are drawn (Efraimidis and
    Spirakis 2006), so that any number of draws takes one sort.

    Args:
        group: whole numbers [n] from 0 to len(counts) - 1.
        weight: float64[n], non-negative; rows with weight 0 are taken last.
        counts: int64[groups], rows to draw; a group that is too small is drawn whole.
        rng: source of the draws.

    Returns:
        bool[n], the rows drawn.
    """
    waiting = rng.standard_exponential(len(group)) / np.maximum(weight, 1e-12)
    order = np.argsort(group + waiting / (1.0 + waiting) * (1 - 1e-9), kind="stable")
    starts = group_starts(np.bincount(group, minlength=len(counts)))
    rank = np.empty(len(group), np.int64)
    rank[order] = np.arange(len(group)) - starts[group[order]]
    return rank < np.asarray(counts, np.int64)[group]


def draw_category(cumulative: NDArray[np.float64], u: NDArray[np.float64]) -> NDArray[np.int64]:
    """Draw one category per row from its cumulative shares.

    Args:
        cumulative: float64[n, k], cumulative along the last axis, not necessarily to one.
        u: float64[n] in [0, 1).

    Returns:
        int64[n].
    """
    return (u[:, None] * cumulative[:, -1:] >= cumulative[:, :-1]).sum(axis=1)
