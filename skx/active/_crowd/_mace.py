# SPDX-License-Identifier: BSD-3-Clause
"""MACE: annotators who know the label, or guess."""

from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.random import RandomState
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaln, digamma, gammaln
from sklearn.utils import check_random_state

from skx._base.sklearn import Interval
from skx._numba import for_each_chunk
from skx.active._crowd import _kernels
from skx.active._crowd._base import VoteModel, check_two_classes, warn_of_rise
from skx.active._crowd._votes import Votes

# Prior counts of each guessed label.
GUESSES = 10.0
# Items and annotators that are worth a thread.
GRAIN = 8192
GRAIN_ANNOTATORS = 16


class MACE(VoteModel):
    """Multi-annotator competence estimation.

    An annotator knows the label of an item and gives it, or guesses by a preference of
    his own, whatever the item. Made to find those who answer without looking; where
    honest annotators take one class for another use `DawidSkene`.

    Parameters
    ----------
    n_restarts : int >= 1, default=10
        Number of random beginnings, of which the best end is kept.
    alpha : float > 0, default=0.5
        Prior count of guesses of an annotator, as of a beta distribution.
    beta : float > 0, default=0.5
        Prior count of votes of knowledge of an annotator.
    max_iter : int >= 1, default=50
        Most iterations from each beginning.
    tol : float >= 0, default=1e-5
        Stop when the bound per vote rises by less; 0 makes all ``max_iter`` iterations.
    classes : array-like of shape (n_classes,) or None, default=None
        Labels that votes may have, in the order of the columns. None takes those that
        occur, sorted.
    random_state : int, RandomState instance or None, default=None
        Seed of the beginnings.
    n_jobs : int or None, default=None
        Number of threads; None is one, -1 all processors. Does not change the result.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Classes.
    items_ : ndarray of shape (n_items,)
        Items with votes, in the order in which they first came.
    annotators_ : ndarray of shape (n_annotators,)
        Annotators, in the order in which they first came.
    label_distribution_ : ndarray of shape (n_items, n_classes)
        Probabilities of the true label of each item.
    labels_ : ndarray of shape (n_items,)
        Most probable labels; of equal ones the first class.
    competence_ : ndarray of shape (n_annotators,)
        Posterior mean of the share of votes out of knowledge.
    guesses_ : ndarray of shape (n_annotators, n_classes)
        Posterior mean of the distribution of an annotator's guesses.
    confusion_ : ndarray of shape (n_annotators, n_classes, n_classes)
        Probability of each vote (last axis) given the true label, from both.
    skills_ : ndarray of shape (n_annotators,)
        Probability that a vote of the annotator is right, for equally frequent classes.
    n_iter_ : int
        Number of iterations from the beginning that was kept.
    bound_ : float
        Lower bound of the log-evidence of the votes, at its end.

    See Also
    --------
    DawidSkene : Learns who takes which class for which other.
    GLAD : Items differ in how hard they are.

    Notes
    -----
    Variational Bayes with a beta prior of knowledge and a Dirichlet prior, 10 for each
    label, of guesses; true labels have equal priors. The bound of the evidence never
    falls, and the beginning that ends at the highest is kept.

    References
    ----------
    D. Hovy, T. Berg-Kirkpatrick, A. Vaswani, E. Hovy (2013). Learning whom to trust
    with MACE. Conference of the North American Chapter of the Association for
    Computational Linguistics.

    Examples
    --------
    >>> from skx.active import MACE
    >>> y = ["cat", "cat", "dog", "dog", "cat", "cat", "cat", "dog", "dog"]
    >>> votes = MACE(random_state=0).fit(
    ...     y, items=list("aaabbbccc"), annotators=["Ann", "Bob", "Cyd"] * 3
    ... )
    >>> votes.annotators_[votes.competence_.argmin()]
    np.str_('Ann')
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "n_restarts": [Interval(Integral, 1, None, closed="left")],
        "alpha": [Interval(Real, 0, None, closed="neither")],
        "beta": [Interval(Real, 0, None, closed="neither")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
        **VoteModel._parameter_constraints,
        "random_state": ["random_state"],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        *,
        n_restarts: int = 10,
        alpha: float = 0.5,
        beta: float = 0.5,
        max_iter: int = 50,
        tol: float = 1e-5,
        classes: ArrayLike | None = None,
        random_state: int | RandomState | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.n_restarts = n_restarts
        self.alpha = alpha
        self.beta = beta
        self.max_iter = max_iter
        self.tol = tol
        self.classes = classes
        self.random_state = random_state
        self.n_jobs = n_jobs

    def _aggregate(self, votes: Votes) -> NDArray[np.float64]:
        check_two_classes(votes, "MACE")
        random = check_random_state(self.random_state)
        best, *ended = max(
            (self._run(votes, random) for _ in range(self.n_restarts)),
            key=lambda end: end[1],
        )
        self.bound_, self.n_iter_, rise = ended
        if 0.0 < self.tol <= rise:
            warn_of_rise("MACE", self.max_iter, rise)
        n_classes = votes.n_classes
        self.competence_ = best.knows / (best.knows + best.spams)
        self.guesses_ = best.guessed / best.guessed.sum(axis=1, keepdims=True)
        guess = (1.0 - self.competence_)[:, None, None] * self.guesses_[:, None, :]
        sure = self.competence_[:, None, None] * np.eye(n_classes)
        self.confusion_ = sure + guess
        self.skills_ = np.einsum("wcc->w", self.confusion_) / n_classes
        return best.posterior

    def _run(
        self, votes: Votes, random: RandomState
    ) -> tuple["_Run", float, int, float]:
        """Return a run at its end, its bound, iterations and the latest rise."""
        run = _Run(votes, self.alpha, self.beta, self.n_jobs)
        run.begin(random)
        bound, rise, n_iter = -np.inf, np.inf, 0
        while n_iter < self.max_iter and not rise < self.tol > 0.0:
            n_iter += 1
            run.count_guesses()
            run.infer_labels()
            previous, bound = bound, run.bound()
            rise = (bound - previous) / votes.total
        return run, bound, n_iter, rise


class _Run:
    """One run of variational Bayes: parameters of the factors, and posteriors."""

    def __init__(
        self, votes: Votes, alpha: float, beta: float, n_jobs: int | None
    ) -> None:
        self.votes, self.n_jobs = votes, n_jobs
        self.alpha, self.beta = float(alpha), float(beta)
        shape = votes.n_annotators, votes.n_classes
        self.posterior = np.empty((votes.n_items, votes.n_classes))
        self.loglik = np.empty(votes.n_items)
        self.knows, self.spams = np.empty(shape[0]), np.empty(shape[0])
        self.guessed = np.empty(shape)

    def begin(self, random: RandomState) -> None:
        """Set random factors, and the posteriors that follow."""
        known = random.uniform(1.0, 2.5, size=(self.votes.n_annotators, 2))
        guesses = random.uniform(1.0, 2.5, size=self.guessed.shape)
        known /= known.sum(axis=1, keepdims=True)
        self.knowing = np.ascontiguousarray(known[:, 1])
        self.guessing = known[:, :1] * guesses / guesses.sum(axis=1, keepdims=True)
        self._infer()

    def count_guesses(self) -> None:
        """Update the posteriors of annotators."""

        def call(start: int, stop: int) -> None:
            _kernels.count_guesses(
                *self.votes.by_annotator,
                self.posterior,
                self.knowing,
                self.guessing,
                self.knows,
                self.guessed,
                start,
                stop,
            )

        for_each_chunk(
            call, self.votes.n_annotators, self.n_jobs, grain=GRAIN_ANNOTATORS
        )
        self.knows += self.beta
        self.spams = self.guessed.sum(axis=1) + self.alpha
        self.guessed += GUESSES

    def infer_labels(self) -> None:
        """Update the posteriors of labels."""
        self.log_known = digamma(self.knows) - digamma(self.knows + self.spams)
        self.log_spam = digamma(self.spams) - digamma(self.knows + self.spams)
        total = self.guessed.sum(axis=1)
        self.log_guess = digamma(self.guessed) - digamma(total)[:, None]
        self.knowing = np.exp(self.log_known)
        self.guessing = np.exp(self.log_spam[:, None] + self.log_guess)
        self._infer()

    def bound(self) -> float:
        """Return the bound of the log-evidence, after `infer_labels`."""
        a, b, a0, b0 = self.spams, self.knows, self.alpha, self.beta
        apart = betaln(a0, b0) - betaln(a, b)
        apart += (a - a0) * self.log_spam + (b - b0) * self.log_known
        n_classes = self.votes.n_classes
        norm = gammaln(self.guessed.sum(axis=1)) - gammaln(GUESSES * n_classes)
        terms = gammaln(GUESSES) - gammaln(self.guessed)
        terms += (self.guessed - GUESSES) * self.log_guess
        return float(self.loglik.sum() - (apart + norm + terms.sum(axis=1)).sum())

    def _infer(self) -> None:
        def call(start: int, stop: int) -> None:
            _kernels.infer_spammed(
                *self.votes.by_item,
                self.votes.gold,
                self.knowing,
                self.guessing,
                self.posterior,
                self.loglik,
                start,
                stop,
            )

        for_each_chunk(call, self.votes.n_items, self.n_jobs, grain=GRAIN)
