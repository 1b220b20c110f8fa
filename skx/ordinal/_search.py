# SPDX-License-Identifier: BSD-3-Clause
"""Choosing the strength of a penalty: folds, scores, criteria and rules."""

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import linalg, special
from sklearn.metrics import get_scorer as get_sklearn_scorer
from sklearn.metrics import get_scorer_names as get_sklearn_names
from sklearn.model_selection import StratifiedKFold
from sklearn.utils import Bunch
from sklearn.utils.metadata_routing import (
    MetadataRouter,
    MethodMapping,
    process_routing,
)
from sklearn.utils.parallel import Parallel, delayed

from skx._backend import is_device_array, to_numpy
from skx._base.sklearn import (
    Interval,
    StrOptions,
    count_rows,
    fit_context,
    routing_enabled,
    take_params,
    take_rows,
)
from skx.ordinal._base import OrdinalModel, Task
from skx.ordinal._device import here
from skx.ordinal._device import take_rows as rows_of
from skx.ordinal._path import (
    follow,
    free_fit,
    grid_of_alphas,
    largest_alpha,
    sorted_alphas,
)
from skx.ordinal._problem import ElasticNet, Penalty, Problem
from skx.ordinal._solvers import Solution
from skx.ordinal.metrics import get_scorer, get_scorer_names

CRITERIA = ("aic", "bic", "ebic")
# Probabilities count as at least this far from 0 in logarithms, as in scikit-learn's
# log_loss.
LEAST_PROBABILITY = np.finfo(np.float64).eps


def _one_hot(proba: NDArray, codes: NDArray) -> NDArray[np.float64]:
    return (codes[:, None] == np.arange(proba.shape[1])).astype(float)


def _log_losses(proba: NDArray, codes: NDArray, rare: int) -> NDArray[np.float64]:
    taken = proba[np.arange(len(codes)), codes]
    return -np.log(taken.clip(LEAST_PROBABILITY, 1.0 - LEAST_PROBABILITY))


def _brier_losses(proba: NDArray, codes: NDArray, rare: int) -> NDArray[np.float64]:
    return np.square(proba - _one_hot(proba, codes)).sum(axis=1)


def _rps_losses(proba: NDArray, codes: NDArray, rare: int) -> NDArray[np.float64]:
    off = np.cumsum(proba - _one_hot(proba, codes), axis=1)[:, :-1]
    return np.square(off).sum(axis=1)


def _rare_log_losses(proba: NDArray, codes: NDArray, rare: int) -> NDArray[np.float64]:
    share = np.where(codes == rare, proba[:, rare], 1.0 - proba[:, rare])
    return -np.log(share.clip(LEAST_PROBABILITY, 1.0 - LEAST_PROBABILITY))


def _rare_brier_losses(
    proba: NDArray, codes: NDArray, rare: int
) -> NDArray[np.float64]:
    return np.square(proba[:, rare] - (codes == rare))


# Scores of `skx.ordinal.metrics` that are means over rows of a loss (n_rows,), here
# without the checks of data that the estimators made themselves.
LOSSES: dict[str, Callable[[NDArray, NDArray, int], NDArray[np.float64]]] = {
    "neg_log_loss": _log_losses,
    "brier": _brier_losses,
    "rps": _rps_losses,
    "rare_log_loss": _rare_log_losses,
    "rare_brier": _rare_brier_losses,
}


@dataclass(frozen=True)
class Fold:
    """Rows of a `Task` to fit and to score, by position."""

    number: int
    train: NDArray[np.intp]
    test: NDArray[np.intp]


def choose(scores: NDArray[np.float64], selection: str) -> tuple[int, int]:
    """Return the positions of the chosen l1_ratio and alpha.

    Parameters
    ----------
    scores : (n_l1_ratios, n_alphas, n_folds), greater is better, alphas descending
    selection : "min" or "1se"
    """
    means = scores.mean(axis=2)
    known = np.where(np.isnan(means), -np.inf, means)
    if not np.isfinite(known).any():
        raise ValueError(
            "The score is not a finite number for any alpha; choose a score that is "
            "defined on every fold."
        )
    top = known.max()
    # Scores that differ by rounding alone are ties.
    best = known >= top - 1e-12 * abs(top)
    ratio = int(best.any(axis=1).argmax())
    at = int(best[ratio].argmax())
    if selection == "1se":
        n_folds = scores.shape[2]
        error = scores[ratio, at].std(ddof=1) / np.sqrt(n_folds)
        at = int((known[ratio] >= known[ratio, at] - error).argmax())
    return ratio, at


