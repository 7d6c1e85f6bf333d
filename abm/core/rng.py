"""Keyed random numbers: Philox4x32-10, a pure function of who, what and when.

Every draw is addressed by (agent, month, stream, draw) under the key (seed,
replicate). Nothing is drawn from a sequence, so a draw does not depend on
threads, on the order of agents or on what else happened: the same resident has
the same luck in the baseline and in every scenario (common random numbers).

Reference: Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as 1,
2, 3", SC 2011.
"""

from __future__ import annotations

import math
from enum import IntEnum

import numpy as np

from abm.core.jit import allocating_kernel, inline_kernel, kernel


class Stream(IntEnum):
    """What a draw decides. Values are frozen: append, never renumber."""

    MONTH = 1  # the four draws of everyone each month: death, family, labour, moving
    SEARCH = 2  # which vacancy a searcher looks at, and the choice
    RANK = 3  # priority of an application
    AMENITY = 4  # what a kind of job is worth to a person, beside pay
    RECRUIT = 5  # the choice of someone who considers an establishment's jobs
    DESTINATION = 6  # where a background move goes
    NEWCOMER = 7  # attributes of a person who arrives from a boundary zone
    ARRIVALS = 8  # number of arrivals of a municipality in a month
    BIRTH = 9  # sex of a newborn
    TYPE = 10  # permanent types of a person
    EMPLOYER = 11  # permanent types of an employer
    FOLLOW_ON = 12  # follow-on establishments
    FAMILY = 13  # who leaves when a couple separates
    SKILL = 14  # education of someone who turns sixteen
    RECONSIDER = 15  # a long-distance commuter's second thoughts
    OFFER = 16  # newcomers who take a job that stayed open
    BUILD = 17  # rounding of dwellings completed
    TENURE = 18  # whether a household that forms buys its home
    SPIN_OFF = 19  # firms that employees of an establishment found
    IN_COMMUTERS = 20  # jobs that commuters from the boundary zones leave and take
    DISMISSED = 21  # commuters from the boundary zones whose job ends with an employer that has too many
    TURN = 22  # which establishment recruits first in a month


U64 = np.uint64
_M0 = np.uint64(0xD2511F53)
_M1 = np.uint64(0xCD9E8D57)
_W0 = np.uint64(0x9E3779B9)
_W1 = np.uint64(0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_S32 = np.uint64(32)
WORDS = 4294967296.0
"""How many words of 32 bits there are: thresholds are chances times this."""
BLOCK = 2048
"""Draws for many are made in blocks of this size, which stay in the first-level cache."""


@inline_kernel
def philox(c0, c1, c2, c3, k0, k1):
    """Four 32-bit words for a 128-bit counter and a 64-bit key, all carried as uint64 below 2^32."""
    for _ in range(10):
        p0 = _M0 * c0
        p1 = _M1 * c2
        c0, c1, c2, c3 = (p1 >> _S32) ^ c1 ^ k0, p1 & _LOW, (p0 >> _S32) ^ c3 ^ k1, p0 & _LOW
        k0 = (k0 + _W0) & _LOW
        k1 = (k1 + _W1) & _LOW
    return c0, c1, c2, c3


@inline_kernel
def moment(month, stream):
    """Month and stream as one word of the counter."""
    return (np.uint64(month) & np.uint64(0xFFFFFF)) | (np.uint64(stream) << np.uint64(24))


@kernel
def draw_block(uid, when, draw, key, a, b, c, d):
    """The same draw for many agents: words into a, b, c, d.

    Over plain slices and nothing else, so that it is compiled to vector instructions: a
    draw costs a sixth of `draw4` (measured).

    Args:
        uid: uint64[n].
        when: uint64, see `moment`.
        draw: uint64, number of the draw.
        key: uint64[2].
        a, b, c, d: uint32[n], out.
    """
    k0 = key[0]
    k1 = key[1]
    for i in range(uid.size):
        u = uid[i]
        w = philox(u & _LOW, u >> _S32, when, draw, k0, k1)
        a[i] = w[0]
        b[i] = w[1]
        c[i] = w[2]
        d[i] = w[3]


@allocating_kernel
def uniforms(uid, month, stream, draw, key):
    """One uniform variate for each of many agents, float64[n]; the first word of `draw4`."""
    out = np.empty(uid.size)
    words = np.empty((4, uid.size), np.uint32)
    draw_block(uid, moment(month, stream), np.uint64(draw), key, words[0], words[1], words[2], words[3])
    for i in range(uid.size):
        out[i] = unit(words[0, i])
    return out


@kernel
def draw_block_each(uid, when, draw, key, a, b, c, d):
    """As `draw_block`, each agent with a draw of its own: uint64[n]."""
    k0 = key[0]
    k1 = key[1]
    for i in range(uid.size):
        u = uid[i]
        w = philox(u & _LOW, u >> _S32, when, draw[i], k0, k1)
        a[i] = w[0]
        b[i] = w[1]
        c[i] = w[2]
        d[i] = w[3]


@kernel
def _draw4(uid, when, draw, key):
    return philox(uid & _LOW, uid >> _S32, when, draw & _LOW, key[0], key[1])


@inline_kernel
def draw4(uid, month, stream, draw, key):
    """Four uint64 words below 2^32 for one agent, month, stream and draw.

    Args:
        uid: uint64, permanent identity of the agent.
        month: month of the model, 0 or more.
        stream: a :class:`Stream` value.
        draw: number of the draw within the stream.
        key: uint64[2], seed and replicate.
    """
    # one compiled function whatever integer types it is called with
    return _draw4(np.uint64(uid), moment(month, stream), np.uint64(draw), key)


def lottery(uid: np.ndarray, words: np.ndarray) -> np.ndarray:
    """The order in which some take what may not suffice for all, int64[n]: by a hash of identity and draw.

    So who gets the last dwelling does not depend on the order in which residents are visited.

    Args:
        uid: uint64[n].
        words: uint64[n], below 2^32; the month or a draw of the month.
    """
    return np.argsort((uid ^ (words << np.uint64(32))) * np.uint64(0x9E3779B97F4A7C15))


@inline_kernel
def unit(word):
    """A 32-bit word as a float64 in the open interval (0, 1)."""
    return (np.float64(word) + 0.5) / WORDS


@inline_kernel
def gumbel(word):
    """A standard Gumbel variate (extreme value type I) from a 32-bit word."""
    return -math.log(-math.log(unit(word)))


@inline_kernel
def near_normal(a, b, c, d):
    """A variate with mean 0, variance 1 and nearly normal shape from four 32-bit words (Irwin-Hall).

    The sum of four uniforms: no logarithm or cosine, so it is fast and the same on every machine.
    """
    return (unit(a) + unit(b) + unit(c) + unit(d) - 2.0) * math.sqrt(3.0)


@kernel
def new_uid(a, b, c):
    """A 64-bit identity for a new person, mixed from who or where, when and which.

    The top bit is set, so that a new identity never meets one of the initial population.
    """
    w0, w1, _, _ = philox(
        np.uint64(a) & _LOW,
        np.uint64(a) >> _S32,
        np.uint64(b) & _LOW,
        np.uint64(c) & _LOW,
        U64(0x4F6D6C61),
        U64(0x6E642020),
    )
    return (w0 << _S32) | w1 | (U64(1) << U64(63))


def make_key(seed: int, replicate: int) -> np.ndarray:
    """The key of a world: uint64[2] of 32-bit words from seed and replicate."""
    mixed = np.random.SeedSequence([seed, replicate]).generate_state(2, np.uint32)
    return mixed.astype(np.uint64)
