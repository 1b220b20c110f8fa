# SPDX-License-Identifier: BSD-3-Clause
"""Posterior probabilities of labels of which only the count in each bag is known."""

from collections.abc import Mapping
from itertools import pairwise
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_array

from skx._numba import map_pieces
from skx.proportions._bags import encode_bags, look_up
from skx.proportions._counts import _kernels

METHODS = {
    "auto": _kernels.AUTO,
    "exact": _kernels.EXACT,
    "saddlepoint": _kernels.SADDLEPOINT,
}
NOISES = {"gaussian": _kernels.GAUSSIAN, "laplace": _kernels.LAPLACE}
# "auto" takes the saddle point from there on: its error is about 0.05 / variance^2.
MIN_VARIANCE = 50.0
MIN_SIZE = 256
PIECE_ROWS = 65_536
# With more than two classes "auto" is exact for bags of so many rows and joint counts.
MAX_SIZE = 32
MAX_STATES = 4096
MAX_CELLS = 2**26  # numbers that the exact method may hold at once

Array = NDArray[np.float64]


class Noise(NamedTuple):
    """What a count may be off by: the kernels' code of the law, and its scale."""

    kind: int = _kernels.HARD
    scale: float = 1.0


def sort_bags(
    bags: ArrayLike, n_rows: int
) -> tuple[NDArray[Any], NDArray[np.int64] | None, NDArray[np.int64]]:
    """Return labels of bags, rows in their order (None: as they are), and offsets."""
    if np.shape(bags) != (n_rows,):
        raise ValueError(
            f"bags has the shape {np.shape(bags)} but there are {n_rows} rows; give "
            "one bag for each row."
        )
    if isinstance(bags, np.ndarray) and bags.dtype.kind in "iu":
        steps = bags[1:] != bags[:-1]
        if (bags[1:] >= bags[:-1]).all():
            starts = np.append(0, np.flatnonzero(steps) + 1)
            return bags[starts], None, np.append(starts, n_rows)
        labels, codes = _encode_numbers(bags)
    else:
        labels, codes = encode_bags(bags)
    indptr = np.append(0, np.cumsum(np.bincount(codes)))
    return labels, _kernels.order_by_code(codes, indptr[:-1].copy()), indptr


