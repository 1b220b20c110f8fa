# SPDX-License-Identifier: BSD-3-Clause
"""Boosted trees of rows where only shares, counts or means of bags are known."""

import warnings
from dataclasses import replace
from math import ceil
from numbers import Integral, Real
from typing import Any, ClassVar, NamedTuple

import numpy as np
from joblib import effective_n_jobs
from numpy.typing import ArrayLike, NDArray
from scipy import special
from sklearn.base import clone
from sklearn.exceptions import DataConversionWarning
from sklearn.utils import check_array, check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from skx._base.sklearn import HasMethods, Interval, StrOptions, fit_context, take_rows
from skx._caller import caller_level
from skx.proportions._bags import Bags
from skx.proportions._base import BagClassifier, BagEstimator, BagRegressor
from skx.proportions._columns import Columns, Design, is_frame
from skx.proportions._logistic import ProportionLogisticRegression
from skx.proportions._objectives import OBJECTIVES, probabilities
from skx.proportions._ridge import AggregateRidge
from skx.proportions._rounds import FIXED, Booster, Trial, open_table, try_rounds
from skx.proportions._solver import first_intercept
from skx.proportions._split import BagKFold
from skx.proportions._target import bag_target

Array = NDArray[np.float64]

# Penalty and tolerance of linear starts.
ALPHA = 1e-3
TOL = 1e-4
# Probabilities of other starts are kept this far from 0 and 1.
CLIP = 1e-6
# Counts say more than shares in bags of up to this many rows on average, and are
# counts if they are this near to whole numbers.
MOST_FOR_COUNTS = 32
WHOLE = 1e-6
# Fewer bags than this say nothing about trees when some are held out.
MIN_BAGS = 10
# Most folds of held-out bags that are tried.
MAX_FOLDS = 3
# Held-out bags see rounds of this many times the learning rate, while that is below
# COARSE_RATE: as good for a choice, and as many times as quick.
COARSENESS = 3.0
COARSE_RATE = 0.3


class Table(NamedTuple):
    """Rows, in the order of bags in a fit."""

    numbers: Array
    raw: Any = None  # as they came, where a start wants them

    def take(self, rows: NDArray[np.intp]) -> "Table":
        """Return some rows."""
        raw = None if self.raw is None else take_rows(self.raw, rows)
        return Table(self.numbers[rows], raw)


class Start(NamedTuple):
    """What trees are added to: a constant, or a model."""

    constant: Array  # (1,) or (n_classes,)
    model: Any = None
    design: Design | None = None  # what a linear model reads

    def scores(self, table: Table) -> Array:
        """Return scores of rows, (n_rows,) or (n_rows, n_classes)."""
        if self.model is None:
            n, k = len(table.numbers), len(self.constant)
            return (
                np.full(n, self.constant[0])
                if k == 1
                else np.tile(self.constant, (n, 1))
            )
        X = table.raw if self.design is None else self.design(table.numbers)
        if hasattr(self.model, "predict_proba"):
            if self.design is not None:
                return self.model.decision_function(X)
            p = np.clip(self.model.predict_proba(X), CLIP, 1.0 - CLIP)
            return special.logit(p[:, 1]) if p.shape[1] == 2 else np.log(p)
        return np.asarray(self.model.predict(X), dtype=np.float64)


