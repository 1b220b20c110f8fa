# SPDX-License-Identifier: BSD-3-Clause
"""What meta-estimators of tasks have in common: a model for each group of tasks."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import MetaEstimatorMixin, clone, is_classifier
from sklearn.dummy import DummyClassifier
from sklearn.metrics import accuracy_score, r2_score
from sklearn.utils import assert_all_finite, get_tags
from sklearn.utils.metadata_routing import (
    UNUSED,
    MetadataRouter,
    MethodMapping,
    process_routing,
)
from sklearn.utils.metaestimators import available_if
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import (
    check_consistent_length,
    check_is_fitted,
    column_or_1d,
    has_fit_parameter,
    validate_data,
)

from skx._base.estimator import SkxEstimator
from skx._base.sklearn import (
    HasMethods,
    StrOptions,
    check_sample_weight,
    count_rows,
    fit_context,
    routing_enabled,
    take_params,
    take_rows,
)
from skx._caller import caller_level
from skx.multitask._models import (
    as_table,
    drop_column,
    read_labels,
    rows_of,
    task_column,
)
from skx.multitask._table import take_column
from skx.multitask._tasks import (
    UNSEEN,
    code_ids,
    learn_ids,
    name_other_type,
    name_some,
    read_ids,
    without_tasks,
)


@dataclass
class Training:
    """Rows to fit on; ``rows`` are those of X and params that carry weight."""

    X: Any
    y: NDArray[Any]
    weights: NDArray[np.float64]
    codes: NDArray[np.int64]
    rows: NDArray[np.intp]
    ids: NDArray[Any] | None  # of every row of X
    tasks: NDArray[Any]
    params: dict[str, Any] = field(default_factory=dict)

    def with_ids(self, model: Any, params: dict[str, Any]) -> dict[str, Any]:
        """Add the ids to the arguments of ``fit``, if a model takes them."""
        if self.ids is None or not has_fit_parameter(model, "tasks"):
            return params
        return {**params, "tasks": self.ids}

    def part(
        self, chosen: NDArray[np.intp]
    ) -> tuple[Any, NDArray[Any], dict[str, Any]]:
        """Return X, y and further arguments of some of the rows."""
        rows, params, X = self.rows[chosen], self.params, self.X
        if len(rows) < len(self.y):
            params = take_params(X, params, indices=rows)
            X = take_rows(X, rows)
        return X, self.y[rows], params


def fit_model(model: Any, X: Any, y: NDArray[Any], params: dict[str, Any]) -> Any:
    """Fit a model, or one that always predicts the only class there is."""
    if is_classifier(model) and (y == y[0]).all():
        return DummyClassifier().fit(np.zeros((len(y), 1)), y)
    return model.fit(X, y, **params)


def _can_tell(method: str) -> Callable[["TaskModels"], bool]:
    def check(self: "TaskModels") -> bool:
        getattr(self.estimator, method)
        if not isinstance(self.fallback, str):
            getattr(self.fallback, method)
        return True

    return check


class TaskModels(MetaEstimatorMixin, SkxEstimator):
    """Base of meta-estimators that fit clones of an estimator on groups of tasks."""

    # Weights pass through: it is for the estimator to request them.
    __metadata_request__fit: ClassVar[dict[str, Any]] = {"sample_weight": UNUSED}

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "estimator": [HasMethods(["fit", "predict"])],
        "fallback": [StrOptions({"pooled", "error"}), HasMethods(["fit", "predict"])],
        "task_feature": [Integral, str, None],
        "n_jobs": [Integral, None],
    }

    estimator: Any
    fallback: Any
    task_feature: int | str | None
    n_jobs: int | None

    # The estimator validates what it is given.
    @fit_context(prefer_skip_nested_validation=False)
    def fit(
        self,
        X: Any,
        y: ArrayLike,
        tasks: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        **params: Any,
    ) -> Any:
        """Fit the models.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Rows, of a kind that the estimator takes.
        y : array-like of shape (n_samples,)
            Numbers or classes.
        tasks : array-like of shape (n_samples,) or None, default=None
            Task of each row: strings, whole numbers or booleans. None takes the column
            ``task_feature``, and without that all rows for one task.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Non-negative weights, for the estimator. Rows of weight 0 are left out.
        **params : dict
            Further arguments of the estimator's ``fit``; those with one entry per row
            are split as the rows are.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            For task ids given twice or missing, a single class, or what the estimator
            refuses.
        """
        if sample_weight is not None:
            params["sample_weight"] = sample_weight
        fallback_params = params
        if routing_enabled():
            routed = process_routing(self, "fit", **params)
            params = routed.estimator.fit
            fallback_params = routed.get("fallback", routed.estimator).fit
        training = self._read(X, y, tasks, sample_weight)
        training.params = training.with_ids(self.estimator, params)
        everyone = np.arange(len(training.rows))
        self.fallback_ = None
        if self._has_tasks and not isinstance(self.fallback, str):
            fallback_params = training.with_ids(self.fallback, fallback_params)
            other = replace(training, params=fallback_params)
            self.fallback_ = fit_model(clone(self.fallback), *other.part(everyone))
        elif self._has_tasks and self.fallback == "pooled":
            self.fallback_ = fit_model(clone(self.estimator), *training.part(everyone))
        self._fit_groups(training)
        return self

    def _fit_groups(self, training: Training) -> None:
        """Set ``_models`` and ``_model_of_task``, UNSEEN for that of the fallback."""
        raise NotImplementedError

    def _fit_models(
        self, training: Training, groups: NDArray[np.int64], n_groups: int
    ) -> list[Any]:
        """Return a model for each group; groups (n_tasks,) may be UNSEEN."""
        return Parallel(n_jobs=self.n_jobs)(
            delayed(fit_model)(clone(self.estimator), *training.part(rows))
            for rows in rows_of(groups[training.codes], n_groups)
        )

    def _read(
        self, X: Any, y: ArrayLike, tasks: ArrayLike | None, sample_weight: Any
    ) -> Training:
        """Validate what fit was given, and learn tasks and classes."""
        X = as_table(X)
        values = self._read_target(y)
        check_consistent_length(X, values)
        validate_data(self, X, skip_check_array=True)
        weights = check_sample_weight(
            sample_weight,
            np.empty((len(values), 1)),
            dtype=np.float64,
            ensure_non_negative=True,
        )
        rows = np.flatnonzero(weights > 0.0)
        if not len(rows):
            raise ValueError("sample_weight is zero for every row; nothing to fit.")
        X, ids = self._take_ids(X, tasks)
        self._has_tasks = ids is not None
        if ids is None:
            warnings.warn(
                f"{type(self).__name__} was given no tasks: all rows are taken for one "
                "task. Pass tasks= to fit, or name the column of the ids by "
                "task_feature.",
                UserWarning,
                stacklevel=caller_level(),
            )
            ids = [0] * len(values)
        everyone, places = learn_ids(ids)
        self.tasks_, codes = learn_ids([ids[i] for i in rows])
        self.n_tasks_ = len(self.tasks_)
        self.task_counts_ = np.bincount(codes)
        gone = np.setdiff1d(everyone, self.tasks_).tolist()
        if gone:
            warnings.warn(
                f"All rows of task {name_some(gone)} have weight 0; these "
                "tasks are dropped.",
                UserWarning,
                stacklevel=caller_level(),
            )
        if is_classifier(self):
            self.classes_ = np.unique(values[rows])
            if len(self.classes_) < 2:
                raise ValueError(
                    f"y holds one class only, {self.classes_.tolist()[0]!r}; a "
                    "classifier needs two."
                )
        known = everyone[places] if self._has_tasks else None
        return Training(X, values, weights[rows], codes, rows, known, self.tasks_)

    def _read_target(self, y: ArrayLike) -> NDArray[Any]:
        name = type(self).__name__
        if is_classifier(self):
            values = column_or_1d(y, warn=True)
            if values.dtype.kind == "f":
                assert_all_finite(values, input_name="y", estimator_name=name)
            return read_labels(values)
        if get_tags(self).estimator_type != "regressor":
            raise ValueError(
                f"estimator={self.estimator!r} is neither a classifier nor a regressor."
            )
        values = column_or_1d(y, warn=True)
        if values.dtype.kind == "O":
            values = values.astype(np.float64)
        assert_all_finite(values, input_name="y", estimator_name=name)
        return values

    def _take_ids(
        self, X: Any, tasks: ArrayLike | None
    ) -> tuple[Any, list[Any] | None]:
        """Return X without a column of ids, and the id of each row, if there are."""
        n_rows = count_rows(X)
        column = task_column(X, self)
        if column is None:
            return X, None if tasks is None else read_ids(tasks, n_rows)
        if tasks is not None:
            raise ValueError(
                f"Task ids were given twice: as tasks= and as the column "
                f"task_feature={self.task_feature!r}. Use one of them."
            )
        return drop_column(X, column), read_ids(take_column(X, column), n_rows)

    def _code(self, ids: list[Any] | None, n_rows: int) -> NDArray[np.int64]:
        """Return the task of each row, UNSEEN where the fit has not seen it."""
        if not self._has_tasks:
            return np.zeros(n_rows, dtype=np.int64)
        if ids is None:
            raise without_tasks(type(self).__name__)
        codes = code_ids(ids, self.tasks_)
        unseen = [ids[i] for i in np.flatnonzero(codes == UNSEEN)]
        if unseen:
            names = name_some(unseen)
            message = (
                f"{len(unseen)} rows belong to tasks that fit has not seen: {names}"
            )
            if self.fallback_ is None:
                raise ValueError(f"{message}. Use fallback='pooled' for them.")
            warnings.warn(
                f"{message}; they are predicted by the fallback."
                f"{name_other_type(unseen, self.tasks_)}",
                UserWarning,
                stacklevel=caller_level(),
            )
        return codes

    def _ask(
        self, X: Any, tasks: ArrayLike | None, method: str
    ) -> tuple[list[NDArray[np.intp]], list[Any], list[NDArray[Any]]]:
        """Return the rows of each model, the models, and what they say of the rows."""
        check_is_fitted(self)
        X = as_table(X)
        if hasattr(self, "n_features_in_") and len(X.shape) == 1:
            raise ValueError(
                "X is one-dimensional, but fit was given rows and columns. Reshape "
                "your data: X.reshape(1, -1) is one row."
            )
        validate_data(self, X, skip_check_array=True, reset=False)
        X, ids = self._take_ids(X, tasks)
        n_rows = count_rows(X)
        if not n_rows:
            raise ValueError(f"X has 0 rows; {type(self).__name__} needs at least 1.")
        codes = self._code(ids, n_rows)
        numbers = np.append(self._model_of_task, UNSEEN)[codes]
        all_rows, models, answers = [], [], []
        candidates = [self.fallback_, *self._models]
        parts = rows_of(numbers - UNSEEN, len(candidates))
        for model, rows in zip(candidates, parts, strict=True):
            if not len(rows):
                continue
            part = X if len(rows) == n_rows else take_rows(X, rows)
            told = {}
            if ids is not None and has_fit_parameter(model, "tasks"):
                told["tasks"] = np.array(ids, dtype=object)[rows]
            all_rows.append(rows)
            models.append(model)
            answers.append(np.asarray(getattr(model, method)(part, **told)))
        return all_rows, models, answers

    def predict(self, X: Any, tasks: ArrayLike | None = None) -> NDArray[Any]:
        """Return the value or class of each row, as the model of its task has it.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Rows.
        tasks : array-like of shape (n_samples,) or None, default=None
            Task of each row, unless a column of X holds it.

        Returns
        -------
        y : ndarray of shape (n_samples,)
            Predictions.
        """
        rows, _, answers = self._ask(X, tasks, "predict")
        together = np.concatenate(answers)
        out = np.empty_like(together)
        out[np.concatenate(rows)] = together
        return out

    @available_if(_can_tell("predict_proba"))
    def predict_proba(
        self, X: Any, tasks: ArrayLike | None = None
    ) -> NDArray[np.float64]:
        """Return the probability of each class, as the model of the task has it.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Rows.
        tasks : array-like of shape (n_samples,) or None, default=None
            Task of each row, unless a column of X holds it.

        Returns
        -------
        proba : ndarray of shape (n_samples, n_classes)
            In the order of ``classes_``; 0 for a class that the model has not seen.
        """
        parts = zip(*self._ask(X, tasks, "predict_proba"), strict=True)
        out = np.zeros((count_rows(X), len(self.classes_)))
        for rows, model, answer in parts:
            out[np.ix_(rows, np.searchsorted(self.classes_, model.classes_))] = answer
        return out

    def score(
        self,
        X: Any,
        y: ArrayLike,
        tasks: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> float:
        """Return the accuracy of a classifier, or the R^2 of a regressor.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,)
            True values or classes.
        tasks : array-like of shape (n_samples,) or None, default=None
            Task of each row, unless a column of X holds it.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Weights of the rows.

        Returns
        -------
        score : float
            Of all rows together.
        """
        metric = accuracy_score if is_classifier(self) else r2_score
        return float(metric(y, self.predict(X, tasks), sample_weight=sample_weight))

    def get_metadata_routing(self) -> MetadataRouter:
        """Get the metadata routing of the estimator, the fallback and the methods.

        Returns
        -------
        routing : MetadataRouter
            ``tasks`` is for this estimator; what else ``fit`` is given goes to ``fit``
            of the estimator, and of the fallback if that is an estimator.
        """
        mapping = MethodMapping().add(caller="fit", callee="fit")
        router = MetadataRouter(owner=self).add_self_request(self)
        router.add(estimator=self.estimator, method_mapping=mapping)
        if not isinstance(self.fallback, str):
            router.add(fallback=self.fallback, method_mapping=mapping)
        return router

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        inner = get_tags(self.estimator)
        tags.estimator_type = inner.estimator_type
        tags.classifier_tags = inner.classifier_tags
        tags.regressor_tags = inner.regressor_tags
        tags.input_tags = inner.input_tags
        if not isinstance(self.fallback, str):
            other = get_tags(self.fallback).input_tags
            tags.input_tags.allow_nan &= other.allow_nan
            tags.input_tags.sparse &= other.sparse
        tags.target_tags.required = True
        tags.non_deterministic = inner.non_deterministic
        return tags
