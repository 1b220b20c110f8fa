# SPDX-License-Identifier: BSD-3-Clause
"""Labels of rows from the counts of their bags and from rows that are alike."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_array

from skx._backend import is_device_array, like, to_host
from skx._base.sklearn import Interval, StrOptions, validate_params
from skx._caller import caller_level
from skx._numba import map_pieces
from skx.proportions._counts import DeviceCounts
from skx.proportions._counts._posterior import (
    Noise,
    infer_classes,
    infer_labels,
    pieces_of_bags,
    read_counts,
    read_noise,
    sort_bags,
)
from skx.proportions._device import at_host, clip, functions_of, read_rows
from skx.proportions._propagation import _kernels
from skx.proportions._propagation._device import BagRanks, DeviceEdges
from skx.proportions._propagation._graph import Graph, read_graph

Array = NDArray[np.float64]

# What a bag without ones, or full of them, may say to its rows in log-odds.
CERTAIN = 30.0
# Where the residual has not fallen over so many sweeps, damping goes up once.
PATIENCE = 10
STRONG_DAMPING = 0.9
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
        "verbose": ["verbose"],
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
    verbose: int = 0,
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
        order of ``np.unique(bags)``. A pandas object whose index holds the bags is
        looked up.
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
    verbose : int, default=0
        1 prints the largest change of a message in every tenth sweep.

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

    Where ``unary``, ``bags`` or ``counts`` are CuPy arrays, messages are passed on the
    device, and the result has arrays there; the graph is copied to it. Counts of three
    classes or more, and noisy ones with ``algorithm="max"``, are treated on the host,
    with a warning.

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
    noise = read_noise(count_noise)
    if np.isfinite(count_strength):
        noise = Noise(_kernels.GAUSSIAN, float(np.sqrt(0.5 / count_strength)))
    reference = next(filter(is_device_array, (unary, affinity, counts, bags)), None)
    is_there = reference is not None
    if is_there and not _runs_on_device(counts, bag_factor, algorithm, noise):
        is_there, copied = False, to_host(reference, "propagate_labels")
        unary = copied if reference is unary else unary
    if is_device_array(affinity):
        affinity = to_host(affinity, "The graph of propagate_labels")
    bags, counts = at_host(bags), at_host(counts)
    labels, order, indptr = sort_bags(bags, np.shape(bags)[0] if np.ndim(bags) else 0)
    n_rows = int(indptr[-1])
    n_classes = np.shape(counts)[1:]
    known = read_counts(counts, labels, np.diff(indptr), n_classes, noise)
    prior: Any = np.zeros((n_rows, *n_classes))
    if unary is not None:
        prior = _read_unary(unary)
        if prior.shape != (n_rows, *n_classes):
            raise ValueError(
                f"unary has the shape {prior.shape}; expected {(n_rows, *n_classes)}, "
                "an entry for each row and what counts tells of."
            )
    prior = like(reference, prior) if is_there else prior
    xp, special = functions_of(prior)
    if order is not None:
        prior = xp.take(prior, like(prior, order), axis=0)
    graph = read_graph(affinity, n_rows, order, smoothness)
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
    run = _Run(max_iter, damping, tol, verbose)
    if prior.ndim == 2:
        beliefs = _by_class(run, graph, indptr, known, noise, prior)
        probabilities = special.softmax(beliefs, axis=1)
    elif bag_factor == "pairwise":
        beliefs = _by_pairs(
            run, graph, indptr, known, count_strength, prior, algorithm == "max"
        )
    else:
        beliefs = _by_count(run, graph, indptr, known, noise, prior, algorithm == "max")
    if algorithm == "max":
        if bag_factor == "count" and not noise.kind:
            probabilities = best_rows(beliefs, indptr, known)
        else:
            ones = xp.ones_like(beliefs)
            probabilities = xp.where(beliefs > 0, ones, xp.zeros_like(beliefs))
    elif prior.ndim == 1:
        probabilities = special.expit(beliefs)
    if as_columns:
        probabilities = xp.stack([1 - probabilities, probabilities], axis=1)
        both = -xp.logaddexp(0.0, beliefs), -xp.logaddexp(0.0, -beliefs)
        beliefs = xp.stack(both, axis=1)
    if order is not None:
        inverse = np.empty_like(order)
        inverse[order] = np.arange(n_rows)
        inverse = like(prior, inverse)
        beliefs = xp.take(beliefs, inverse, axis=0)
        probabilities = xp.take(probabilities, inverse, axis=0)
    if reference is not None:
        beliefs = like(reference, beliefs)
        probabilities = like(reference, probabilities)
    run.warn()
    return Propagation(
        probabilities,
        beliefs,
        len(run.residuals),
        np.array(run.residuals),
        run.converged,
        run.damping,
    )


def _runs_on_device(counts: Any, bag_factor: str, algorithm: str, noise: Noise) -> bool:
    """Whether there are kernels for what bags say of their rows."""
    several = np.shape(at_host(counts))[1:] not in ((), (2,))
    noisy_best = algorithm == "max" and bag_factor == "count" and noise.kind
    return not several and not noisy_best


def _read_unary(unary: Any) -> Any:
    if is_device_array(unary):
        return read_rows(unary, "unary", n_dim=unary.ndim)
    return check_array(
        unary, dtype=np.float64, ensure_2d=False, input_name="unary", order="C"
    )


def best_rows(scores: Any, bags: NDArray[np.int64], counts: Array) -> Any:
    """Return 1 for the rows of each bag with its count of best scores, else 0."""
    if is_device_array(scores):
        return BagRanks(scores, bags, counts).best(scores)
    labels = np.empty_like(scores)
    _kernels.mark_best(scores, bags, counts, labels)
    return labels


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


class _Run:
    """Sweeps until messages settle."""

    def __init__(self, max_iter: int, damping: float, tol: float, verbose: int) -> None:
        self.max_iter, self.damping, self.tol = max_iter, damping, tol
        self.verbose = verbose
        self.residuals: list[float] = []

    @property
    def converged(self) -> bool:
        """Whether the last sweep has changed little."""
        return bool(self.residuals) and self.residuals[-1] < self.tol

    def sweep(self, once: Callable[[float], float]) -> None:
        """Call ``once(damping)``, which returns its residual, until they are small."""
        while len(self.residuals) < self.max_iter and not self.converged:
            self.residuals.append(once(self.damping))
            n_sweeps = len(self.residuals)
            if self.verbose and n_sweeps % 10 == 0:
                print(
                    f"[propagate_labels] sweep {n_sweeps}: a message changes by "
                    f"{self.residuals[-1]:.2g}, tol={self.tol:g}",
                    flush=True,
                )
            recent = self.residuals[-1 - PATIENCE :]
            if self.tol and n_sweeps > 2 * PATIENCE:
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


def _edges(where: Any, graph: Graph, strength: Array, rule: int) -> Any:
    """Return the messages of two classes where some array lives."""
    if is_device_array(where):
        return DeviceEdges(where, graph, strength, rule)
    return _Edges(graph, strength, rule)


def _settle(run: _Run, edges: Any, unary: Any, ask_bags: Callable[[Any], Any]) -> Any:
    """Pass messages between edges and bags; return what rows then believe."""

    def once(damping: float) -> float:
        own = unary + edges.sums
        edges.send(own + clip(ask_bags(own), -CERTAIN, CERTAIN))
        return edges.receive(damping)

    run.sweep(once)
    own = unary + edges.sums
    return own + ask_bags(own)


def _by_count(
    run: _Run,
    graph: Graph,
    bags: NDArray[np.int64],
    counts: Array,
    noise: Noise,
    unary: Any,
    most_probable: bool,
) -> Any:
    """Propagate with a factor per bag; return log-odds."""
    if most_probable:
        edges = _edges(unary, graph, graph.strength, _kernels.MAX)
        if is_device_array(unary):
            return _settle(run, edges, unary, BagRanks(unary, bags, counts).messages)
        pieces = pieces_of_bags(bags)

        def ask_best(logits: Array) -> Array:
            out = np.empty_like(logits)

            def call(piece: slice) -> None:
                _kernels.max_messages(
                    logits, bags, counts, *noise, out, piece.start, piece.stop
                )

            map_pieces(call, pieces)
            return out

        return _settle(run, edges, unary, ask_best)
    edges = _edges(unary, graph, np.tanh(graph.strength / 2), _kernels.SUM)
    if is_device_array(unary):
        infer: Any = DeviceCounts(unary, bags, counts, noise=noise).infer
    else:
        tilts = np.full(counts.shape[0], np.nan)
        infer = partial(
            infer_labels, indptr=bags, counts=counts, noise=noise, tilts=tilts
        )
    return _settle(run, edges, unary, lambda own: infer(own, as_messages=True)[0])


def _by_pairs(
    run: _Run,
    graph: Graph,
    bags: NDArray[np.int64],
    counts: Array,
    strength: float,
    unary: Any,
    most_probable: bool,
) -> Any:
    """Propagate with a factor per pair of rows in a bag; return log-odds."""
    sizes = np.diff(bags)
    n_pairs = int((sizes * (sizes - 1)).sum()) + graph.indices.shape[0]
    if n_pairs > MAX_PAIRS:
        raise ValueError(
            f"bag_factor='pairwise' would take {n_pairs:.3g} messages for bags of up "
            f"to {sizes.max()} rows; use bag_factor='count'."
        )
    bag_of = np.repeat(np.arange(sizes.shape[0]), sizes)
    fields = strength * (1 - 2 * counts)[bag_of]
    unary = unary - like(unary, fields) - like(unary, graph.row_sums())
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
    edges = _edges(unary, pairs, pairs.strength, rule)
    xp, _ = functions_of(unary)
    own = xp.zeros_like(unary)

    def once(damping: float) -> float:
        edges.send(own + edges.sums)
        change = xp.max(xp.abs(unary - own))
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

    beliefs = _settle(run, edges, unary, ask_bags)
    return beliefs - np.logaddexp.reduce(beliefs, axis=1, keepdims=True)
