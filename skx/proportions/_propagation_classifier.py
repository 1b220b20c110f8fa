# SPDX-License-Identifier: BSD-3-Clause
"""A classifier of rows, trained on labels that belief propagation infers."""

import warnings
from collections.abc import Callable
from dataclasses import replace
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.special import expit
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import check_random_state
from sklearn.utils.validation import (
    check_is_fitted,
    has_fit_parameter,
    validate_data,
)

from skx._backend import is_device_array, to_host
from skx._base.sklearn import HasMethods, Interval, StrOptions, fit_context
from skx._caller import caller_level
from skx.proportions._bags import Bags
from skx.proportions._base import BagClassifier
from skx.proportions._boosting import ProportionBoostingClassifier
from skx.proportions._device import at_host, put, read_rows, take_order
from skx.proportions._logistic import ProportionLogisticRegression
from skx.proportions._propagation import neighbor_affinity, propagate_labels
from skx.proportions._propagation._propagate import best_rows
from skx.proportions._scoring import LOSSES, fit_shape
from skx.proportions._soft_labels import fit_soft, predict_all
from skx.proportions._split import BagKFold

SMOOTHNESSES = (0.0, 0.1, 0.3, 1.0)
# What nothing speaks against: about the most at which messages settle.
USUAL = 0.3
# With fewer bags nothing is chosen; with many, a fifth of them is enough to choose by.
MIN_BAGS = 10
MANY_BAGS = 500
FEW_FOLDS, MANY_FOLDS = 3, 5
# What a prior says is kept this far from certain.
LEAST = 1e-6
# Columns whose deviations differ by more than this drown each other in distances.
MAX_RATIO = 1e3
HIDDEN: dict[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
    "identity": lambda z: z,
    "logistic": expit,
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0),
}

Array = NDArray[np.float64]


