# SPDX-License-Identifier: BSD-3-Clause
"""The counter-based generator against an oracle in Python's unbounded integers."""

import os
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from skx._random import draw_seed, random_below, random_bits, random_uniform
from skx.resampling._base import ClassDraw

GOLDEN = 0x9E3779B97F4A7C15
FIRST, SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
MASK = 2**64 - 1


@pytest.fixture(autouse=True, scope="module")
def _quiet_overflow() -> Iterator[None]:
    # Without compilation NumPy warns of the wrap-around that is meant.
    with np.errstate(over="ignore"):
        yield


def mix(bits: int) -> int:
    bits = (bits ^ (bits >> 30)) * FIRST & MASK
    bits = (bits ^ (bits >> 27)) * SECOND & MASK
    return bits ^ (bits >> 31)


def bits_oracle(seed: int, stream: int, index: int, draw: int) -> int:
    bits = seed
    for coordinate in (stream, index, draw):
        bits = mix((bits + GOLDEN * (coordinate + 1)) & MASK)
    return bits


def unmix(bits: int) -> int:
    """Undo ``mix``, so that a seed can be found for any bits one likes."""
    for shift, factor in ((31, SECOND), (27, FIRST), (30, 1)):
        shifted = bits
        for _ in range(64 // shift + 1):
            shifted = bits ^ (shifted >> shift)
        bits = shifted * pow(factor, -1, 2**64) & MASK
    return bits


def seed_for(bits: int, stream: int, index: int, draw: int) -> np.uint64:
    for coordinate in (draw, index, stream):
        bits = (unmix(bits) - GOLDEN * (coordinate + 1)) & MASK
    return np.uint64(bits)


words = st.integers(0, MASK)
coordinates = st.integers(0, 2**63 - 2)


@given(words, coordinates, coordinates, coordinates)
def test_bits_equal_the_oracle(seed: int, stream: int, index: int, draw: int) -> None:
    found = random_bits(np.uint64(seed), stream, index, draw)
    assert int(found) == bits_oracle(seed, stream, index, draw)


def test_mix_is_the_published_finaliser() -> None:
    # The first outputs of SplitMix64 with seed 0, as in the reference implementation.
    assert mix(GOLDEN) == 0xE220A8397B1DCDAF
    assert mix(2 * GOLDEN & MASK) == 0x6E789E6AA1B965F4


@given(words)
def test_uniform_is_the_upper_53_bits(bits: int) -> None:
    seed = seed_for(bits, 3, 5, 7)
    assert int(random_bits(seed, 3, 5, 7)) == bits
    assert random_uniform(seed, 3, 5, 7) == (bits >> 11) / 2**53


def test_uniform_reaches_zero_and_stays_below_one() -> None:
    assert random_uniform(seed_for(0, 0, 0, 0), 0, 0, 0) == 0.0
    assert random_uniform(seed_for(MASK, 0, 0, 0), 0, 0, 0) == 1 - 2**-53


def test_uniforms_are_uniform() -> None:
    values = ClassDraw(np.uint64(123), 0).uniform(1, 100_000)
    assert values.min() >= 0
    assert values.max() < 1
    assert stats.kstest(values, "uniform").pvalue > 1e-3
    # Neighbouring indices are as good as independent.
    assert abs(np.corrcoef(values[:-1], values[1:])[0, 1]) < 4 / np.sqrt(1e5)


BOUNDS = [1, 2, 3, 5, 7, 1000, 2**31, 2**31 - 1, 2**52 + 1, 2**53 - 1]


@pytest.mark.parametrize("bound", BOUNDS)
def test_below_never_reaches_the_bound(bound: int) -> None:
    assert random_below(seed_for(MASK, 1, 2, 3), 1, 2, 3, bound) == bound - 1
    assert random_below(seed_for(0, 1, 2, 3), 1, 2, 3, bound) == 0


@pytest.mark.parametrize("bound", BOUNDS)
def test_below_is_unbiased(bound: int) -> None:
    values = ClassDraw(np.uint64(7), 2).below(0, 20_000, bound)
    assert values.dtype == np.int64
    assert values.min() >= 0
    assert values.max() < bound
    if bound == 1:
        return
    n_bins = min(bound, 16)
    # Bin b holds the integers v with v * n_bins // bound == b; exact in Python's ints.
    edges = np.array([-(-i * bound // n_bins) for i in range(n_bins + 1)])
    counts = np.bincount(np.searchsorted(edges, values, "right") - 1)
    expected = np.diff(edges) / bound * values.size
    assert stats.chisquare(counts, expected).pvalue > 1e-3


def test_each_coordinate_changes_the_bits() -> None:
    seen = {
        int(random_bits(np.uint64(seed), stream, index, draw))
        for seed in range(6)
        for stream in range(6)
        for index in range(6)
        for draw in range(6)
    }
    assert len(seen) == 6**4


def test_coordinates_are_not_interchangeable() -> None:
    # Sums or products of the coordinates would make these collide.
    seed = np.uint64(0)
    orders = {int(random_bits(seed, *c)) for c in [(0, 1, 2), (2, 1, 0), (1, 0, 2)]}
    assert len(orders) == 3


def test_class_draw_is_the_generator_at_its_coordinates() -> None:
    draw = ClassDraw(np.uint64(99), 4)
    for n in range(5):
        at = (np.uint64(99), 4, n, 2)
        assert draw.bits(2, 5)[n] == random_bits(*at)
        assert draw.uniform(2, 5)[n] == random_uniform(*at)
        assert draw.below(2, 5, 10)[n] == random_below(*at, 10)


def test_seed_of_an_int_is_stable_and_of_a_generator_moves() -> None:
    assert draw_seed(0) == draw_seed(0) != draw_seed(1)
    assert isinstance(draw_seed(0), np.uint64)
    generator = np.random.RandomState(0)
    assert draw_seed(generator) == draw_seed(0)
    assert draw_seed(generator) != draw_seed(0)


def test_seed_of_none_follows_the_global_state() -> None:
    assert draw_seed(None) != draw_seed(None)
    state = np.random.get_state()  # noqa: NPY002
    try:
        np.random.seed(0)  # noqa: NPY002
        assert draw_seed(None) == draw_seed(0)
    finally:
        np.random.set_state(state)  # noqa: NPY002


def test_seed_refuses_what_scikit_learn_refuses() -> None:
    with pytest.raises(ValueError, match="cannot be used to seed"):
        draw_seed("one")


SAMPLE = """
import numpy as np
from skx._random import draw_seed
from skx.resampling._base import ClassDraw
draw = ClassDraw(draw_seed(5), 3)
print(draw.bits(0, 50).tolist(), draw.uniform(1, 50).tolist())
print(draw.below(2, 50, 2**40 + 7).tolist())
"""


@pytest.mark.slow
def test_compiled_and_plain_python_agree_to_the_last_bit() -> None:
    outputs = [
        subprocess.run(
            [sys.executable, "-W", "error", "-c", SAMPLE],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "NUMBA_DISABLE_JIT": disable},
        ).stdout
        for disable in "01"
    ]
    assert outputs[0] == outputs[1] != ""
