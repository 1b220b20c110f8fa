# SPDX-License-Identifier: BSD-3-Clause
"""Random numbers that are a function of (seed, stream, index, draw).

A parallel kernel has no order in which to consume a random stream, so every value is
computed from its coordinates by the finaliser of SplitMix64 (Steele, Lea and Flood,
2014, Fast splittable pseudorandom number generators, OOPSLA). The results are the same
for any number of threads, with and without compilation.

Changing a kernel of this file requires a new ``# shared-kernels`` stamp in each file
that calls it, since numba's cache does not see changes across files.
"""

from numbers import Integral
from threading import local

import numpy as np
from numpy.random import RandomState
from sklearn.utils import check_random_state

from skx._numba import kernel


class _Kept(local):
    """A generator for each thread."""

    def __init__(self) -> None:
        self.generator = RandomState(0)


_kept = _Kept()


def draw_seed(random_state: int | RandomState | None) -> np.uint64:
    """Draw the seed of a fit from a scikit-learn ``random_state``."""
    if isinstance(random_state, Integral):
        # To seed a generator takes a hundredth of the time that a new one does.
        generator = _kept.generator
        generator.seed(int(random_state))
    else:
        generator = check_random_state(random_state)
    return np.uint64(generator.randint(0, 2**63, dtype=np.int64))


@kernel
def mix(bits):
    """Scramble 64 bits: SplitMix64's finaliser; uint64 in, uint64 out."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))


@kernel
def random_bits(seed, stream, index, draw):
    """Return 64 random bits for uint64 seed and non-negative int64 coordinates."""
    golden = np.uint64(0x9E3779B97F4A7C15)
    bits = mix(seed + golden * np.uint64(stream + 1))
    bits = mix(bits + golden * np.uint64(index + 1))
    return mix(bits + golden * np.uint64(draw + 1))


@kernel
def random_uniform(seed, stream, index, draw):
    """Return a float64 uniform on [0, 1) for the coordinates of random_bits."""
    return (
        np.float64(random_bits(seed, stream, index, draw) >> np.uint64(11)) * 2.0**-53
    )


@kernel
def random_below(seed, stream, index, draw, bound):
    """Return an int64 uniform on 0 .. bound - 1, for bound < 2**53."""
    return np.int64(random_uniform(seed, stream, index, draw) * bound)