class ProportionPropagationClassifier(BagClassifier):
    """Classifier of rows, trained on labels inferred from counts and neighbours.

    A bag-level logistic regression says what it thinks of every row, belief propagation
    makes that agree with the counts of bags and with near rows, and any classifier is
    trained on the result. Use it where near rows tend to share their class and bags are
    small, or few and large. Where neighbours tell nothing, ``smoothness="auto"`` finds
    out and leaves them aside.

    Parameters
    ----------
    estimator : classifier or None, default=None
        What is trained on the inferred labels: any classifier with ``predict_proba``
        and, for soft labels, ``sample_weight``. None takes gradient boosting by
        LightGBM.
    n_neighbors : int >= 1, default=5
        Neighbours of each row in the graph.
    metric : {"cosine", "euclidean"}, default="cosine"
        By what rows are near. Columns count as they are: scale them before.
    kernel : {"laplacian", "rbf", "constant"}, default="laplacian"
        How affinity falls with distance, see `neighbor_affinity`.
    length_scale : float > 0 or "median", default="median"
        Distance at which it falls.
    smoothness : float >= 0 or "auto", default="auto"
        What an edge charges for two classes that differ, see `propagate_labels`. "auto"
        takes 0.3, unless with 0, 0.1 or 1 the log loss on held-out bags is lower by
        more than its standard error; it trains 4 times as often with 500 bags and
        more, 12 times with fewer, and with fewer than ten it does not try.
    prior : "model", "auto", classifier of bags or None, default="model"
        What speaks first of every row. "model": a `ProportionLogisticRegression` on
        standardised columns, which is fast. "auto": a `ProportionBoostingClassifier`
        instead, where its log loss on held-out bags is lower by more than its standard
        error; with fewer than ten bags or noisy counts it is not tried. Or any
        classifier whose ``fit`` takes ``bags``. None knows counts and neighbours alone,
        which is little in large bags.
    bag_factor : {"count", "pairwise"}, default="count"
        See `propagate_labels`; "pairwise" is as published.
    count_strength : float > 0, default=inf
        Weight of the squared error of a count; infinite where counts are exact.
    count_noise : tuple ("gaussian", sd) or ("laplace", scale), or None, default=None
        Law of the error of counts, in rows; shares may then lie outside [0, 1].
    algorithm : {"sum", "max"}, default="sum"
        Probabilities of labels, or the most probable labelling.
    soft_labels : bool, default=True
        Whether to train on probabilities. Without, the most probable rows of each bag
        count as its second class, as many as the count says.
    embedding : transformer, callable or "auto", default="auto"
        Columns in which later rounds look for neighbours. "auto" takes the last hidden
        layer of an `MLPClassifier`, also at the end of a pipeline; of others the
        standardised columns and the log-odds they predict.
    n_rounds : int >= 1, default=1
        Rounds of graph, propagation and training; published is 2.
    max_iter : int >= 1, default=100
        Most sweeps of propagation.
    damping : float in [0, 1), default=0.5
        Share of old messages in new ones.
    tol : float >= 0, default=1e-4
        Largest change of a message to stop at.
    random_state : int, RandomState instance or None, default=None
        Seed of the bags that are held out and of the estimator, where it has none.
    n_jobs : int or None, default=None
        Threads of the search for neighbours and of the default estimator.
    verbose : int, default=0
        1 prints what is done and chosen, 2 also tells of sweeps.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Classes: 0, 1, ... unless ``y`` names them.
    estimator_ : classifier
        The classifier of the last round. Its classes are positions in ``classes_``.
    estimators_ : list of classifiers
        Those of all rounds.
    label_probabilities_ : ndarray of shape (n_samples, n_classes), float64
        Inferred classes of the rows of fit. A row of weight 0 has what ``estimator_``
        predicts.
    affinity_ : csr_array of shape (n_rows, n_rows)
        Graph of the last round, between rows of positive weight in the order of bags.
    prior_ : classifier or None
        The fitted bag-level model.
    prior_scores_ : dict of str to float
        Mean log loss on held-out bags of "model" and "boosting"; empty where nothing
        was tried.
    smoothness_ : float
        The smoothness that was used.
    smoothness_scores_ : dict of float to float
        Mean log loss on held-out bags by smoothness; empty where nothing was tried.
    n_iter_ : int
        Sweeps of the last propagation.
    residuals_ : ndarray of shape (n_iter_,)
        Largest change of a message in each of them.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, where X has them.

    See Also
    --------
    propagate_labels : The inference alone.
    ProportionLogisticRegression : The first model to try.

    Notes
    -----
    No label of a row is ever used, in contrast to the published experiments, which stop
    training early by labels of rows.

    "auto" goes by probabilities, not by ranks: smoothing can lower the log loss, of
    single rows too, and still cost a little of the area under the ROC curve. Where
    ranks are all that counts, 0.3 is a good fixed value. Distances, and so the graph,
    depend on the scale of columns: put a StandardScaler before, if they are no
    measures of one kind.

    Of CuPy arrays neighbours are found and labels propagated on the device, labels of
    three classes or more on the host; priors and estimators learn on the host, to
    which X is copied with a warning.

    Rows of different positive weights in one bag are refused, since a count has no
    fractions of rows; bags may have different weights, which training uses.

    References
    ----------
    S. Havaldar, N. Sharma, S. Sareen, K. Shanmugam, A. Raghuveer (2024). Learning from
    Label Proportions: Bootstrapping Supervised Learners via Belief Propagation.
    International Conference on Learning Representations.

    Examples
    --------
    >>> from sklearn.datasets import make_moons
    >>> from skx.proportions import ProportionPropagationClassifier, bag_target
    >>> from skx.proportions import make_bags
    >>> X, labels = make_moons(1000, noise=0.1, random_state=0)
    >>> y = bag_target(make_bags(X, bag_size=5, random_state=0), y=labels)
    >>> model = ProportionPropagationClassifier(metric="euclidean", smoothness=1.0)
    >>> model.fit(X, y).score(X, labels) > 0.95
    True
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "estimator": [HasMethods(["fit", "predict_proba"]), None],
        "n_neighbors": [Interval(Integral, 1, None, closed="left")],
        "metric": [StrOptions({"cosine", "euclidean"})],
        "kernel": [StrOptions({"laplacian", "rbf", "constant"})],
        "length_scale": [
            Interval(Real, 0, None, closed="neither"),
            StrOptions({"median"}),
        ],
        "smoothness": [Interval(Real, 0, None, closed="left"), StrOptions({"auto"})],
        "prior": [
            StrOptions({"model", "auto"}),
            HasMethods(["fit", "predict_proba"]),
            None,
        ],
        "bag_factor": [StrOptions({"count", "pairwise"})],
        "count_strength": [Interval(Real, 0, None, closed="right")],
        "count_noise": [tuple, list, None],
        "algorithm": [StrOptions({"sum", "max"})],
        "soft_labels": ["boolean"],
        "embedding": [StrOptions({"auto"}), HasMethods("fit_transform"), callable],
        "n_rounds": [Interval(Integral, 1, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "damping": [Interval(Real, 0, 1, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
        "random_state": ["random_state"],
        "n_jobs": [Integral, None],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        estimator: Any = None,
        *,
        n_neighbors: int = 5,
        metric: str = "cosine",
        kernel: str = "laplacian",
        length_scale: float | str = "median",
        smoothness: float | str = "auto",
        prior: Any = "model",
        bag_factor: str = "count",
        count_strength: float = np.inf,
        count_noise: tuple[str, float] | None = None,
        algorithm: str = "sum",
        soft_labels: bool = True,
        embedding: Any = "auto",
        n_rounds: int = 1,
        max_iter: int = 100,
        damping: float = 0.5,
        tol: float = 1e-4,
        random_state: Any = None,
        n_jobs: int | None = None,
        verbose: int = 0,
    ) -> None:
        self.estimator = estimator
        self.n_neighbors = n_neighbors
        self.metric = metric
        self.kernel = kernel
        self.length_scale = length_scale
        self.smoothness = smoothness
        self.prior = prior
        self.bag_factor = bag_factor
        self.count_strength = count_strength
        self.count_noise = count_noise
        self.algorithm = algorithm
        self.soft_labels = soft_labels
        self.embedding = embedding
        self.n_rounds = n_rounds
        self.max_iter = max_iter
        self.damping = damping
        self.tol = tol
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose

    def _runs_on_device(self, method: str) -> bool:
        return method == "fit"

    @fit_context(prefer_skip_nested_validation=False)
    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        bags: ArrayLike | None = None,
    ) -> "ProportionPropagationClassifier":
        """Infer the labels of rows and train the estimator on them.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,) or (n_samples, n_classes)
            The result of `bag_target`; or the share of the second class in the bag of
            each row, or shares of all classes, constant within ``bags``.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Weights of rows, the same for all rows of a bag, or 0 to leave a row out.
        bags : array-like of shape (n_samples,) or None, default=None
            Bag of each row, unless ``y`` carries them.

        Returns
        -------
        self : ProportionPropagationClassifier
            The fitted model.
        """
        there = None
        if is_device_array(X):
            there = read_rows(X)
            X = to_host(X, f"The estimator that {type(self).__name__} trains")
        table = validate_data(self, X, dtype=np.float64, ensure_min_samples=2)
        read = self._read_classes(
            self._read_bags(y, sample_weight, bags, table.shape[0])
        )
        several = read.values.ndim > 1
        if several and not self.soft_labels:
            raise ValueError(
                f"soft_labels=False is for two classes, and y has {len(self.classes_)};"
                " leave it at True."
            )
        _warn_of_scales(table)
        self._seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        rows = table[read.order]
        here = replace(read, order=np.arange(read.n_rows))
        counts = _counts_of(here, noisy=self._is_noisy)
        near: Any = rows
        if there is not None:
            near = take_order(there, read.order)
        self.estimators_: list[Any] = []
        self._tell(f"graph of {read.n_rows} rows")
        graph = self._graph(near)
        chooses = isinstance(self.prior, str) and self.prior == "auto"
        folds = self._folds(here) if chooses or self.smoothness == "auto" else []
        prior, first = self._choose_prior(rows, folds)
        self.prior_ = self._fit_prior(prior, rows, here)
        self.smoothness_, self.smoothness_scores_ = self._choose_smoothness(
            rows, counts, graph, folds, first, there
        )
        for number in range(self.n_rounds):
            self._tell(f"round {number + 1} of {self.n_rounds}: labels and training")
            if number:
                near = self._embed(self.estimators_[-1], rows)
                graph = self._graph(near if there is None else put(there, near))
            labels = self._infer(
                rows, here, counts, graph, self.prior_, self.smoothness_, there
            )
            model = self._train(rows, labels, here.weights)
            self.estimators_.append(model)
        self.affinity_ = graph
        self.estimator_ = self.estimators_[-1]
        inferred = np.empty((table.shape[0], len(self.classes_)))
        inferred[read.order] = labels
        left = np.ones(table.shape[0], bool)
        left[read.order] = False
        if left.any():
            inferred[left] = predict_all(
                self.estimator_, table[left], len(self.classes_)
            )
        self.label_probabilities_ = inferred
        return self

    def predict_proba(self, X: ArrayLike) -> Array:
        """Return the probability of each class for each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        proba : ndarray of shape (n_samples, n_classes), float64
            In the order of ``classes_``; rows sum to 1.
        """
        check_is_fitted(self)
        table = validate_data(self, X, dtype=np.float64, reset=False)
        return predict_all(self.estimator_, table, len(self.classes_))

    def _graph(self, near: Array) -> sparse.csr_array:
        n_neighbors = min(self.n_neighbors, near.shape[0] - 1)
        if n_neighbors < 1:
            return sparse.csr_array((near.shape[0], near.shape[0]))
        return neighbor_affinity(
            near,
            n_neighbors=n_neighbors,
            metric=self.metric,
            kernel=self.kernel,
            length_scale=self.length_scale,
            n_jobs=self.n_jobs,
        )

    def _choose_prior(
        self, rows: Array, folds: list[tuple[Bags, Bags]]
    ) -> tuple[Any, list[Any]]:
        """Return what speaks first, and its fits without the held-out bags."""
        priors: dict[str, Any] = {"model": self.prior}
        if isinstance(self.prior, str) and self.prior == "auto":
            priors = {"model": "model"}
            if folds and not self._is_noisy:
                priors["boosting"] = ProportionBoostingClassifier(n_jobs=self.n_jobs)
        fits = {
            name: [self._fit_prior(prior, rows[kept.order], kept) for kept, _ in folds]
            for name, prior in priors.items()
        }
        self.prior_scores_: dict[str, float] = {}
        if len(priors) == 1:
            return priors["model"], fits["model"]
        losses = {
            name: np.concatenate(
                [
                    _losses(model, rows, held)
                    for model, (_, held) in zip(found, folds, strict=True)
                ]
            )
            for name, found in fits.items()
        }
        weights = np.concatenate([held.totals for _, held in folds])
        name, self.prior_scores_ = _best(losses, weights, "model")
        found = (f"{prior}: {loss:.6g}" for prior, loss in self.prior_scores_.items())
        self._tell(f"prior: {name}, by losses of held-out bags: {', '.join(found)}")
        return priors[name], fits[name]

    def _fit_prior(self, prior: Any, rows: Array, bags: Bags) -> Any:
        """Fit the bag-level model to rows in the order of bags."""
        target = np.repeat(bags.values, bags.sizes, axis=0)
        if prior is None:
            return None
        if not isinstance(prior, str):
            if not has_fit_parameter(prior, "bags"):
                raise ValueError(
                    f"prior is {prior!r}, whose fit takes no bags; pass 'model', "
                    "'auto', None or a classifier like ProportionBoostingClassifier()."
                )
            return self._seeded(prior).fit(rows, target, bags.weights, bags=bags.codes)
        scaler = StandardScaler().fit(rows)
        model = ProportionLogisticRegression(count_noise=self.count_noise)
        with warnings.catch_warnings():
            # That bags tell little, or that a step is missing, matters less here.
            warnings.simplefilter("ignore", UserWarning)
            model.fit(scaler.transform(rows), target, bags.weights, bags=bags.codes)
        return make_pipeline(scaler, model)

    def _infer(
        self,
        rows: Array,
        bags: Bags,
        counts: Array,
        graph: sparse.csr_array,
        prior: Any,
        smoothness: float,
        there: Any,
        *,
        quiet: bool = False,
    ) -> Array:
        """Return (n_rows, n_classes) probabilities of the labels of rows.

        Propagates where ``there`` is, if it can, or on the host.
        """
        unary: Any = None
        if prior is not None:
            n_classes = len(self.classes_)
            unary = np.log(predict_all(prior, rows, n_classes).clip(LEAST, 1))
            unary = unary[:, 1] - unary[:, 0] if n_classes == 2 else unary
        noisy = self._is_noisy or np.isfinite(self.count_strength)
        noisy_best = self.algorithm == "max" and self.bag_factor == "count" and noisy
        if there is not None and len(self.classes_) == 2 and not noisy_best:
            unary = put(there, np.zeros(len(rows)) if unary is None else unary)
        with warnings.catch_warnings():
            if quiet:
                warnings.simplefilter("ignore", ConvergenceWarning)
            result = propagate_labels(
                graph,
                bags.codes,
                counts,
                unary=unary,
                smoothness=smoothness,
                bag_factor=self.bag_factor,
                count_strength=self.count_strength,
                count_noise=self.count_noise,
                algorithm=self.algorithm,
                max_iter=self.max_iter,
                damping=self.damping,
                tol=self.tol,
                verbose=max(0, int(self.verbose) - 1),
            )
        self.n_iter_, self.residuals_ = result.n_iter, result.residuals
        labels = at_host(result.probabilities)
        if labels.ndim == 2:
            return labels
        if not self.soft_labels:
            wanted = np.rint(counts).clip(0, bags.sizes)
            labels = at_host(best_rows(result.log_odds, bags.indptr, wanted))
        return np.column_stack([1 - labels, labels])

    def _train(self, rows: Array, labels: Array, weights: Array) -> Any:
        estimator = self.estimator
        if estimator is None:
            from lightgbm import LGBMClassifier

            estimator = LGBMClassifier(
                n_estimators=100,
                min_child_samples=100,
                learning_rate=0.05,
                deterministic=True,
                force_col_wise=True,
                n_jobs=self.n_jobs or 1,
                verbose=-1,
            )
        return fit_soft(self._seeded(estimator), rows, labels, weights)

    def _seeded(self, estimator: Any) -> Any:
        """Return a clone with a seed."""
        estimator = clone(estimator)
        if estimator.get_params().get("random_state", 0) is None:
            estimator.set_params(random_state=self._seed)
        return estimator

    def _folds(self, bags: Bags) -> list[tuple[Bags, Bags]]:
        """Return bags to fit and bags to choose by; several folds where bags are few.

        The ``order`` of both are positions among the rows in the order of bags.
        """
        if bags.n_bags < MIN_BAGS:
            return []
        n_folds = MANY_FOLDS if bags.n_bags >= MANY_BAGS else FEW_FOLDS
        folds = BagKFold(n_folds, shuffle=True, random_state=self._seed)
        target = np.repeat(bags.values, bags.sizes, axis=0)
        parts = []
        for kept, held in folds.split(target, target, bags.codes):
            train = _part(bags, kept)
            if (train.values.max(axis=0) > 0).all() and (train.values < 1).any():
                parts.append((train, _part(bags, held)))
        return parts[:1] if bags.n_bags >= MANY_BAGS else parts

    def _choose_smoothness(
        self,
        rows: Array,
        counts: Array,
        graph: sparse.csr_array,
        folds: list[tuple[Bags, Bags]],
        first: list[Any],
        there: Any,
    ) -> tuple[float, dict[float, float]]:
        """Choose the smoothness by the log losses of held-out bags.

        ``first`` are the priors fitted to the bags of each fold that are kept.
        """
        if self.smoothness != "auto":
            return float(self.smoothness), {}
        if not folds:
            return USUAL, {}
        losses: dict[float, list[Array]] = {s: [] for s in SMOOTHNESSES}
        for prior, (kept, held) in zip(first, folds, strict=True):
            here = rows[kept.order]
            part = graph[kept.order][:, kept.order]
            for smoothness, found in losses.items():
                labels = self._infer(
                    here,
                    kept,
                    counts[kept.ids],
                    part,
                    prior,
                    smoothness,
                    there,
                    quiet=True,
                )
                model = self._train(here, labels, kept.weights)
                found.append(_losses(model, rows, held))
                self._tell(
                    f"smoothness={smoothness:g}: loss of held-out bags "
                    f"{np.average(found[-1], weights=held.totals):.6g}"
                )
        chosen, means = _best(
            {s: np.concatenate(found) for s, found in losses.items()},
            np.concatenate([held.totals for _, held in folds]),
            USUAL,
        )
        self._tell(f"smoothness={chosen:g} is taken")
        return chosen, means

    def _tell(self, text: str) -> None:
        if self.verbose:
            print(f"[{type(self).__name__}] {text}", flush=True)

    def _embed(self, model: Any, rows: Array) -> Array:
        """Return columns in which the next round looks for neighbours."""
        if hasattr(self.embedding, "fit_transform"):
            return np.asarray(clone(self.embedding).fit_transform(rows), np.float64)
        if callable(self.embedding):
            return np.asarray(self.embedding(rows), np.float64)
        last, inner = model, rows
        if hasattr(model, "steps"):
            last = model[-1]
            inner = model[:-1].transform(rows) if len(model.steps) > 1 else rows
        if isinstance(last, MLPClassifier):
            for coef, intercept in zip(
                last.coefs_[:-1], last.intercepts_[:-1], strict=True
            ):
                inner = HIDDEN[last.activation](inner @ coef + intercept)
            return np.asarray(inner, np.float64)
        found = np.log(predict_all(model, rows, len(self.classes_)).clip(1e-6, 1))
        odds = found[:, 1:] - found[:, :1]
        return StandardScaler().fit_transform(np.hstack([rows, odds]))


def _counts_of(bags: Bags, *, noisy: bool) -> Array:
    """Return counts of bags whose rows all have one weight."""
    starts = np.repeat(bags.indptr[:-1], bags.sizes)
    odd = bags.weights != bags.weights[starts]
    if odd.any():
        b = bags.codes[int(odd.argmax())]
        raise ValueError(
            f"The rows of bag {bags.ids[b]} have different weights; a count of rows "
            "knows no fractions of them. Give all rows of a bag one weight, or 0."
        )
    return replace(bags, weights=np.ones_like(bags.weights)).counts(noisy=noisy)


def _part(bags: Bags, rows: NDArray[np.intp]) -> Bags:
    """Return the bags of some rows, which are whole bags in the order of bags."""
    chosen = np.unique(bags.codes[rows])
    return Bags(
        ids=chosen,
        order=rows,
        indptr=np.append(0, np.cumsum(bags.sizes[chosen])),
        values=bags.values[chosen],
        weights=bags.weights[rows],
    )


def _losses(model: Any, rows: Array, bags: Bags) -> Array:
    """Return the log loss of a model's probabilities on each of the bags."""
    n_classes = 2 if bags.values.ndim == 1 else bags.values.shape[1]
    found = predict_all(model, rows[bags.order], n_classes)
    return LOSSES["log_loss"](bags, fit_shape(found, bags.values))


def _best(
    losses: dict[Any, Array], weights: Array, usual: Any
) -> tuple[Any, dict[Any, float]]:
    """Return the choice to take, and means of losses.

    Another than the usual one has to be better by more than the standard error of the
    difference on the same bags: much of a bag's loss is chance.
    """
    scores = {
        choice: float(np.average(found, weights=weights))
        for choice, found in losses.items()
    }
    best = usual
    for choice, found in losses.items():
        gains = losses[usual] - found
        gain = scores[usual] - scores[choice]
        error = np.sqrt(np.sum((weights * (gains - gain)) ** 2)) / weights.sum()
        if gain > error and scores[choice] < scores[best]:
            best = choice
    return best, scores


def _warn_of_scales(table: Array) -> None:
    deviations = table.std(axis=0)
    deviations = deviations[deviations > 0]
    if deviations.size and deviations.max() > MAX_RATIO * deviations.min():
        warnings.warn(
            "The standard deviations of the columns of X differ by a factor of "
            f"{deviations.max() / deviations.min():.2g}, so that distances see the "
            "largest alone; put a StandardScaler before, or the like.",
            UserWarning,
            stacklevel=caller_level(),
        )