def degrees_of_freedom(problem: Problem, penalty: Penalty, z: NDArray) -> float:
    """Return the effective number of parameters of a penalised fit.

    The trace of H (H + P)^-1 over thresholds and non-zero coefficients, with H the
    Hessian of the loss and P that of the penalty; without a ridge, their number.
    """
    active = z != 0.0
    active[: problem.effects.n_boundaries] = True
    if not penalty.l2[active].any():
        return float(active.sum())
    expected = not problem.likelihood.is_convex
    hessian = problem.curvature(z, expected=expected)[2][np.ix_(active, active)]
    whole = hessian + np.diag(penalty.l2[active])
    return float(np.trace(linalg.solve(whole, hessian, assume_a="sym")))


def information(
    criterion: str,
    problem: Problem,
    net: ElasticNet,
    alpha: float,
    l1_ratio: float,
    solution: Solution,
) -> float:
    """Return an information criterion of a fit; lower is better."""
    penalty = net.at(alpha, l1_ratio)
    total = problem.design.total_weight
    deviance = 2.0 * total * (solution.objective - penalty.value(solution.z))
    df = degrees_of_freedom(problem, penalty, solution.z)
    if criterion == "aic":
        return deviance + 2.0 * df
    value = deviance + np.log(total) * df
    if criterion == "ebic":
        held = net.factor > 0.0
        n, k = int(held.sum()), int(np.count_nonzero(solution.z[held]))
        ways = special.gammaln(n + 1) - special.gammaln(k + 1)
        value += 2.0 * (ways - special.gammaln(n - k + 1))
    return float(value)