def _encode_numbers(bags: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Do as `encode_bags` does, without sorting where the numbers are close."""
    least = bags.min()
    if int(bags.max()) - int(least) > 4 * bags.shape[0]:
        return encode_bags(bags)
    codes = (bags - least).astype(np.int64)
    present = np.bincount(codes) > 0
    labels = np.flatnonzero(present).astype(bags.dtype) + least
    return labels, (np.cumsum(present) - 1)[codes]


def read_counts(
    counts: Any,
    labels: NDArray[Any],
    sizes: NDArray[np.int64],
    n_classes: tuple[int, ...],
    noise: Noise,
) -> Array:
    """Check counts of bags with these labels and sizes; n_classes is () or (K,)."""
    is_numbered = hasattr(counts, "iloc") and np.array_equal(
        counts.index, np.arange(len(counts))
    )
    if isinstance(counts, Mapping) or (hasattr(counts, "iloc") and not is_numbered):
        counts = look_up(counts, "counts", labels)
    known = check_array(
        counts,
        dtype=np.float64,
        ensure_2d=False,
        input_name="counts",
        copy=True,
        order="C",
    )
    expected = (labels.shape[0], *n_classes)
    if known.shape != expected:
        raise ValueError(
            f"counts has the shape {known.shape}; expected {expected}, an entry for "
            "each bag in the order of np.unique(bags), or a mapping from bags."
        )
    if noise.kind:
        return known
    whole = np.rint(known)
    limits = sizes.reshape(-1, *(1 for _ in n_classes))
    off = np.abs(known - whole)
    for wrong, text in (
        (off > 1e-6 * limits, "counts must be whole numbers"),
        (whole < 0, "counts must not be negative"),
        (whole > limits, "the bag has {size} rows only"),
    ):
        if wrong.any():
            b = int(wrong.nonzero()[0][0])
            raise ValueError(
                f"The count of bag {labels[b]} is {known[b]}, but "
                f"{text.format(size=sizes[b])}. Correct it, or pass count_noise if "
                "counts are not exact."
            )
    if n_classes:
        bad = whole.sum(axis=1) != sizes
        if bad.any():
            b = int(bad.argmax())
            raise ValueError(
                f"The counts of bag {labels[b]} sum to {whole[b].sum():g}, but it has "
                f"{sizes[b]} rows; give a count of every class, or pass count_noise if "
                "counts are not exact."
            )
    return whole


def read_noise(count_noise: Any) -> Noise:
    """Turn ``count_noise=("gaussian", sd)`` into numbers."""
    if count_noise is None:
        return Noise()
    try:
        name, scale = count_noise
        kind = NOISES[name]
    except (TypeError, ValueError, KeyError):
        raise ValueError(
            f"count_noise is {count_noise!r}; expected None, ('gaussian', sd) or "
            "('laplace', scale), in units of rows."
        ) from None
    if not isinstance(scale, Real) or not 0.0 < float(scale) < np.inf:
        raise ValueError(
            f"count_noise has the scale {scale!r}; it must be a finite number above 0, "
            "in units of rows. Pass count_noise=None for exact counts."
        )
    return Noise(kind, float(scale))


def infer_labels(
    logits: Array,
    indptr: NDArray[np.int64],
    counts: Array,
    *,
    method: str = "auto",
    noise: Noise = Noise(),  # noqa: B008 (immutable)
    tilts: Array | None = None,
    as_messages: bool = False,
    return_log_likelihood: bool = False,
) -> tuple[Array, Array]:
    """Infer labels of rows that are sorted by bag; nothing is checked.

    Parameters
    ----------
    logits : ndarray of shape (n_samples,), float64
        Log-odds of label 1; finite.
    indptr : ndarray of shape (n_bags + 1,), int64
        Rows ``indptr[b]`` to ``indptr[b + 1]`` are bag b, at least one.
    counts : ndarray of shape (n_bags,), float64
        Rows with label 1; whole and possible numbers, unless there is noise.
    method : {"auto", "exact", "saddlepoint"}, default="auto"
        See `count_posterior`.
    noise : Noise, default=Noise()
        Law of the error of the counts.
    tilts : ndarray of shape (n_bags,), float64, or None, default=None
        Where to begin, NaN for anywhere; holds afterwards where to begin for logits
        close to these.
    as_messages : bool, default=False
        Whether to return, instead of probabilities, their log-odds less ``logits``.
    return_log_likelihood : bool, default=False
        Whether to compute the second result.

    Returns
    -------
    posterior : ndarray of shape (n_samples,), float64
        P(label is 1 given the count), or messages.
    log_likelihood : ndarray of shape (n_bags,), or (0,) where it was not asked for
        Log-probability of each count; with noise, the log of its expected weight.
    """
    n_bags = counts.shape[0]
    tilts = np.full(n_bags, np.nan) if tilts is None else tilts
    posterior = np.empty(logits.shape[0])
    likelihood = np.empty(n_bags if return_log_likelihood else 0)

    def infer(piece: slice) -> None:
        _kernels.infer_bags(
            logits,
            indptr,
            counts,
            piece.start,
            piece.stop,
            METHODS[method],
            MIN_VARIANCE,
            MIN_SIZE,
            *noise,
            as_messages,
            tilts,
            posterior,
            likelihood,
        )

    map_pieces(infer, pieces_of_bags(indptr))
    return posterior, likelihood


def infer_classes(
    logits: Array,
    indptr: NDArray[np.int64],
    counts: Array,
    *,
    method: str = "auto",
    noise: Noise = Noise(),  # noqa: B008 (immutable)
    tilts: Array | None = None,
    as_messages: bool = False,
    return_log_likelihood: bool = False,
) -> tuple[Array, Array]:
    """Infer classes of rows that are sorted by bag: `infer_labels` for several classes.

    ``logits`` are (n_samples, n_classes), ``counts`` and ``tilts`` (n_bags, n_classes),
    where tilts begin at 0. Noise is Gaussian if there is any. The posterior has the
    shape of ``logits``.
    """
    tilts = np.zeros(counts.shape) if tilts is None else tilts
    posterior = np.empty(logits.shape)
    likelihood = np.empty(counts.shape[0] if return_log_likelihood else 0)

    def infer(piece: slice) -> None:
        _kernels.infer_classes(
            logits,
            indptr,
            counts,
            piece.start,
            piece.stop,
            METHODS[method],
            MAX_CELLS if method == "exact" else MAX_STATES,
            MAX_SIZE,
            noise.scale if noise.kind else 0.0,
            as_messages,
            tilts,
            posterior,
            likelihood,
        )

    map_pieces(infer, pieces_of_bags(indptr))
    return posterior, likelihood


def pieces_of_bags(indptr: NDArray[np.int64]) -> list[slice]:
    """Cut the bags into pieces of about as many rows."""
    n_rows = int(indptr[-1])
    at = np.arange(PIECE_ROWS, n_rows, PIECE_ROWS)
    cuts = np.unique(np.searchsorted(indptr, at).clip(max=indptr.shape[0] - 1))
    edges = [0, *(int(cut) for cut in cuts), indptr.shape[0] - 1]
    return [slice(a, b) for a, b in pairwise(edges) if a < b]