class BagBoosting(BagEstimator):
    """Base of boosters: what they read, how they start, and for how long they grow."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "init": [StrOptions({"auto", "linear", "constant"}), HasMethods(["fit"])],
        "n_estimators": [Interval(Integral, 1, None, closed="left")],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "max_leaf_nodes": [Interval(Integral, 2, 32767, closed="both")],
        "min_samples_leaf": [Interval(Integral, 1, None, closed="left")],
        "l2_regularization": [Interval(Real, 0, None, closed="left")],
        "max_features": [Interval(Real, 0, 1, closed="right")],
        "categorical_features": ["array-like", StrOptions({"from_dtype"}), None],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 0.5, closed="right")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "n_jobs": [Integral, None],
        "verbose": ["verbose"],
        "random_state": ["random_state"],
    }

    def _fit(self, X: Any, y: Any, sample_weight: Any, bags: Any) -> Any:
        X = _check_table(X, self)
        validate_data(self, X, skip_check_array=True)
        self._columns = Columns(X, self.categorical_features)
        numbers = self._columns.numbers(X, self)
        read = self._read(y, sample_weight, bags, len(numbers))
        self._seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        wants_raw = not isinstance(self.init, str)
        raw = take_rows(X, read.order) if wants_raw else None
        table = Table(numbers[read.order], raw)
        self._loss = self._choose_loss(read)
        make = OBJECTIVES[self._loss]
        binned = open_table(table.numbers, self._columns.is_categorical, self._params())
        kinds = ["linear", "constant"] if self.init == "auto" else [self.init]
        chosen, n_rounds = kinds[0], self.n_estimators
        self.validation_scores_: dict[str, Array] = {}
        if self.early_stopping or len(kinds) > 1:
            trials = self._try(kinds, table, binned, read, make)
            if trials:
                name = _choose(trials)
                chosen = kinds[list(trials).index(name)]
                if self.early_stopping:
                    n_rounds = round(trials[name].n_rounds * self._coarseness)
                    n_rounds = min(n_rounds, self.n_estimators)
                self.validation_scores_ = {
                    name: -trial.curve for name, trial in trials.items()
                }
                self._tell(f"init={name!r}, {n_rounds} rounds on all bags")
            elif self.early_stopping:
                n_rounds = 0
        self._start = self._begin(chosen, table, read)
        self.init_ = self._start.model
        booster = Booster(binned, self._start.scores(table), make(read), self._params())
        self.n_iter_ = 0
        while self.n_iter_ < n_rounds and booster.grow():
            self.n_iter_ += 1
        self.booster_ = booster.model.free_dataset()
        gains = booster.model.feature_importance("gain") if self.n_iter_ else 0.0
        self.feature_importances_ = np.zeros(numbers.shape[1]) + gains
        if self.feature_importances_.any():
            self.feature_importances_ /= self.feature_importances_.sum()
        self.n_bags_ = read.n_bags
        return self

    def _read(self, y: Any, sample_weight: Any, bags: Any, n_rows: int) -> Bags:
        """Read bags, with shares in the form that objectives take."""
        raise NotImplementedError

    def _choose_loss(self, bags: Bags) -> str:
        """Return the key of the objective."""
        raise NotImplementedError

    def _level(self, bags: Bags) -> Array:
        """Return the best constant score."""
        raise NotImplementedError

    def _linear(self) -> Any:
        """Return the model of a linear start."""
        raise NotImplementedError

    def _target(self, bags: Bags) -> Any:
        """Return what ``bag_target`` makes of bags whose rows are in their order."""
        raise NotImplementedError

    def _params(self) -> dict[str, Any]:
        columns = self.n_features_in_
        return {
            **FIXED,
            "learning_rate": self.learning_rate,
            "num_leaves": self.max_leaf_nodes,
            # A leaf has one row at least; LightGBM would take a light one for none.
            "min_data_in_leaf": self.min_samples_leaf * (self.min_samples_leaf > 1),
            "lambda_l2": self.l2_regularization,
            "feature_fraction": min(1.0, max(self.max_features, 2 / columns)),
            "feature_fraction_seed": self._seed,
            "num_threads": effective_n_jobs(self.n_jobs),
        }

    @property
    def _coarseness(self) -> float:
        """Rounds of the fit that one round with held-out bags stands for."""
        return max(1.0, min(COARSENESS, COARSE_RATE / self.learning_rate))

    def _begin(self, kind: Any, table: Table, bags: Bags) -> Start:
        """Fit what trees are added to."""
        level = self._level(bags)
        if kind == "constant":
            return Start(level)
        weights = None if (bags.weights == 1.0).all() else bags.weights
        if kind == "linear":
            design = Design(table.numbers, bags.weights, self._columns.is_categorical)
            model, X = self._linear(), design(table.numbers)
        else:
            design, model, X = None, clone(kind), table.raw
        target = self._target(bags)
        if weights is None:
            return Start(level, model.fit(X, target), design)
        return Start(level, model.fit(X, target, sample_weight=weights), design)

    def _try(
        self, kinds: list[Any], table: Table, binned: Any, bags: Bags, make: Any
    ) -> dict[str, Trial]:
        """Return what held-out bags say of each start, by its name."""
        folds = self._folds(bags)
        if not folds:
            warnings.warn(
                f"{bags.n_bags} bags are too few to hold some out: no trees are grown "
                "and the start remains. Set early_stopping=False and an init to grow "
                "trees all the same.",
                UserWarning,
                stacklevel=caller_level(),
            )
            return {}
        coarseness = self._coarseness
        params = self._params() | {
            "num_threads": 1,
            "learning_rate": coarseness * self.learning_rate,
        }
        parts = []
        for held_out in folds:
            apart = np.zeros(bags.n_bags, dtype=bool)
            apart[held_out] = True
            out = apart[bags.codes]
            sides = [np.flatnonzero(~out), np.flatnonzero(out)]
            parts.append(
                [
                    (bags.take(np.flatnonzero(~apart)), sides[0]),
                    (bags.take(held_out), sides[1]),
                ]
            )
        patience = None
        if self.early_stopping:
            patience = ceil(self.n_iter_no_change / coarseness)
        starts: dict[str, list[Booster]] = {}
        for kind in kinds:
            name = kind if isinstance(kind, str) else type(kind).__name__
            starts[name] = []
            for (known, rows), (hidden, others) in parts:
                inside, outside = table.take(rows), table.take(others)
                with warnings.catch_warnings():
                    # The fit to all bags will warn.
                    warnings.simplefilter("ignore")
                    start = self._begin(kind, inside, known)
                booster = Booster(
                    binned.subset(rows).construct(),
                    start.scores(inside),
                    make(known),
                    params,
                )
                booster.hold_out(
                    binned.subset(others).construct(),
                    start.scores(outside),
                    make(hidden),
                )
                starts[name].append(booster)
        return try_rounds(
            starts,
            folds,
            bags.totals,
            n_rounds=ceil(self.n_estimators / coarseness),
            patience=patience,
            n_jobs=self.n_jobs,
            report=self._report,
        )

    def _folds(self, bags: Bags) -> list[NDArray[np.intp]]:
        """Return positions of bags to hold out, those of each fold sorted."""
        if bags.n_bags < MIN_BAGS:
            return []
        n_folds = round(1.0 / self.validation_fraction)
        split = BagKFold(
            min(n_folds, bags.n_bags), shuffle=True, random_state=self.random_state
        )
        codes = bags.codes
        folds = [
            np.unique(codes[test])
            for _, test in split.split(codes, bags.values[codes], groups=codes)
        ][:MAX_FOLDS]
        return [fold for fold in folds if self._is_trainable(bags, fold)]

    def _is_trainable(self, bags: Bags, held_out: NDArray[np.intp]) -> bool:
        """Whether the other bags tell of two classes at least."""
        return True

    def _report(self, name: str, n: int, loss: float) -> None:
        if n % 10 == 0:
            self._tell(f"init={name!r}, round {n}: loss of held-out bags {loss:.6g}")

    def _tell(self, text: str) -> None:
        if self.verbose:
            print(f"[{type(self).__name__}] {text}")

    def _scores(self, X: Any) -> Array:
        """Return scores of new rows."""
        check_is_fitted(self)
        X = _check_table(X, self)
        validate_data(self, X, reset=False, skip_check_array=True)
        table = Table(self._columns.numbers(X, self), X)
        scores = self._start.scores(table)
        if self.n_iter_:
            scores = scores + self.booster_.predict(
                table.numbers,
                raw_score=True,
                num_threads=effective_n_jobs(self.n_jobs),
            )
        return scores

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


class ProportionBoostingClassifier(BagClassifier, BagBoosting):
    """Boosted trees of rows where only shares of bags are known, by LightGBM.

    For curved boundaries, interactions, categories and missing values, when there are
    hundreds of bags or more. Trees start from a linear model unless held-out bags say
    that it does harm, so with fewer or larger bags hardly more is lost than time;
    `ProportionLogisticRegression` alone takes a tenth of it. Not for sparse columns.

    Parameters
    ----------
    loss : {"auto", "bag", "count"}, default="auto"
        What to minimise. "bag": cross-entropy of the mean probability in each bag.
        "count": minus the log-likelihood of the number of rows of the second class, for
        two classes and whole counts; better for bags of some 30 rows and less. "auto":
        "count" where bags have 32 rows or less on average, if it can be, else "bag".
    init : {"auto", "linear", "constant"} or estimator, default="auto"
        What trees are added to. "linear": a `ProportionLogisticRegression` of
        standardised columns and indicators of categories. "constant": the overall
        share, which needs many bags. "auto": the linear one, unless held-out bags
        clearly favour the constant. An estimator is fitted to X as it is and the result
        of `bag_target`, and must have ``predict_proba``.
    n_estimators : int >= 1, default=400
        Most rounds; of several classes each round has one tree for each.
    learning_rate : float > 0, default=0.1
        Factor of what a tree adds. Smaller values need more rounds and fit smoother.
    max_leaf_nodes : int in [2, 32767], default=31
        Most leaves of a tree. Fewer suit few bags.
    min_samples_leaf : int >= 1, default=100
        Least number of rows in a leaf, which LightGBM estimates from second
        derivatives. A row of a bag tells less than one with a label, so this is more
        than for trees on labels; lower it for bags of a few rows.
    l2_regularization : float >= 0, default=0.0
        Added to the sum of second derivatives that a leaf divides by: draws leaves to
        0, those with few rows most.
    max_features : float in (0, 1], default=0.5
        Share of the columns that are drawn for each tree, two columns at least. Trees
        that see different columns make up for one another's chance findings, of which
        shares of bags have more than labels. 1 gives all columns to all trees.
    categorical_features : "from_dtype", array-like or None, default="from_dtype"
        Columns of categories: those of a categorical type in a frame, or a mask, names
        or positions. None has no such columns.
    early_stopping : bool, default=True
        Whether held-out bags find the number of rounds. No label of a row is used.
    validation_fraction : float in (0, 0.5], default=0.2
        Share of the bags that is held out at a time. Others follow in turn, three times
        in all, and the mean over all of them decides.
    n_iter_no_change : int >= 1, default=30
        Rounds without a better loss of held-out bags after which these trials end.
    n_jobs : int or None, default=None
        Threads over the parts of held-out bags, and of LightGBM in the final fit and in
        predictions; None means 1, -1 all. Results do not depend on it. Use no more than
        there are idle cores: threads of LightGBM wait for each other busily.
    verbose : int, default=0
        1 prints the loss of held-out bags every tenth round, and what was chosen.
    random_state : int, RandomState instance or None, default=None
        Seed of which bags are held out together, and of the columns of each tree.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Classes: 0, 1, ... unless ``y`` names them.
    booster_ : lightgbm.Booster
        The trees. Its predictions lack the scores that it starts from.
    init_ : estimator or None
        What gives these: a fitted model, or None for a constant. A linear one reads
        standardised columns and indicators of categories.
    n_iter_ : int
        Rounds.
    validation_scores_ : dict of ndarray
        For each ``init`` that was tried, minus the mean loss of held-out bags before
        the first round and after every third, with a learning rate of up to 0.3 in
        those trials; empty where nothing was held out.
    feature_importances_ : ndarray of shape (n_features,), float64
        Part of each column in the gains of all splits, 1 in sum, or 0 without trees.
        What a linear start uses is not in it.
    n_bags_ : int
        Number of bags with a row of positive weight.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, where X has them.

    See Also
    --------
    ProportionLogisticRegression : The linear model.
    AggregateBoostingRegressor : Trees from means of a numeric target.
    bag_target : A ``y`` that carries its bags.

    Notes
    -----
    Derivatives. The loss of a bag ties its rows together: if a leaf holds all of them,
    the effect of a step is as many times that of one row. Each row gets the sum over
    its row of the expected Hessian of its bag, a diagonal matrix that is nowhere below
    this Hessian, so that no step is too long. With second derivatives of single rows,
    training diverges for bags of 30 rows and more.

    Loss. For "auto", counts cannot be used with three classes, shares that are no whole
    counts, or weights other than 0 and 1.

    Held-out bags. Three times a fifth of the bags is held out and trees are grown on
    the others, with up to three times the learning rate. The round with the least mean
    loss of all held-out bags, times three, is the number of rounds of the fit, on all
    bags. With "auto" both starts are tried on the same bags, and the constant is taken
    if it is better by more than a standard error, from differences bag by bag: with a
    few hundred bags a smaller difference is mostly noise, and the constant start is by
    far the worse one where it is wrong. Fewer than ten bags say nothing; they end in a
    warning and a model without trees.

    Missing values go to the better side of a split; unknown categories are missing
    values. A linear start takes means for missing numbers and has an indicator of them.

    Trees see rows of whole bags only: there is no subsampling of rows, which would
    change the means of bags. Cost: rounds times n d for n rows and d columns, and about
    as much again for each start that is tried.

    References
    ----------
    E. M. Ardehaly, A. Culotta (2017), Co-training for Demographic Classification Using
    Deep Learning from Label Proportions, ICDM Workshops.

    G. Ke, Q. Meng, T. Finley, T. Wang, W. Chen, W. Ma, Q. Ye, T.-Y. Liu (2017),
    LightGBM: A Highly Efficient Gradient Boosting Decision Tree, NeurIPS.

    Examples
    --------
    >>> from sklearn.datasets import make_moons
    >>> from skx.proportions import ProportionBoostingClassifier, bag_target, make_bags
    >>> X, labels = make_moons(3000, noise=0.2, random_state=0)
    >>> bags = make_bags(X, bag_size=5, random_state=0)
    >>> y = bag_target(bags, y=labels)  # 600 shares are all that the fit knows
    >>> model = ProportionBoostingClassifier(random_state=0).fit(X, y)
    >>> model.score(X, labels) > 0.9
    True
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "loss": [StrOptions({"auto", "bag", "count"})],
        **BagBoosting._parameter_constraints,
    }

    def __init__(
        self,
        *,
        loss: str = "auto",
        init: Any = "auto",
        n_estimators: int = 400,
        learning_rate: float = 0.1,
        max_leaf_nodes: int = 31,
        min_samples_leaf: int = 100,
        l2_regularization: float = 0.0,
        max_features: float = 0.5,
        categorical_features: Any = "from_dtype",
        early_stopping: bool = True,
        validation_fraction: float = 0.2,
        n_iter_no_change: int = 30,
        n_jobs: int | None = None,
        verbose: int = 0,
        random_state: Any = None,
    ) -> None:
        self.loss = loss
        self.init = init
        self.n_estimators = n_estimators
        self.learning_rate = learning_rate
        self.max_leaf_nodes = max_leaf_nodes
        self.min_samples_leaf = min_samples_leaf
        self.l2_regularization = l2_regularization
        self.max_features = max_features
        self.categorical_features = categorical_features
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.random_state = random_state

    @fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        bags: ArrayLike | None = None,
    ) -> "ProportionBoostingClassifier":
        """Fit to the shares of bags.

        Parameters
        ----------
        X : array-like or frame of shape (n_samples, n_features)
            Rows; NaN is a missing value.
        y : array-like of shape (n_samples,) or (n_samples, n_classes)
            The result of `bag_target`; or the share of the second class in the bag of
            each row, or those of all classes, constant within ``bags``.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Weights of rows in the mean of their bag, and by their sum of bags in the
            loss.
        bags : array-like of shape (n_samples,) or None, default=None
            Bag of each row, unless ``y`` carries them.

        Returns
        -------
        self : ProportionBoostingClassifier
            The fitted model.
        """
        return self._fit(X, y, sample_weight, bags)

    def decision_function(self, X: ArrayLike) -> Array:
        """Return scores of rows: log-odds of the second class, or logits of all.

        Parameters
        ----------
        X : array-like or frame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes), float64
            One column per class where there are more than two.
        """
        return self._scores(X)

    def predict_proba(self, X: ArrayLike) -> Array:
        """Return the probability of each class for each row.

        Parameters
        ----------
        X : array-like or frame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        proba : ndarray of shape (n_samples, n_classes), float64
            In the order of ``classes_``; rows sum to 1.
        """
        scores = self._scores(X)
        if scores.ndim == 1:
            return np.column_stack([special.expit(-scores), special.expit(scores)])
        return probabilities(scores)

    def _read(self, y: Any, sample_weight: Any, bags: Any, n_rows: int) -> Bags:
        read = self._read_classes(self._read_bags(y, sample_weight, bags, n_rows))
        if self.loss == "count" and read.values.ndim > 1:
            raise ValueError(
                f"loss='count' is for two classes, but y has the shares of "
                f"{read.values.shape[1]}; use loss='bag'."
            )
        return read

    def _choose_loss(self, bags: Bags) -> str:
        if self.loss != "auto":
            return self.loss
        small = bags.n_rows <= MOST_FOR_COUNTS * bags.n_bags
        if bags.values.ndim > 1 or not small or (bags.weights != 1.0).any():
            return "bag"
        counts = bags.values * bags.sizes
        return "count" if np.abs(counts - np.rint(counts)).max() < WHOLE else "bag"

    def _level(self, bags: Bags) -> Array:
        return first_intercept(bags.prior)

    def _linear(self) -> ProportionLogisticRegression:
        return ProportionLogisticRegression(alpha=ALPHA, loss=self._loss, tol=TOL)

    def _target(self, bags: Bags) -> Any:
        return bag_target(
            bags.codes, proportions=bags.values[bags.codes], classes=self.classes_
        )

    def _is_trainable(self, bags: Bags, held_out: NDArray[np.intp]) -> bool:
        shares = np.delete(bags.values, held_out, axis=0)
        if shares.ndim == 1:
            return bool(shares.max() > 0.0 and shares.min() < 1.0)
        return int((shares.max(axis=0) > 0.0).sum()) > 1


