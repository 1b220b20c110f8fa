# SPDX-License-Identifier: BSD-3-Clause
"""Labels given their count, where their log-odds live on a device."""

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skx._backend import cuda, like, namespace_of
from skx.proportions._counts import _kernels
from skx.proportions._counts._cuda import INFER
from skx.proportions._counts._posterior import METHODS, MIN_SIZE, MIN_VARIANCE, Noise

# Numbers that the bags of one launch have for what they keep in between: 256 MB.
ROOM = 2**25


class DeviceCounts:
    """Counts of bags, which labels of rows on a device are inferred from.

    Repeated calls begin where the last one has found the tilt of each bag.
    """

    def __init__(
        self,
        reference: Any,
        indptr: NDArray[np.int64],
        counts: NDArray[np.float64],
        *,
        noise: Noise,
        method: str = "auto",
    ) -> None:
        self.noise, self.method = noise, METHODS[method]
        rooms = room_of(np.diff(indptr), counts, self.method, noise)
        starts = np.cumsum(rooms) - rooms
        is_first = np.diff(starts // ROOM, prepend=-1) > 0
        firsts = np.flatnonzero(is_first)
        places = starts - starts[firsts][np.cumsum(is_first) - 1]
        self.edges = np.append(firsts, len(counts))
        self.indptr, self.places = like(reference, indptr), like(reference, places)
        self.counts = like(reference, counts)
        xp = namespace_of(reference)
        self.kind: dict[str, Any] = {"dtype": xp.float64, "device": reference.device}
        self.room = xp.empty(int((places + rooms).max()), **self.kind)
        self.tilts = xp.full(len(counts), np.nan, **self.kind)

    def infer(
        self,
        logits: Any,
        *,
        as_messages: bool = False,
        return_log_likelihood: bool = False,
    ) -> tuple[Any, Any]:
        """Do as `infer_labels` does."""
        xp = namespace_of(logits)
        n_bags = self.counts.shape[0]
        posterior = xp.empty(logits.shape, **self.kind)
        likelihood = xp.empty(n_bags if return_log_likelihood else 0, **self.kind)
        for first, last in pairwise(self.edges):
            cuda.launch(
                INFER,
                "infer_bags",
                int(last - first),
                logits,
                self.indptr,
                self.counts,
                np.int64(first),
                np.int64(last),
                np.int32(self.method),
                np.float64(MIN_VARIANCE),
                np.int64(MIN_SIZE),
                np.int32(self.noise.kind),
                np.float64(self.noise.scale),
                np.int32(as_messages),
                self.tilts,
                posterior,
                likelihood,
                np.int32(return_log_likelihood),
                self.places,
                self.room,
            )
        return posterior, likelihood


def room_of(
    sizes: NDArray[np.int64], counts: NDArray[np.float64], method: int, noise: Noise
) -> NDArray[np.int64]:
    """Return how many numbers bags need at most for what they keep in between."""
    top = sizes
    if noise.kind == _kernels.HARD:
        top = np.minimum(counts, sizes - counts).astype(np.int64)
    # A sum of labels varies by no more than this, or it is approximated.
    variance = sizes / 4.0
    narrow = noise.kind == _kernels.LAPLACE or (noise.kind and noise.scale < 1.0)
    if method == _kernels.AUTO and not narrow:
        large = sizes > MIN_SIZE
        variance[large] = np.minimum(variance[large], MIN_VARIANCE)
    elif method == _kernels.SADDLEPOINT and not narrow:
        variance = np.minimum(variance, 1.0)
    half = (13.4 + np.sqrt(178.0 + 80.0 * variance)).astype(np.int64) + 1
    width = np.minimum(2 * half + 2, top + 1)
    whole = np.minimum((sizes + 4) * width, _kernels.MOST_CELLS + 3 * width)
    in_parts = (2 * np.sqrt(sizes).astype(np.int64) + 6) * width
    return 6 * sizes + 3 + np.maximum(whole, in_parts)
