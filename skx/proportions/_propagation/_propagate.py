# SPDX-License-Identifier: BSD-3-Clause
"""Labels of rows from the counts of their bags and from rows that are alike."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.special import expit, softmax
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_array

from skx._base.sklearn import Interval, StrOptions, validate_params
from skx._caller import caller_level
from skx._numba import map_pieces
from skx.proportions._counts._posterior import (
    Noise,
    infer_classes,
    infer_labels,
    pieces_of_bags,
    read_counts,
    read_noise,
    sort_bags,
)
from skx.proportions._propagation import _kernels

Array = NDArray[np.float64]

# What a bag without ones, or full of them, may say to its rows in log-odds.
CERTAIN = 30.0
# Where the residual has not fallen over so many sweeps, damping goes up once.
PATIENCE = 10
STRONG_DAMPING = 0.9
PIECE_EDGES = 200_000
MAX_PAIRS = 2**28


@dataclass(frozen=True)
class Propagation:
    """Result of `propagate_labels`.

    Attributes
    ----------
    probabilities : ndarray of shape (n_samples,) or (n_samples, n_classes)
        Probability of label 1, or of each class; for ``algorithm="max"`` the most
        probable labels, 0 or 1.
    log_odds : ndarray of shape (n_samples,) or (n_samples, n_classes)
        The same as log-odds, or as log-probabilities of classes; for
        ``algorithm="max"`` the gain in log-probability of label 1 over label 0.
    n_iter : int
        Sweeps that were made.
    residuals : ndarray of shape (n_iter,)
        Largest change of a message asked for in each sweep.
    converged : bool
        Whether the last residual is below the tolerance.
    damping : float
        Damping of the last sweep.
    """

    probabilities: Array
    log_odds: Array
    n_iter: int
    residuals: Array
    converged: bool
    damping: float


@dataclass(frozen=True)
class Graph:
    """A symmetric graph in the order of bags, and where its edges stand in reverse."""

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    strength: Array
    reverse: NDArray[np.int64]
    pieces: list[slice]

    @classmethod
    def build(
        cls, indptr: NDArray[np.int64], indices: NDArray[np.int32], strength: Array
    ) -> "Graph":
        """Find the reverse edges and cut the rows into pieces."""
        at = np.arange(PIECE_EDGES, indices.shape[0], PIECE_EDGES)
        cuts = np.unique(np.searchsorted(indptr, at))
        edges = [0, *(int(cut) for cut in cuts), indptr.shape[0] - 1]
        pieces = [slice(a, b) for a, b in pairwise(edges) if a < b]
        reverse = np.empty(indices.shape[0], np.int64)

        def find(piece: slice) -> int:
            settings = (indptr, indices, strength, reverse, piece.start, piece.stop)
            return _kernels.find_reverse(*settings)

        if sum(map_pieces(find, pieces)) < indices.shape[0]:
            raise ValueError(
                "affinity is not symmetric; pass the maximum or the mean of it and its "
                "transpose."
            )
        return cls(indptr, indices, strength, reverse, pieces)

    def row_sums(self) -> Array:
        """Return the sum of the strengths of each row."""
        ends = np.append(0.0, np.cumsum(self.strength))
        return ends[self.indptr[1:]] - ends[self.indptr[:-1]]


@validate_params(
    {
        "affinity": ["array-like", "sparse matrix"],
        "bags": ["array-like"],
        "counts": ["array-like"],
        "unary": ["array-like", None],
        "smoothness": [Interval(Real, 0, None, closed="left")],
        "bag_factor": [StrOptions({"count", "pairwise"})],
        "count_strength": [Interval(Real, 0, None, closed="right")],
        "count_noise": [tuple, list, None],
        "algorithm": [StrOptions({"sum", "max"})],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "damping": [Interval(Real, 0, 1, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
    },
    prefer_skip_nested_validation=True,
)
def propagate_labels(
    affinity: Any,
    bags: ArrayLike,
    counts: ArrayLike,
    *,
    unary: ArrayLike | None = None,
    smoothness: float = 0.3,
    bag_factor: str = "count",
    count_strength: float = np.inf,
    count_noise: tuple[str, float] | None = None,
    algorithm: str = "sum",
    max_iter: int = 100,
    damping: float = 0.5,
    tol: float = 1e-4,
) -> Propagation:
    """Infer labels from counts of bags where rows that are alike share their labels.

    Belief propagation for P(y) proportional to the product of exp(unary_i y_i) over
    rows, of exp(-smoothness * affinity_ij) over edges whose ends differ, and of what is
    known of the number of ones in each bag. Use it to label rows before training a
    classifier on them, where bags are small or neighbours tell something. A row of a
    large bag learns little from its count: there, pass what a model says as ``unary``.

    Parameters
    ----------
    affinity : sparse matrix or array of shape (n_samples, n_samples)
        Symmetric, not negative, without diagonal; see `neighbor_affinity`.
    bags : array-like of shape (n_samples,)
        Bag of each row: whole numbers or strings, in any order.
    counts : array-like of shape (n_bags,) or (n_bags, n_classes)
        Number of rows with label 1, or of each class, in each bag; bags in the sorted
        order of ``np.unique(bags)``.
    unary : array-like of shape (n_samples,) or (n_samples, n_classes), default=None
        Log-odds of label 1, or log-probabilities of classes, by a model. None knows
        nothing.
    smoothness : float >= 0, default=0.3
        What an edge of affinity 1 charges for two labels that differ, in
        log-probability. 0 ignores the graph; from about 1 upward messages may swing
        instead of settling.
    bag_factor : {"count", "pairwise"}, default="count"
        "count" treats the number of ones in a bag as one factor, in time linear in the
        bag. "pairwise" writes ``-count_strength * (ones - count)**2`` as a coupling of
        all pairs of rows in a bag, as published, in quadratic time; its beliefs are
        further from the truth.
    count_strength : float > 0, default=inf
        Weight of the squared error of a count; infinite where counts are exact.
    count_noise : tuple or None, default=None
        What counts are off by: ("gaussian", standard deviation) or ("laplace", scale),
        in units of rows. A Gaussian is ``count_strength = 1 / (2 * sd**2)``.
    algorithm : {"sum", "max"}, default="sum"
        Probabilities of each label, or the most probable labels of all rows together.
    max_iter : int >= 1, default=100
        Most sweeps over all messages.
    damping : float in [0, 1), default=0.5
        Share of the old message in the new one. Higher is slower and steadier; if the
        residual stops falling, it is raised to 0.9 once.
    tol : float >= 0, default=1e-4
        Largest change of a message, in log-odds, to stop at. 0 makes all sweeps with
        the given damping, and does not warn.

    Returns
    -------
    result : Propagation
        With ``probabilities``, ``log_odds``, ``n_iter``, ``residuals``, ``converged``
        and ``damping``.

    Warns
    -----
    ConvergenceWarning
        If messages still change by more than ``tol`` in the last sweep.

    See Also
    --------
    neighbor_affinity : The graph of nearest neighbours.
    count_posterior : The same without a graph.

    Notes
    -----
    Every sweep takes all messages from the old ones: first what the edges say, then
    what counts say given the edges. It costs O(n_edges + n_samples) for any sizes of
    bags. Results are exact where edges between and within bags form no cycle; else they
    approximate the marginals, and from one setting to another may not settle.

    References
    ----------
    S. Havaldar, N. Sharma, S. Sareen, K. Shanmugam, A. Raghuveer (2024). Learning from
    Label Proportions: Bootstrapping Supervised Learners via Belief Propagation.
    International Conference on Learning Representations.

    D. Tarlow, K. Swersky, R. S. Zemel, R. P. Adams, B. J. Frey (2012). Fast exact
    inference for recursive cardinality models. Conference on Uncertainty in Artificial
    Intelligence.

    Examples
    --------
    >>> import numpy as np
    >>> from skx.proportions import propagate_labels
    >>> affinity = np.zeros((4, 4))
    >>> affinity[0, 2] = affinity[2, 0] = 1  # rows 0 and 2 are alike
    >>> bags, counts = [0, 0, 1, 1], [1, 2]
    >>> propagate_labels(affinity, bags, counts, smoothness=2).probabilities.round(3)
    array([0.881, 0.119, 1.   , 1.   ])
    """
    _check_strength(bag_factor, count_strength, count_noise)
    labels, order, indptr = sort_bags(bags, np.shape(bags)[0] if np.ndim(bags) else 0)
    n_rows = int(indptr[-1])
    noise = read_noise(count_noise)
    if np.isfinite(count_strength):
        noise = Noise(_kernels.GAUSSIAN, float(np.sqrt(0.5 / count_strength)))
    n_classes = np.shape(counts)[1:]
    known = read_counts(counts, labels, np.diff(indptr), n_classes, noise)
    prior = np.zeros((n_rows, *n_classes))
    if unary is not None:
        prior = check_array(
            unary, dtype=np.float64, ensure_2d=False, input_name="unary", order="C"
        )
        if prior.shape != (n_rows, *n_classes):
            raise ValueError(
                f"unary has the shape {prior.shape}; expected {(n_rows, *n_classes)}, "
                "an entry for each row and what counts tells of."
            )
        prior = prior if order is None else prior[order]
    graph = _read_graph(affinity, n_rows, order, smoothness)
    as_columns = n_classes == (2,)
    if as_columns:
        if noise.kind:
            raise ValueError(
                "counts has two columns; pass the counts of the second class alone "
                "where they are not exact."
            )
        known, prior = known[:, 1].copy(), prior[:, 1] - prior[:, 0]
    elif n_classes and (algorithm == "max" or bag_factor == "pairwise"):
        raise ValueError(
            f"counts has {n_classes[0]} columns, and algorithm='max' and "
            "bag_factor='pairwise' are for two classes; leave both at their defaults."
        )
    run = _Run(max_iter, damping, tol)
    beliefs: Array
    if prior.ndim == 2:
        beliefs = _by_class(run, graph, indptr, known, noise, prior)
        probabilities = softmax(beliefs, axis=1)
    elif bag_factor == "pairwise":
        beliefs = _by_pairs(
            run, graph, indptr, known, count_strength, prior, algorithm == "max"
        )
        probabilities = expit(beliefs)
    else:
        beliefs, probabilities = _by_count(
            run, graph, indptr, known, noise, prior, algorithm == "max"
        )
    if algorithm == "max":
        probabilities = (beliefs > 0).astype(np.float64)
        if bag_factor == "count" and not noise.kind:
            _kernels.mark_best(beliefs, indptr, known, probabilities)
    if as_columns:
        probabilities = np.column_stack([1 - probabilities, probabilities])
        beliefs = np.column_stack(
            [-np.logaddexp(0, beliefs), -np.logaddexp(0, -beliefs)]
        )
    if order is not None:
        inverse = np.empty_like(order)
        inverse[order] = np.arange(n_rows)
        beliefs, probabilities = beliefs[inverse], probabilities[inverse]
    run.warn()
    return Propagation(
        probabilities,
        beliefs,
        len(run.residuals),
        np.array(run.residuals),
        run.converged,
        run.damping,
    )


def _check_strength(bag_factor: str, strength: float, count_noise: Any) -> None:
    if np.isfinite(strength) and count_noise is not None:
        raise ValueError(
            f"count_strength is {strength!r} and count_noise is {count_noise!r}; both "
            "say how far counts may be off, so pass one of them."
        )
    if bag_factor == "pairwise" and not np.isfinite(strength):
        raise ValueError(
            "bag_factor='pairwise' needs a finite count_strength; the published one is "
            "10. Exact counts need bag_factor='count'."
        )


def _read_graph(
    affinity: Any,
    n_rows: int,
    order: NDArray[np.int64] | None,
    smoothness: float,
) -> Graph:
    """Check the graph and put it in the order of bags; strength is the charge w."""
    shape = np.shape(affinity)
    if shape != (n_rows, n_rows):
        raise ValueError(
            f"affinity has the shape {shape} but bags has {n_rows} rows; expected a "
            "square matrix with a row for each."
        )
    matrix = sparse.csr_array(affinity)
    if not matrix.has_canonical_format:
        matrix = matrix.copy()
        matrix.sum_duplicates()
    data = np.asarray(matrix.data, np.float64)
    if not np.isfinite(data).all() or (data < 0).any():
        raise ValueError(
            "affinity has negative or infinite entries; expected how alike rows are, "
            "from 0 upward. Turn distances into exp(-distance)."
        )
    if matrix.diagonal().any():
        raise ValueError(
            "affinity has entries on its diagonal; a row is no neighbour of itself, so "
            "set them to 0."
        )
    indptr = np.asarray(matrix.indptr, np.int64)
    indices = np.asarray(matrix.indices, np.int32)
    if not data.all():
        matrix = matrix.copy()
        matrix.eliminate_zeros()
        return _read_graph(matrix, n_rows, order, smoothness)
    data = data * smoothness
    if order is not None:
        Graph.build(indptr, indices, data)  # the permutation supposes symmetry
        arrays = np.empty_like(indptr), np.empty_like(indices), np.empty_like(data)
        _kernels.permute(indptr, indices, data, order, *arrays)
        indptr, indices, data = arrays
    return Graph.build(indptr, indices, data)


class _Run:
    """Sweeps until messages settle."""

    def __init__(self, max_iter: int, damping: float, tol: float) -> None:
        self.max_iter, self.damping, self.tol = max_iter, damping, tol
        self.residuals: list[float] = []

    @property
    def converged(self) -> bool:
        """Whether the last sweep has changed little."""
        return bool(self.residuals) and self.residuals[-1] < self.tol

    def sweep(self, once: Callable[[float], float]) -> None:
        """Call ``once(damping)``, which returns its residual, until they are small."""
        while len(self.residuals) < self.max_iter and not self.converged:
            self.residuals.append(once(self.damping))
            recent = self.residuals[-1 - PATIENCE :]
            if self.tol and len(self.residuals) > 2 * PATIENCE:
                stuck = recent[-1] >= recent[0]
                if stuck and self.damping < STRONG_DAMPING:
                    self.damping = STRONG_DAMPING

    def warn(self) -> None:
        """Warn of messages that have not settled."""
        if self.tol and not self.converged:
            warnings.warn(
                f"Labels have not settled after {len(self.residuals)} sweeps: a "
                f"message still changes by {self.residuals[-1]:.2g}, more than tol="
                f"{self.tol:g}. Lower smoothness, or raise max_iter or damping.",
                ConvergenceWarning,
                stacklevel=caller_level(),
            )


class _Edges:
    """Messages along the edges of a graph, at their receivers."""

    def __init__(
        self, graph: Graph, strength: Array, rule: int, width: Any = ()
    ) -> None:
        self.graph, self.strength, self.rule = graph, strength, rule
        self.message = np.zeros((graph.indices.shape[0], *width))
        self.sent = np.zeros_like(self.message)
        self.sums = np.zeros((graph.indptr.shape[0] - 1, *width))

    def send(self, totals: Array) -> None:
        """Let rows with these beliefs tell their neighbours."""
        graph = self.graph

        def call(piece: slice) -> None:
            settings = (totals, self.message, self.sent, piece.start, piece.stop)
            if totals.ndim == 2:
                _kernels.send_classes(
                    graph.indptr, graph.reverse, self.strength, *settings
                )
            else:
                _kernels.send(
                    graph.indptr, graph.reverse, self.strength, self.rule, *settings
                )

        map_pieces(call, graph.pieces)

    def receive(self, damping: float) -> float:
        """Take what was sent; return the largest change."""
        kernel = _kernels.receive if self.sums.ndim == 1 else _kernels.receive_classes

        def call(piece: slice) -> float:
            return kernel(
                self.graph.indptr,
                self.sent,
                damping,
                self.message,
                self.sums,
                piece.start,
                piece.stop,
            )

        return max(map_pieces(call, self.graph.pieces))


def _by_count(
    run: _Run,
    graph: Graph,
    bags: NDArray[np.int64],
    counts: Array,
    noise: Noise,
    unary: Array,
    most_probable: bool,
) -> tuple[Array, Array]:
    """Propagate with a factor per bag; return log-odds and probabilities."""
    tilts = np.full(counts.shape[0], np.nan)
    pieces = pieces_of_bags(bags)
    if most_probable:
        edges = _Edges(graph, graph.strength, _kernels.MAX)
    else:
        edges = _Edges(graph, np.tanh(graph.strength / 2), _kernels.SUM)

    def ask_bags(logits: Array) -> Array:
        if not most_probable:
            return infer_labels(
                logits, bags, counts, noise=noise, tilts=tilts, as_messages=True
            )[0]
        out = np.empty_like(logits)

        def call(piece: slice) -> None:
            _kernels.max_messages(
                logits, bags, counts, *noise, out, piece.start, piece.stop
            )

        map_pieces(call, pieces)
        return out

    def once(damping: float) -> float:
        own = unary + edges.sums
        edges.send(own + ask_bags(own).clip(-CERTAIN, CERTAIN))
        return edges.receive(damping)

    run.sweep(once)
    own = unary + edges.sums
    beliefs = own + ask_bags(own)
    return beliefs, expit(beliefs)


def _by_pairs(
    run: _Run,
    graph: Graph,
    bags: NDArray[np.int64],
    counts: Array,
    strength: float,
    unary: Array,
    most_probable: bool,
) -> Array:
    """Propagate with a factor per pair of rows in a bag; return log-odds."""
    sizes = np.diff(bags)
    n_pairs = int((sizes * (sizes - 1)).sum()) + graph.indices.shape[0]
    if n_pairs > MAX_PAIRS:
        raise ValueError(
            f"bag_factor='pairwise' would take {n_pairs:.3g} messages for bags of up "
            f"to {sizes.max()} rows; use bag_factor='count'."
        )
    bag_of = np.repeat(np.arange(sizes.shape[0]), sizes)
    unary = unary - strength * (1 - 2 * counts)[bag_of] - graph.row_sums()
    arrays = (
        np.zeros(bag_of.shape[0] + 1, np.int64),
        np.zeros(n_pairs, np.int32),
        np.zeros(n_pairs),
    )
    _kernels.add_bag_pairs(
        graph.indptr,
        graph.indices,
        2 * graph.strength,
        bags,
        bag_of,
        -2 * strength,
        arrays,
    )
    used = int(arrays[0][-1])
    pairs = Graph.build(arrays[0], arrays[1][:used], arrays[2][:used])
    rule = _kernels.PAIR_MAX if most_probable else _kernels.PAIR_SUM
    edges = _Edges(pairs, pairs.strength, rule)
    own = np.zeros_like(unary)

    def once(damping: float) -> float:
        edges.send(own + edges.sums)
        change = np.abs(unary - own).max()
        own[:] = damping * own + (1 - damping) * unary
        return max(edges.receive(damping), float(change))

    run.sweep(once)
    return own + edges.sums


def _by_class(
    run: _Run,
    graph: Graph,
    bags: NDArray[np.int64],
    counts: Array,
    noise: Noise,
    unary: Array,
) -> Array:
    """Propagate with several classes; return log-probabilities."""
    tilts = np.zeros(counts.shape)
    edges = _Edges(graph, np.exp(-graph.strength), _kernels.SUM, counts.shape[1:])

    def ask_bags(logits: Array) -> Array:
        messages, _ = infer_classes(
            logits, bags, counts, noise=noise, tilts=tilts, as_messages=True
        )
        return messages - messages.max(axis=1, keepdims=True)

    def once(damping: float) -> float:
        own = unary + edges.sums
        edges.send(own + ask_bags(own).clip(-CERTAIN, CERTAIN))
        return edges.receive(damping)

    run.sweep(once)
    own = unary + edges.sums
    beliefs = own + ask_bags(own)
    return beliefs - np.logaddexp.reduce(beliefs, axis=1, keepdims=True)