class AlphaSearch(OrdinalModel):
    """Base of the estimators that choose the strength of the penalty themselves."""

    # The estimator of one strength.
    _plain: ClassVar[type[OrdinalModel]]

    _search_constraints: ClassVar[dict] = {
        "alphas": ["array-like", None],
        "n_alphas": [Interval(Integral, 1, None, closed="left")],
        "eps": [Interval(Real, 0, 1, closed="neither")],
        "l1_ratio": [Interval(Real, 0, 1, closed="both"), "array-like"],
        "cv": ["cv_object"],
        "scoring": [
            StrOptions({*get_scorer_names(), *get_sklearn_names()}),
            callable,
        ],
        "rare_class": "no_validation",
        "selection": [StrOptions({"min", "1se"})],
        "criterion": [StrOptions(set(CRITERIA)), None],
        "n_jobs": [Integral, None],
        "random_state": ["random_state"],
    }

    @fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        **params: Any,
    ) -> "AlphaSearch":
        """Choose the strength of the penalty and fit with it.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows; finite numbers. A sparse matrix is not made dense.
        y : array-like of shape (n_samples,)
            Classes: numbers in their order, an ordered categorical, or anything else
            together with ``categories``.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Non-negative; counts in the fits and in the scores of the folds.
        **params : dict
            ``groups`` for the splitter; with metadata routing, whatever splitter and
            scorer request.

        Returns
        -------
        self : estimator
            Fitted.

        Raises
        ------
        ValueError
            For what the estimator of one strength refuses, and for a fold whose
            training part lacks a class.
        """
        y, sample_weight = here(y), here(sample_weight)
        params = {name: here(value) for name, value in params.items()}
        routed = self._route(sample_weight, params)
        task = self._read(X, y, sample_weight)
        problem = self._problem(task)
        net = self._net(problem.effects)
        ratios = np.atleast_1d(np.asarray(self.l1_ratio, dtype=float))
        self._check_ratios(ratios)
        grids = self._grids(problem, net, ratios)
        if self.criterion is None:
            folds = self._folds(task, count_rows(X), routed.splitter.split)
            score = self._fold_score(task, X, y, sample_weight, routed.scorer.score)
            paths, scores = self._run(task, problem, net, ratios, grids, folds, score)
        else:
            self._check_selection(1)
            paths, _ = self._run(task, problem, net, ratios, grids, [], None)
            values = [
                [
                    information(self.criterion, problem, net, alpha, ratio, solution)
                    for alpha, solution in zip(grid, path, strict=True)
                ]
                for ratio, grid, path in zip(ratios, grids, paths, strict=True)
            ]
            scores = -np.array(values)[:, :, None]
        ratio, at = choose(scores, self.selection)
        solution = paths[ratio][at]
        penalty = net.at(float(grids[ratio, at]), ratios[ratio])
        chosen = problem.with_(penalty=penalty)
        self._tell(chosen, solution)
        self._store(task, chosen, solution)
        self.alpha_ = float(grids[ratio, at])
        self.l1_ratio_ = float(ratios[ratio])
        self._store_paths(problem, grids, paths, scores)
        return self

    def _store_paths(
        self,
        problem: Problem,
        grids: NDArray[np.float64],
        paths: list[list[Solution]],
        scores: NDArray[np.float64],
    ) -> None:
        places = [
            [problem.on_scale_of_columns(solution.z) for solution in path]
            for path in paths
        ]
        stored = {
            "alphas_": grids,
            "thresholds_path_": np.array([[t for t, _ in path] for path in places]),
            "coefs_path_": np.array([[b for _, b in path] for path in places]),
        }
        for name in ("scores_path_", "criterion_path_"):
            if hasattr(self, name):
                delattr(self, name)
        if self.criterion is None:
            stored["scores_path_"] = scores
        else:
            stored["criterion_path_"] = -scores[:, :, 0]
        for name, value in stored.items():
            setattr(self, name, value if np.ndim(self.l1_ratio) else value[0])

    def _check_ratios(self, ratios: NDArray[np.float64]) -> None:
        if (
            ratios.ndim != 1
            or not len(ratios)
            or not ((ratios >= 0) & (ratios <= 1)).all()
        ):
            raise ValueError(
                f"l1_ratio is {self.l1_ratio!r}; give a number between 0 and 1 or a "
                "list of them."
            )

    def _check_selection(self, n_folds: int) -> None:
        if self.selection == "1se" and n_folds < 2:
            raise ValueError(
                "selection='1se' needs the spread of the score over at least 2 folds; "
                "use selection='min', or cv with more folds and criterion=None."
            )

    def _grids(
        self, problem: Problem, net: ElasticNet, ratios: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the strengths (n_l1_ratios, n_alphas), descending."""
        if self.alphas is not None:
            return np.tile(sorted_alphas(self.alphas), (len(ratios), 1))
        free = free_fit(problem, net, self._minimum)
        return np.array(
            [
                grid_of_alphas(
                    largest_alpha(problem, net, ratio, free), self.n_alphas, self.eps
                )
                for ratio in ratios
            ]
        )

    def _folds(self, task: Task, n_rows: int, params: dict[str, Any]) -> list[Fold]:
        """Return the folds as positions among the rows of positive weight."""
        cv: Any = 5 if self.cv is None else self.cv
        if isinstance(cv, Integral):
            cv = StratifiedKFold(
                int(cv),
                shuffle=self.random_state is not None,
                random_state=self.random_state,
            )
        if hasattr(cv, "split"):
            labels = task.classes[task.codes]
            params = take_params(
                np.empty((n_rows, 0)), params=params, indices=task.rows
            )
            pairs = list(cv.split(task.X, labels, **params))
        else:
            # Pairs count all rows.
            position = np.full(n_rows, -1)
            position[task.rows] = np.arange(len(task.rows))
            pairs = [tuple(position[rows] for rows in pair) for pair in cv]
            pairs = [(train[train >= 0], test[test >= 0]) for train, test in pairs]
        folds = [Fold(i, train, test) for i, (train, test) in enumerate(pairs)]
        self._check_selection(len(folds))
        n_classes = len(task.classes)
        totals = np.bincount(task.codes, minlength=n_classes)
        for fold in folds:
            counts = np.bincount(task.codes[fold.train], minlength=n_classes)
            if (counts == 0).any():
                k = int(np.argmin(counts))
                label = task.classes.tolist()[k]
                raise ValueError(
                    f"The training part of fold {fold.number} has no row of class "
                    f"{label!r}, which has {totals[k]} in all; each fold must be "
                    "fitted to all classes. Use other folds, or merge the class with "
                    "a neighbour."
                )
            if not len(fold.test):
                raise ValueError(
                    f"Fold {fold.number} has no row of positive weight to score; use "
                    "other folds."
                )
        return folds

    def _run(
        self,
        task: Task,
        problem: Problem,
        net: ElasticNet,
        ratios: NDArray[np.float64],
        grids: NDArray[np.float64],
        folds: list[Fold],
        score: Callable[[OrdinalModel, Fold], float] | None,
    ) -> tuple[list[list[Solution]], NDArray[np.float64]]:
        """Return the paths on all rows, and the scores of the folds.

        The latter have shape (n_l1_ratios, n_alphas, n_folds).
        """
        which = range(len(ratios))
        results = Parallel(n_jobs=self.n_jobs, prefer="threads")(
            [
                delayed(self._path)(problem, net, grids[r], ratios[r], "all rows")
                for r in which
            ]
            + [
                delayed(self._scores)(task, net, grids[r], ratios[r], fold, score)
                for r in which
                for fold in folds
            ]
        )
        scores = np.array(results[len(ratios) :])
        scores = scores.reshape(len(ratios), len(folds), grids.shape[1])
        return results[: len(ratios)], scores.transpose(0, 2, 1).copy()

    def _path(
        self,
        problem: Problem,
        net: ElasticNet,
        alphas: NDArray[np.float64],
        l1_ratio: float,
        name: str,
    ) -> list[Solution]:
        path = follow(problem, net, alphas, l1_ratio, self._minimum)
        if self.verbose:
            steps = sum(solution.n_iter for solution in path)
            print(
                f"[{type(self).__name__}] {name}, l1_ratio={l1_ratio:g}: "
                f"{len(path)} fits in {steps} steps"
            )
        return path

    def _scores(
        self,
        task: Task,
        net: ElasticNet,
        alphas: NDArray[np.float64],
        l1_ratio: float,
        fold: Fold,
        score: Callable[[OrdinalModel, Fold], float],
    ) -> list[float]:
        """Return the score of each strength in a fold."""
        part = Task(
            rows_of(task.X, fold.train),
            task.codes[fold.train],
            task.weights[fold.train],
            task.classes,
            task.rows[fold.train],
        )
        problem = self._problem(part)
        path = self._path(problem, net, alphas, l1_ratio, f"fold {fold.number}")
        light = self._light(task.classes)
        scores = []
        for alpha, solution in zip(alphas, path, strict=True):
            light.alpha, light.l1_ratio = float(alpha), float(l1_ratio)
            light.thresholds_, light.coef_ = problem.on_scale_of_columns(solution.z)
            scores.append(score(light, fold))
        return scores

    def _light(self, classes: NDArray) -> OrdinalModel:
        """Return a model of one strength, fitted but for strength and coefficients."""
        own = self.get_params(deep=False)
        shared = set(own) & set(self._plain().get_params(deep=False))
        light = self._plain(**{name: own[name] for name in shared})
        light._tells_of_crossing = False
        light.classes_ = classes
        light.n_features_in_ = self.n_features_in_
        if hasattr(self, "feature_names_in_"):
            light.feature_names_in_ = self.feature_names_in_
        return light

    def _fold_score(
        self, task: Task, X: Any, y: Any, sample_weight: Any, params: dict[str, Any]
    ) -> Callable[[OrdinalModel, Fold], float]:
        """Return the function that scores a model on the test rows of a fold."""
        if isinstance(self.scoring, str) and self.scoring in LOSSES:
            losses = LOSSES[self.scoring]
            rare = self._rare_position(task.classes)

            def score(light: OrdinalModel, fold: Fold) -> float:
                rows = rows_of(task.X, fold.test)
                if is_device_array(rows):
                    log_proba = light._log_proba_there(light._eta_there(rows))
                    proba = np.exp(to_numpy(log_proba))
                else:
                    eta = light.thresholds_ - rows @ light.coef_.T
                    proba = np.exp(light._log_proba(eta))
                loss = losses(proba, task.codes[fold.test], rare)
                return -float(np.average(loss, weights=task.weights[fold.test]))

            return score
        scorer = self._scorer()
        if self._scores_by_own_name and sample_weight is not None:
            params = {"sample_weight": sample_weight}

        def score_by_scorer(light: OrdinalModel, fold: Fold) -> float:
            rows = task.rows[fold.test]
            part = take_params(X, params=params, indices=rows)
            X_test = (rows_of if is_device_array(X) else take_rows)(X, rows)
            return float(scorer(light, X_test, take_rows(y, rows), **part))

        return score_by_scorer

    def _rare_position(self, classes: NDArray) -> int:
        if self.rare_class is None:
            return len(classes) - 1
        labels = classes.tolist()
        if self.rare_class not in labels:
            raise ValueError(
                f"rare_class is {self.rare_class!r}, which is none of the classes "
                f"{labels}."
            )
        return labels.index(self.rare_class)

    def _runs_on_device(self, method: str) -> bool:
        # Scorers of others know nothing of devices.
        is_ours = self._scores_by_own_name or (
            method == "fit" and self.criterion is not None
        )
        runs = super()._runs_on_device(method)
        return runs and (is_ours or method not in ("fit", "score"))

    @property
    def _scores_by_own_name(self) -> bool:
        return isinstance(self.scoring, str) and self.scoring in get_scorer_names()

    def _scorer(self) -> Any:
        if not isinstance(self.scoring, str):
            return self.scoring
        if not self._scores_by_own_name:
            return get_sklearn_scorer(self.scoring)
        options: dict[str, Any] = {}
        if self.scoring.startswith("rare_"):
            options["rare_class"] = self.rare_class
        if self.scoring == "expected_cost":
            options["cost_matrix"] = self.cost_matrix
        return get_scorer(self.scoring, **options)

    def score(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> float:
        """Return the score by which the strength was chosen, on other rows.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,)
            Classes.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Non-negative.

        Returns
        -------
        score : float
            By ``scoring``; greater is better.
        """
        y, sample_weight = here(y), here(sample_weight)
        options = {} if sample_weight is None else {"sample_weight": sample_weight}
        if routing_enabled() and not self._scores_by_own_name:
            options = process_routing(self, "score", **options).scorer.score
        return float(self._scorer()(self, X, y, **options))

    def _route(self, sample_weight: Any, params: dict[str, Any]) -> Bunch:
        """Return what goes to the splitter and what to the scorer."""
        if routing_enabled():
            routed = process_routing(self, "fit", sample_weight=sample_weight, **params)
            routed.setdefault("scorer", Bunch(score={}))
            return routed
        unknown = set(params) - {"groups"}
        if unknown:
            raise TypeError(
                f"{type(self).__name__}.fit does not take "
                f"{', '.join(sorted(unknown))}; besides sample_weight it takes groups, "
                "and others with enable_metadata_routing=True."
            )
        weights = {} if sample_weight is None else {"sample_weight": sample_weight}
        return Bunch(splitter=Bunch(split=params), scorer=Bunch(score=weights))

    def get_metadata_routing(self) -> MetadataRouter:
        """Get the metadata routing of ``cv`` and of a ``scoring`` that is not our own.

        Returns
        -------
        routing : MetadataRouter
            ``fit`` goes to ``split`` of ``cv`` and, as ``score`` does, to the scorer. A
            scorer by one of the names of `skx.ordinal.metrics` is always given the
            weights.
        """
        router = (
            MetadataRouter(owner=self)
            .add_self_request(self)
            .add(
                splitter=self.cv,
                method_mapping=MethodMapping().add(caller="fit", callee="split"),
            )
        )
        if not self._scores_by_own_name:
            router.add(
                scorer=self._scorer(),
                method_mapping=MethodMapping()
                .add(caller="fit", callee="score")
                .add(caller="score", callee="score"),
            )
        return router
