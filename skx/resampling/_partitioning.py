# SPDX-License-Identifier: BSD-3-Clause
"""Removal of rows that classifiers of small parts of the data call mislabelled."""

from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import get_tags
from sklearn.utils.parallel import Parallel, delayed

from skx._base.sklearn import HasMethods, Interval, StrOptions
from skx._random import draw_seed
from skx.resampling import _kernels
from skx.resampling._base import Cleaner, CleaningTask, Rows
from skx.resampling._resampled import set_seeds
from skx.resampling._strategy import Strategy

# What the draws of a round are for; over-samplers, which may get the same seed, use the
# first few numbers.
ORDER, SEEDS = 100, 101


class IterativePartitioningFilter(Cleaner):
    """Remove rows that most classifiers of small parts of the data contradict.

    The rows are split into partitions, a classifier is fitted on each and predicts all
    rows; those whose label most of the classifiers contradict are removed as noise.
    This is repeated until little is found. Use it after SMOTE, which turns mislabelled
    rows into many more (together: SMOTE-IPF), or on labels that are not to be trusted.
    It needs partitions large enough to learn from: what most classifiers fail to learn
    is removed too. Unlike :class:`EditedNearestNeighbours`, it does not depend on the
    scale of the columns if the classifier does not, as trees.

    Parameters
    ----------
    estimator : classifier or None, default=None
        Classifier whose clones are fitted on the partitions, as NumPy or CSR arrays;
        None means ``DecisionTreeClassifier(min_samples_leaf=2)``.
    sampling_strategy : str, list or callable, default="all"
        Which classes may lose rows.

        - str: "majority", "not minority", "not majority" or "all"; "auto" means
          "not minority".
        - list: the classes.
        - callable: takes y and returns such a list.
    n_partitions : int, default=9
        Number of partitions and of votes, at least 2. Each gets about the same number
        of rows of each class, at least one: no class may have fewer rows.
    voting : {"majority", "consensus"}, default="majority"
        Whose vote removes a row: more than half of the classifiers, or all of them.
        "consensus" removes less, and nothing with a classifier that fits its own
        partition without error, such as a tree with leaves of one row.
    tol : float, default=0.01
        A round that removes less than this share of the rows given found little;
        between 0 and 1, exclusive. Smaller values mean more rounds.
    n_iter_no_change : int, default=3
        It stops after this many rounds in a row that found little.
    random_state : int, RandomState instance or None, default=None
        Seed of the partitions and of the classifiers, whose own ``random_state`` it
        replaces. The same int gives the same rows for any ``n_jobs``.
    n_jobs : int or None, default=None
        Number of classifiers fitted at a time, in threads; None means 1, -1 all.

    Attributes
    ----------
    sampling_strategy_ : dict
        Class that may lose rows to its number of rows before.
    sample_indices_ : ndarray of shape (n_kept,), int64
        Row numbers in X of the rows that stay, ascending.
    n_iter_ : int
        Number of rounds.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,), object
        Column names, if X has string ones.

    See Also
    --------
    EditedNearestNeighbours : Judges a row by its nearest neighbours.
    SMOTEENN : Takes this as ``enn`` too, for SMOTE-IPF with known origin of the rows.

    Notes
    -----
    The base classifier of the paper is C4.5; scikit-learn has CART, which is taken with
    C4.5's usual two rows in a leaf but without its pruning.

    A round leaves a class alone if fewer than ``n_partitions`` of its rows would
    remain, so no class vanishes and every classifier knows all classes.

    The classifiers vote on their own partition too, as in the paper; the package
    smote-variants fits on all partitions but one instead, and so uses
    ``n_partitions - 1`` times as many rows for each.

    X may hold NaN or be sparse if the classifier takes that. Rows of weight 0 and rows
    without any value stay, and no classifier is fitted on them; other weights change
    nothing.

    Cost: in each round, ``n_partitions`` fits on n / ``n_partitions`` rows and as many
    predictions of n rows.

    References
    ----------
    J. A. Saez, J. Luengo, J. Stefanowski, F. Herrera, 2015, "SMOTE-IPF: Addressing the
    noisy and borderline examples problem in imbalanced classification by a re-sampling
    method with filtering", Information Sciences 291, 184-203.

    T. M. Khoshgoftaar, P. Rebours, 2007, "Improving Software Quality Prediction by
    Noise Filtering Techniques", Journal of Computer Science and Technology 22, 387-396.

    Examples
    --------
    >>> import numpy as np
    >>> from skx.resampling import IterativePartitioningFilter
    >>> X = np.random.RandomState(0).normal(size=(400, 2))
    >>> y = (X[:, 0] > 0).astype(int)
    >>> y[:20] = 1 - y[:20]  # mislabelled
    >>> cleaner = IterativePartitioningFilter(random_state=0)
    >>> X_cleaned, y_cleaned = cleaner.fit_resample(X, y)
    >>> bool(np.mean((X_cleaned[:, 0] > 0) == y_cleaned) > 0.99)
    True
    """

    _parameter_constraints: ClassVar[dict] = {
        **Cleaner._parameter_constraints,
        "estimator": [HasMethods(["fit", "predict"]), None],
        "n_partitions": [Interval(Integral, 2, None, closed="left")],
        "voting": [StrOptions({"majority", "consensus"})],
        "tol": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        estimator: Any = None,
        *,
        sampling_strategy: Strategy = "all",
        n_partitions: int = 9,
        voting: str = "majority",
        tol: float = 0.01,
        n_iter_no_change: int = 3,
        random_state: int | np.random.RandomState | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.estimator = estimator
        self.sampling_strategy = sampling_strategy
        self.n_partitions = n_partitions
        self.voting = voting
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.random_state = random_state
        self.n_jobs = n_jobs

    def _removed_rows(self, task: CleaningTask) -> Rows:
        self._check_sizes(task)
        seed = draw_seed(self.random_state)
        left, n_quiet, self.n_iter_ = task.eligible, 0, 0
        while n_quiet < self.n_iter_no_change:
            noisy = self._contradicted(task.X, task.codes, left, seed)
            removed = self._removable(task.codes, left, noisy[task.cleaned[noisy]])
            left = np.setdiff1d(left, removed, assume_unique=True)
            is_quiet = removed.shape[0] < self.tol * task.eligible.shape[0]
            n_quiet = n_quiet + 1 if is_quiet else 0
            self.n_iter_ += 1
        return np.setdiff1d(task.eligible, left, assume_unique=True)

    def _check_sizes(self, task: CleaningTask) -> None:
        sizes = np.bincount(task.codes[task.eligible])
        small = np.flatnonzero((sizes > 0) & (sizes < self.n_partitions))
        if small.shape[0]:
            label, size = task.names[small[0]], int(sizes[small[0]])
            samples = "sample" if size == 1 else "samples"
            remedy = f" or lower n_partitions to {size}" if size > 1 else ""
            raise ValueError(
                f"Class {label!r} has {size} {samples} that count (with a value and "
                f"without weight 0), fewer than n_partitions={self.n_partitions}, but "
                "every partition needs one of each class; over-sample the class first"
                f"{remedy}."
            )

    def _contradicted(self, X: Any, codes: Rows, left: Rows, seed: np.uint64) -> Rows:
        """Find the rows whose label enough of the classifiers contradict."""
        keys = np.empty(left.shape[0], np.uint64)
        seeds = np.empty(self.n_partitions, np.uint64)
        with np.errstate(over="ignore"):
            _kernels.draw_bits(seed, self.n_iter_, ORDER, keys)
            _kernels.draw_bits(seed, self.n_iter_, SEEDS, seeds)
        # Dealt like cards, sorted by class and shuffled within.
        dealt = left[np.lexsort((keys, codes[left]))]
        contradictions = Parallel(n_jobs=self.n_jobs, prefer="threads")(
            delayed(_contradictions)(
                self._classifier(int(seeds[part] >> np.uint64(33))),
                X,
                codes,
                np.sort(dealt[part :: self.n_partitions]),
                left,
            )
            for part in range(self.n_partitions)
        )
        n_against = np.sum(contradictions, axis=0)
        if self.voting == "consensus":
            return left[n_against == self.n_partitions]
        return left[2 * n_against > self.n_partitions]

    def _removable(self, codes: Rows, left: Rows, noisy: Rows) -> Rows:
        """Leave out the classes of which too few rows would remain."""
        sizes = np.bincount(codes[left])
        rest = sizes - np.bincount(codes[noisy], minlength=sizes.shape[0])
        return noisy[rest[codes[noisy]] >= self.n_partitions]

    def _classifier(self, seed: int) -> Any:
        classifier = clone(self._given_classifier())
        set_seeds(classifier, seed)
        return classifier

    def _given_classifier(self) -> Any:
        if self.estimator is None:
            return DecisionTreeClassifier(min_samples_leaf=2)
        return self.estimator

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        estimator = (
            DecisionTreeClassifier() if self.estimator is None else self.estimator
        )
        inner = get_tags(estimator).input_tags
        tags.input_tags.allow_nan = inner.allow_nan
        tags.input_tags.sparse = inner.sparse
        return tags


def _contradictions(
    classifier: Any, X: Any, codes: Rows, part: Rows, judged: Rows
) -> NDArray[np.bool_]:
    """Fit on one part, and tell for which rows the prediction is not the label."""
    classifier.fit(X[part], codes[part])
    return classifier.predict(X[judged]) != codes[judged]