class AggregateBoostingRegressor(BagRegressor, BagBoosting):
    """Boosted trees of rows where only means of bags are known, by LightGBM.

    For numeric targets that come as averages (mean income by district, mean rating by
    seller) when their dependence on the columns is curved and there are hundreds of
    bags or more. With fewer, `AggregateRidge` does as well and is quicker. Not for
    shares of classes, nor for sparse columns.

    Parameters
    ----------
    init : {"auto", "linear", "constant"} or estimator, default="auto"
        What trees are added to. "linear": an `AggregateRidge` of standardised columns
        and indicators of categories. "constant": the overall mean. "auto": the linear
        one, unless held-out bags clearly favour the constant. An estimator is fitted to
        X as it is and the result of `bag_target`.
    n_estimators : int >= 1, default=400
        Most rounds; of several classes each round has one tree for each.
    learning_rate : float > 0, default=0.1
        Factor of what a tree adds. Smaller values need more rounds and fit smoother.
    max_leaf_nodes : int in [2, 32767], default=31
        Most leaves of a tree. Fewer suit few bags.
    min_samples_leaf : int >= 1, default=100
        Least number of rows in a leaf, which LightGBM estimates from second
        derivatives. A row of a bag tells less than one with a label, so this is more
        than for trees on labels; lower it for bags of a few rows.
    l2_regularization : float >= 0, default=0.0
        Added to the sum of second derivatives that a leaf divides by: draws leaves to
        0, those with few rows most.
    max_features : float in (0, 1], default=1.0
        Share of the columns that are drawn for each tree, two columns at least.
    categorical_features : "from_dtype", array-like or None, default="from_dtype"
        Columns of categories: those of a categorical type in a frame, or a mask, names
        or positions. None has no such columns.
    early_stopping : bool, default=True
        Whether held-out bags find the number of rounds. No label of a row is used.
    validation_fraction : float in (0, 0.5], default=0.2
        Share of the bags that is held out at a time. Others follow in turn, three times
        in all, and the mean over all of them decides.
    n_iter_no_change : int >= 1, default=30
        Rounds without a better loss of held-out bags after which these trials end.
    n_jobs : int or None, default=None
        Threads over the parts of held-out bags, and of LightGBM in the final fit and in
        predictions; None means 1, -1 all. Results do not depend on it. Use no more than
        there are idle cores: threads of LightGBM wait for each other busily.
    verbose : int, default=0
        1 prints the loss of held-out bags every tenth round, and what was chosen.
    random_state : int, RandomState instance or None, default=None
        Seed of which bags are held out together, and of the columns of each tree.

    Attributes
    ----------
    booster_ : lightgbm.Booster
        The trees. Its predictions lack the scores that it starts from.
    init_ : estimator or None
        What gives these: a fitted model, or None for a constant. A linear one reads
        standardised columns and indicators of categories.
    n_iter_ : int
        Rounds.
    validation_scores_ : dict of ndarray
        For each ``init`` that was tried, minus the mean loss of held-out bags before
        the first round and after every third, with a learning rate of up to 0.3 in
        those trials; empty where nothing was held out.
    feature_importances_ : ndarray of shape (n_features,), float64
        Part of each column in the gains of all splits, 1 in sum, or 0 without trees.
        What a linear start uses is not in it.
    n_bags_ : int
        Number of bags with a row of positive weight.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, where X has them.

    See Also
    --------
    AggregateRidge : The linear model.
    ProportionBoostingClassifier : Trees from shares of classes.
    bag_target : A ``y`` that carries its bags.

    Notes
    -----
    The loss is the squared error of the mean prediction in each bag, times its weight.

    Derivatives. The loss of a bag ties its rows together: if a leaf holds all of them,
    the effect of a step is as many times that of one row. Each row gets the sum over
    its row of the expected Hessian of its bag, a diagonal matrix that is nowhere below
    this Hessian, so that no step is too long. With second derivatives of single rows,
    training diverges for bags of 30 rows and more.

    Held-out bags. Three times a fifth of the bags is held out and trees are grown on
    the others, with up to three times the learning rate. The round with the least mean
    loss of all held-out bags, times three, is the number of rounds of the fit, on all
    bags. With "auto" both starts are tried on the same bags, and the constant is taken
    if it is better by more than a standard error, from differences bag by bag: with a
    few hundred bags a smaller difference is mostly noise, and the constant start is by
    far the worse one where it is wrong. Fewer than ten bags say nothing; they end in a
    warning and a model without trees.

    Missing values go to the better side of a split; unknown categories are missing
    values. A linear start takes means for missing numbers and has an indicator of them.

    Trees see rows of whole bags only: there is no subsampling of rows, which would
    change the means of bags. Cost: rounds times n d for n rows and d columns, and about
    as much again for each start that is tried.

    References
    ----------
    A. Javanmard, L. Chen, V. Mirrokni, A. Badanidiyuru, G. Fu (2024), Learning from
    Aggregate Responses: Instance Level versus Bag Level Loss Functions, ICLR.

    G. Ke, Q. Meng, T. Finley, T. Wang, W. Chen, W. Ma, Q. Ye, T.-Y. Liu (2017),
    LightGBM: A Highly Efficient Gradient Boosting Decision Tree, NeurIPS.

    Examples
    --------
    >>> import numpy as np
    >>> from skx.proportions import AggregateBoostingRegressor, bag_target, make_bags
    >>> X = np.random.default_rng(0).uniform(-1, 1, size=(3000, 2))
    >>> truth = X[:, 0] * X[:, 1]
    >>> y = bag_target(make_bags(X, bag_size=5, random_state=0), y=truth)
    >>> model = AggregateBoostingRegressor(random_state=0).fit(X, y)
    >>> model.score(X, truth) > 0.9
    True
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **BagBoosting._parameter_constraints,
    }

    def __init__(
        self,
        *,
        init: Any = "auto",
        n_estimators: int = 400,
        learning_rate: float = 0.1,
        max_leaf_nodes: int = 31,
        min_samples_leaf: int = 100,
        l2_regularization: float = 0.0,
        max_features: float = 1.0,
        categorical_features: Any = "from_dtype",
        early_stopping: bool = True,
        validation_fraction: float = 0.2,
        n_iter_no_change: int = 30,
        n_jobs: int | None = None,
        verbose: int = 0,
        random_state: Any = None,
    ) -> None:
        self.init = init
        self.n_estimators = n_estimators
        self.learning_rate = learning_rate
        self.max_leaf_nodes = max_leaf_nodes
        self.min_samples_leaf = min_samples_leaf
        self.l2_regularization = l2_regularization
        self.max_features = max_features
        self.categorical_features = categorical_features
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.random_state = random_state

    @fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        bags: ArrayLike | None = None,
    ) -> "AggregateBoostingRegressor":
        """Fit to the means of bags.

        Parameters
        ----------
        X : array-like or frame of shape (n_samples, n_features)
            Rows; NaN is a missing value.
        y : array-like of shape (n_samples,)
            The result of `bag_target`; or the mean of the bag of each row, constant
            within ``bags``.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Weights of rows in the mean of their bag, and by their sum of bags in the
            loss.
        bags : array-like of shape (n_samples,) or None, default=None
            Bag of each row, unless ``y`` carries them.

        Returns
        -------
        self : AggregateBoostingRegressor
            The fitted model.
        """
        return self._fit(X, y, sample_weight, bags)

    def predict(self, X: ArrayLike) -> Array:
        """Return the expected targets of rows.

        Parameters
        ----------
        X : array-like or frame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        y : ndarray of shape (n_samples,), float64
            Predictions.
        """
        return self._scores(X)

    def _read(self, y: Any, sample_weight: Any, bags: Any, n_rows: int) -> Bags:
        read = self._read_bags(y, sample_weight, bags, n_rows)
        if read.values.ndim > 1 and read.values.shape[1] == 1:
            warnings.warn(
                "A column-vector y was passed when a 1d array was expected; give y the "
                "shape (n_samples,), for example by ravel().",
                DataConversionWarning,
                stacklevel=caller_level(),
            )
            read = replace(read, values=read.values[:, 0])
        if read.values.ndim > 1:
            raise ValueError(
                f"y holds means of {read.values.shape[1]} targets; fit one model for "
                "each, or use AggregateRidge."
            )
        return read

    def _choose_loss(self, bags: Bags) -> str:
        return "mean"

    def _level(self, bags: Bags) -> Array:
        return np.atleast_1d(bags.prior)

    def _linear(self) -> AggregateRidge:
        return AggregateRidge(alpha=ALPHA)

    def _target(self, bags: Bags) -> Any:
        return bag_target(bags.codes, means=bags.values[bags.codes])


def _check_table(X: Any, owner: Any) -> Any:
    """Return a frame as it is, and anything else as an array of any type."""
    if is_frame(X):
        return X
    return check_array(
        X, dtype=None, ensure_all_finite=False, estimator=owner, input_name="X"
    )


def _choose(trials: dict[str, Trial]) -> str:
    """Return the name of a start: the first, unless another is clearly better.

    That is by more than the standard error of the difference, bag by bag.
    """
    chosen, *others = trials
    for name in others:
        gains = trials[chosen].losses - trials[name].losses
        weights = trials[name].weights
        gain = float(weights @ gains)
        if gain > np.sqrt((weights**2) @ (gains - gain) ** 2):
            chosen = name
    return chosen
