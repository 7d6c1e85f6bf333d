"""Philox against its published vectors, keyed draws, frozen streams."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.core import rng
from abm.core.rng import Stream, draw4, make_key, new_uid, philox, unit

MASK = 0xFFFFFFFF
# Known-answer vectors of Random123 for philox4x32-10: counter, key, result.
VECTORS = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((MASK,) * 4, (MASK,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


def slow_philox(counter: tuple[int, ...], key: tuple[int, ...]) -> tuple[int, ...]:
    """Philox4x32-10 in plain integers, from the paper."""
    c, k = list(counter), list(key)
    for _ in range(10):
        high0, low0 = divmod(0xD2511F53 * c[0], 1 << 32)
        high1, low1 = divmod(0xCD9E8D57 * c[2], 1 << 32)
        c = [high1 ^ c[1] ^ k[0], low1, high0 ^ c[3] ^ k[1], low0]
        k = [(k[0] + 0x9E3779B9) & MASK, (k[1] + 0xBB67AE85) & MASK]
    return tuple(c)


def words(values: tuple[int, ...]) -> list[np.uint64]:
    return [np.uint64(v) for v in values]


@pytest.mark.parametrize(("counter", "key", "expected"), VECTORS)
def test_known_answers(counter, key, expected):
    assert slow_philox(counter, key) == expected
    assert tuple(int(w) for w in philox(*words(counter), *words(key))) == expected
    assert tuple(int(w) for w in philox.py_func(*words(counter), *words(key))) == expected


@given(
    uid=st.integers(0, 2**64 - 1),
    month=st.integers(0, 2**24 - 1),
    stream=st.sampled_from(list(Stream)),
    draw=st.integers(0, MASK),
    key=st.tuples(st.integers(0, MASK), st.integers(0, MASK)),
)
@settings(max_examples=300, deadline=None)
def test_compiled_draws_equal_plain_python(uid, month, stream, draw, key):
    counter = (uid & MASK, uid >> 32, month | (int(stream) << 24), draw)
    got = draw4(np.uint64(uid), month, int(stream), draw, np.array(key, np.uint64))
    assert tuple(int(w) for w in got) == slow_philox(counter, key)


def test_streams_are_frozen():
    # Renumbering a stream changes every result ever published: append only.
    assert {s.name: int(s) for s in Stream}.items() >= {
        "MONTH": 1,
        "SEARCH": 2,
        "RANK": 3,
        "AMENITY": 4,
        "RECRUIT": 5,
        "DESTINATION": 6,
        "NEWCOMER": 7,
        "ARRIVALS": 8,
        "BIRTH": 9,
        "TYPE": 10,
        "EMPLOYER": 11,
        "FOLLOW_ON": 12,
        "FAMILY": 13,
        "SKILL": 14,
        "RECONSIDER": 15,
        "OFFER": 16,
        "BUILD": 17,
    }.items()
    assert len({int(s) for s in Stream}) == len(Stream)
    assert max(Stream) < 256  # eight bits of the counter


def test_keys_are_frozen_and_differ():
    assert make_key(7, 3).tolist() == [
        int(w) for w in np.random.SeedSequence([7, 3]).generate_state(2, np.uint32)
    ]
    keys = {tuple(make_key(s, r).tolist()) for s in range(30) for r in range(30)}
    assert len(keys) == 900


def test_different_addresses_give_different_draws():
    key = make_key(1, 0)
    seen = {
        draw4(np.uint64(uid), month, stream, draw, key)
        for uid in (0, 1, 2, 2**32, 2**63)
        for month in (0, 1, 131)
        for stream in (1, 2, 17)
        for draw in (0, 1, 5)
    }
    assert len(seen) == 5 * 3 * 3 * 3


def test_units_are_open_and_uniform():
    assert 0.0 < unit(np.uint64(0)) < unit(np.uint64(MASK)) < 1.0
    key = make_key(5, 0)
    u = np.array([unit(draw4(np.uint64(i), 3, 1, 0, key)[j]) for i in range(5000) for j in range(4)])
    assert u.mean() == pytest.approx(0.5, abs=4 / math.sqrt(12 * u.size))
    counts, _ = np.histogram(u, 20, (0, 1))
    chi2 = ((counts - u.size / 20) ** 2 / (u.size / 20)).sum()
    assert chi2 < 50  # 19 degrees of freedom: beyond 50 once in 7,000
    # the four words of a draw, and neighbours, are not correlated
    grid = u.reshape(-1, 4)
    corr = np.corrcoef(np.hstack([grid[:-1], grid[1:]]).T)
    assert np.abs(corr - np.eye(8)).max() < 5 / math.sqrt(len(grid))


def test_gumbel_has_its_mean_and_variance():
    key = make_key(6, 0)
    g = np.array([rng.gumbel(draw4(np.uint64(i), 0, 2, 0, key)[0]) for i in range(20000)])
    assert g.mean() == pytest.approx(0.57722, abs=0.04)
    assert g.var() == pytest.approx(math.pi**2 / 6, rel=0.06)


def test_new_identities_never_meet_the_initial_ones():
    born = {
        int(new_uid(np.uint64(i), month, k)) for i in range(300) for month in (0, 1, 60) for k in (0, 1, 1000)
    }
    assert len(born) == 300 * 9
    assert min(born) >= 1 << 63
