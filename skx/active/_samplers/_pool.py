# SPDX-License-Identifier: BSD-3-Clause
"""Models fitted to the rows with a label, and the rows without, to pick from."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from sklearn import get_config
from sklearn.base import MetaEstimatorMixin, clone, is_regressor
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils import (
    Tags,
    check_consistent_length,
    get_tags,
    indexable,
)
from sklearn.utils.metadata_routing import (
    UNUSED,
    MetadataRouter,
    MethodMapping,
    process_routing,
)
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, validate_data

from skx._backend import is_device_array, like, namespace_of, to_host
from skx._base.estimator import SkxEstimator
from skx._base.sklearn import (
    HasMethods,
    count_rows,
    fit_context,
    routing_enabled,
    take_params,
)
from skx._caller import caller_level
from skx._random import draw_seed
from skx.active._device import joined, take_rows
from skx.active._greedy._reading import Positions, read_positions, read_rows
from skx.active._samplers._labels import read_labels, take_labels

Scores = NDArray[np.float64]
DELEGATED = ("predict", "predict_proba", "predict_log_proba", "decision_function")
CHUNK_ROWS = 65_536  # rows whose predictions are held at once


@dataclass(frozen=True)
class Pool:
    """Rows to pick from: all of them, and positions of those that can be picked."""

    X: Any
    embeddings: Any
    candidates: Positions
    is_fitted: bool  # whether they are the rows of fit, labelled ones included

    def chunks(self, size: int = CHUNK_ROWS) -> Iterator[Any]:
        """Yield the candidates' rows, chunk by chunk; slices where they are all."""
        rows, n = self.candidates, count_rows(self.X)
        for start in range(0, len(rows), size):
            part: Any = rows[start : start + size]
            if len(rows) == n:
                part = slice(start, min(start + size, n))
            yield take_rows(self.X, part)

    def shown_to(self, model: Any) -> "Pool":
        """Return the candidates as a model takes them, at once, to name the cost."""
        if not is_device_array(self.X) or takes_device_arrays(model):
            return self
        X, rows = self.X, self.candidates
        if len(rows) < count_rows(X):
            X = take_rows(X, rows)
        return replace(self, X=rows_for(model, X), candidates=np.arange(len(rows)))

    def among(self, rows: Positions) -> "Pool":
        """Return the pool with fewer candidates."""
        return replace(self, candidates=np.sort(rows))


def _wrapped_has(method: str) -> Any:
    return lambda self: hasattr(self._delegate(), method)


class PoolModel(MetaEstimatorMixin, SkxEstimator):
    """Base of samplers: fits a model to labelled rows, and keeps the others."""

    # Weights pass through: it is for the estimator to request them.
    __metadata_request__fit: ClassVar[dict] = {
        "labeled": True,
        "embeddings": True,
        "sample_weight": UNUSED,
    }
    __metadata_request__score: ClassVar[dict] = {"sample_weight": UNUSED}

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "estimator": [HasMethods(["fit", "predict"])],
    }
    _wraps: ClassVar[str] = "estimator"
    _takes_sparse: ClassVar[bool] = False  # as rows to measure distances between
    _keeps_device: ClassVar[bool] = False  # whether rows are looked at where they are
    _return_positions: ClassVar[tuple[str, ...]] = ("query", "query_blocks")

    # What is wrapped validates what it is given.
    @fit_context(prefer_skip_nested_validation=False)
    def fit(
        self,
        X: Any,
        y: Any,
        *,
        labeled: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        embeddings: ArrayLike | None = None,
        **params: Any,
    ) -> Any:
        """Fit the estimator to the rows that have a label.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_rows, n_features)
            Rows with a label and rows without, of a kind that the estimator takes.
            Kept, not copied, for `query`.
        y : array-like of shape (n_rows,)
            Labels; NaN, None or NA where there is none. For classifiers also -1, in a
            type of integers that cannot hold one of those.
        labeled : array-like of bool of shape (n_rows,), default=None
            Which rows have a label, where y does not tell.
        sample_weight : array-like of shape (n_rows,), default=None
            Weights for the estimator. Rows of weight 0 are not asked about.
        embeddings : array-like of shape (n_rows, n_dimensions), default=None
            Rows for samplers that measure distances. None takes X, or what comes into
            the last step of a pipeline.
        **params : dict
            Further arguments of the estimator's ``fit``; of those with one entry per
            row, it gets the entries of the rows with a label.

        Returns
        -------
        self : object
            The fitted sampler.
        """
        y, labeled, sample_weight = (
            like(None, values) for values in (y, labeled, sample_weight)
        )
        params = {name: like(None, value) for name, value in params.items()}
        if sample_weight is not None:
            params["sample_weight"] = sample_weight
        if routing_enabled():
            params = process_routing(self, "fit", **params)[self._wraps].fit
        model = self._delegate(fitted=False)
        of_classes = model is None or not is_regressor(model)
        values, mask = read_labels(y, labeled, minus_one=of_classes)
        (X,) = indexable(X)
        if len(values) != count_rows(X):
            raise ValueError(
                f"y has {len(values)} entries but X has {count_rows(X)} rows; give one "
                "for each row, NaN or None where there is no label, or fit the rows "
                "with a label alone and pass the others to query."
            )
        check_consistent_length(X, embeddings, sample_weight)
        if not len(values):
            raise ValueError("X has 0 rows; give at least one to choose from.")
        self._X, self._embeddings = X, embeddings
        self._labeled = mask
        self._labels = take_labels(values, mask)
        self._wanted = ~mask
        if sample_weight is not None:
            self._wanted &= np.asarray(sample_weight) != 0.0
        self._seed = int(draw_seed(getattr(self, "random_state", None)))
        self.n_labeled_ = int(mask.sum())
        self._fit_wrapped(y, params)
        validate_data(self, X, skip_check_array=True)
        if hasattr(self._delegate(), "classes_"):
            self.classes_ = self._all_classes(self._delegate().classes_)
        elif hasattr(self, "classes_"):
            del self.classes_
        return self

    def _fit_wrapped(self, y: Any, params: dict[str, Any]) -> None:
        """Fit what is wrapped; ``y`` as it was given."""
        model = self._delegate(fitted=False)
        if not self.n_labeled_ and not isinstance(model, FrozenEstimator):
            raise ValueError(
                f"y has no label in {len(self._labeled)} rows, and "
                f"{type(self).__name__} needs a model. Begin with KCenterSampler or "
                "RandomSampler, which pick rows without one, or let ColdStartSampler "
                "do so."
            )
        self.estimator_ = self._fit_labeled(clone(model), params)

    def _fit_labeled(self, model: Any, params: dict[str, Any]) -> Any:
        """Fit a model to the rows with a label."""
        X, rows = self._X, np.flatnonzero(self._labeled)
        if len(rows) < len(self._labeled):
            params = take_params(X, params, indices=rows)
            X = take_rows(X, rows)
        return model.fit(rows_for(model, X), self._labels, **params)

    def _open_pool(
        self, X: Any, candidates: Any, exclude: Any, embeddings: Any
    ) -> Pool:
        is_fitted = X is None
        if is_fitted:
            if embeddings is not None:
                raise ValueError(
                    "embeddings are given without X; pass the rows that they stand "
                    "for, or give those of all rows to fit."
                )
            X, embeddings = map(self._in_place, (self._X, self._embeddings))
            free = self._wanted.copy()
        else:
            (X,) = indexable(X)
            check_consistent_length(X, embeddings)
            free = np.ones(count_rows(X), np.bool_)
        if candidates is not None:
            rows = read_positions(candidates, len(free), "candidates")
            if is_fitted and self._labeled[rows].any():
                known = rows[self._labeled[rows]]
                warnings.warn(
                    f"candidates holds {len(known)} rows that have a label, such as "
                    f"row {known[0]}; they are dropped.",
                    UserWarning,
                    stacklevel=caller_level(),
                )
            chosen = np.zeros(len(free), np.bool_)
            chosen[rows] = True
            free &= chosen
        free[read_positions(exclude, len(free), "exclude")] = False
        return Pool(X, embeddings, np.flatnonzero(free), is_fitted)

    def _in_place(self, X: Any) -> Any:
        """Return rows where they are looked at."""
        if is_device_array(X) and not self._runs_on_device("query"):
            return to_host(X, type(self).__name__)
        return X

    def _runs_on_device(self, method: str) -> bool:
        if method in DELEGATED:
            return self._keeps_device and takes_device_arrays(self._delegate())
        return self._keeps_device and method != "score"

    def __getstate__(self) -> dict[str, Any]:
        """Return what can be loaded where there is no device."""
        state = super().__getstate__()
        return {name: like(None, value) for name, value in state.items()}

    def _draw_seed(self) -> int:
        """Return a seed for this number of labels: each round draws anew."""
        state = np.random.SeedSequence([self._seed, self.n_labeled_])
        return int(state.generate_state(1)[0])

    def _embed(self, X: Any, embeddings: Any) -> Any:
        """Return rows in which to measure distances."""
        name = "X" if embeddings is None else "embeddings"
        if embeddings is None:
            if self._embeddings is not None:
                raise ValueError(
                    "fit was given embeddings but query was not; pass those of X too."
                )
            first_steps, _ = split_steps(self._predictor())
            embeddings = X
            if first_steps is not None:
                embeddings = first_steps.transform(rows_for(first_steps, X))
                if is_device_array(X) and not sparse.issparse(embeddings):
                    embeddings = like(X, embeddings)
        return self._read_rows(embeddings, name)

    def _read_rows(self, rows: Any, name: str) -> Any:
        try:
            return read_rows(rows, name, accept_sparse=self._takes_sparse)
        except (TypeError, ValueError) as error:
            raise type(error)(
                f"{type(self).__name__} compares rows by distances, which {name} does "
                f"not allow. {error} Pass dense and finite numbers as embeddings=, or "
                "let the first steps of a Pipeline make them once there are labels."
            ) from error

    def _predictor(self) -> Any:
        """Return the fitted model whose first steps make embeddings, if any."""
        return getattr(self, "estimator_", None)

    def _embed_rows(self, X: Any, embeddings: Any, rows: Positions) -> Any:
        """Return embeddings of some rows, and look at no others."""
        if len(rows) < count_rows(X):
            if embeddings is None:
                X = take_rows(X, rows)
            else:
                embeddings = take_rows(embeddings, rows)
        return self._embed(X, embeddings)

    def _embed_candidates(self, pool: Pool) -> Any:
        """Return embeddings of the candidates alone."""
        return self._embed_rows(pool.X, pool.embeddings, pool.candidates)

    def _embed_labeled_first(self, pool: Pool) -> tuple[Any, int]:
        """Return embeddings of labelled rows and, after those, of candidates."""
        rows, labeled = self._embed_pool(pool)
        n_labeled = len(labeled)
        if n_labeled and labeled[-1] >= n_labeled:
            free = np.ones(rows.shape[0], np.bool_)
            free[labeled] = False
            order = np.concatenate([labeled, np.flatnonzero(free)])
            rows = take_rows(rows, order)
        return rows, n_labeled

    def _embed_pool(self, pool: Pool) -> tuple[Any, Positions]:
        """Return embeddings of labelled rows and candidates, and places of the former.

        Where candidates are all rows without a label, rows stay in their places;
        otherwise labelled ones come first.
        """
        known = np.flatnonzero(self._labeled)
        n_used = len(known) + len(pool.candidates)
        if pool.is_fitted and n_used == len(self._labeled):
            return self._embed(pool.X, pool.embeddings), known
        rows = self._embed_rows(pool.X, pool.embeddings, pool.candidates)
        labeled = rows[:0, :]
        if len(known):
            labeled = self._embed_rows(self._X, self._embeddings, known)
            labeled = like(None if sparse.issparse(rows) else rows, labeled)
        if sparse.issparse(rows):
            rows = sparse.vstack([labeled, rows], format="csr", dtype=rows.dtype)
        elif is_device_array(rows):
            rows = joined([namespace_of(rows).astype(labeled, rows.dtype), rows])
        else:
            rows = np.concatenate([labeled, rows], dtype=rows.dtype)
        return rows, np.arange(len(known))

    def _unlabeled(self, pool: Pool) -> Positions:
        """Return all rows of the pool that have no label, candidates or not."""
        if pool.is_fitted:
            return np.flatnonzero(~self._labeled)
        return np.arange(count_rows(pool.X))

    def _all_classes(self, seen: NDArray[Any]) -> NDArray[Any]:
        """Return the classes there are, and note which of them have been seen."""
        self._seen: Any = None
        if getattr(self, "classes", None) is None:
            return seen
        every = np.unique(self.classes)
        self._seen = np.isin(every, seen)
        if self._seen.sum() < len(seen):
            other = seen[~np.isin(seen, every)][0]
            raise ValueError(
                f"y holds {other.item()!r}, which is not among "
                f"classes={every.tolist()}; add it to classes, or leave its rows out."
            )
        return every

    def _of_all_classes(self, values: Any, unseen: float) -> Any:
        """Return values of classes with a column for those not seen yet, too."""
        if getattr(self, "_seen", None) is None or self._seen.all():
            return values
        xp = namespace_of(values)
        if values.ndim == 1:
            values = xp.stack([-values, values], axis=1)
        at = np.where(self._seen, np.cumsum(self._seen) - 1, values.shape[1])
        none = xp.full_like(values[:, :1], unseen)
        return xp.take(xp.concat([values, none], axis=1), like(values, at), axis=1)

    def _delegate(self, *, fitted: bool = True) -> Any:
        """Return what predicts: the fitted part, or else the parameter."""
        parameter = getattr(self, self._wraps)
        return getattr(self, f"{self._wraps}_", parameter) if fitted else parameter

    def _model(self) -> Any:
        check_is_fitted(self)
        if not hasattr(self, f"{self._wraps}_"):
            raise NotFittedError(
                f"{type(self).__name__} was fitted without labels, so that there is no "
                "model yet; label the rows that query returns and fit again."
            )
        return self._delegate()

    @available_if(_wrapped_has("predict"))
    def predict(self, X: Any) -> NDArray[Any]:
        """Predict with the fitted estimator.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        predictions : ndarray of shape (n_samples,)
            Labels or numbers.
        """
        return self._model().predict(X)

    @available_if(_wrapped_has("predict_proba"))
    def predict_proba(self, X: Any) -> NDArray[np.floating]:
        """Predict probabilities of classes with the fitted estimator.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        proba : ndarray of shape (n_samples, n_classes)
            Probabilities, in the order of ``classes_``.
        """
        return self._of_all_classes(self._model().predict_proba(X), 0.0)

    @available_if(_wrapped_has("predict_log_proba"))
    def predict_log_proba(self, X: Any) -> NDArray[np.floating]:
        """Predict logarithms of probabilities with the fitted estimator.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        log_proba : ndarray of shape (n_samples, n_classes)
            Logarithms, in the order of ``classes_``.
        """
        return self._of_all_classes(self._model().predict_log_proba(X), -np.inf)

    @available_if(_wrapped_has("decision_function"))
    def decision_function(self, X: Any) -> NDArray[np.floating]:
        """Return the decision function of the fitted estimator.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes)
            Scores of classes.
        """
        return self._of_all_classes(self._model().decision_function(X), -np.inf)

    @available_if(_wrapped_has("score"))
    def score(
        self, X: Any, y: Any, sample_weight: ArrayLike | None = None, **params: Any
    ) -> float:
        """Score the fitted estimator on the rows that have a label.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,)
            Labels; rows without one, marked as for `fit`, are left out. -1 is a label
            if it was one in `fit`.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights for the estimator's ``score``.
        **params : dict
            Further arguments of the estimator's ``score``.

        Returns
        -------
        score : float
            Its score.
        """
        model = self._model()
        if sample_weight is not None:
            params["sample_weight"] = sample_weight
        if routing_enabled():
            params = process_routing(self, "score", **params)[self._wraps].score
        classes = getattr(self, "classes_", None)
        minus_one = classes is not None and not _has_minus_one(classes)
        values, mask = read_labels(y, minus_one=minus_one)
        if not mask.any():
            raise ValueError(
                f"y has no label in {len(mask)} rows, so that there is nothing to "
                "score. In a search or cross-validation, shuffle the rows, as "
                "KFold(shuffle=True) does, or take fewer folds."
            )
        if not mask.all():
            rows = np.flatnonzero(mask)
            params = take_params(X, params, indices=rows)
            X = take_rows(X, rows)
        return model.score(X, take_labels(values, mask), **params)

    def get_metadata_routing(self) -> MetadataRouter:
        """Get the metadata routing of the sampler and of what it wraps.

        Returns
        -------
        routing : MetadataRouter
            ``fit`` and ``score`` go to those of the wrapped object.
        """
        mapping = MethodMapping().add(caller="fit", callee="fit")
        mapping.add(caller="score", callee="score")
        router = MetadataRouter(owner=self).add_self_request(self)
        wrapped = self._delegate(fitted=False)
        return router.add(method_mapping=mapping, **{self._wraps: wrapped})

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        wrapped = self._delegate(fitted=False)
        if wrapped is not None:
            inner = get_tags(wrapped)
            tags.estimator_type = inner.estimator_type
            tags.classifier_tags = inner.classifier_tags
            tags.regressor_tags = inner.regressor_tags
            tags.input_tags = inner.input_tags
            tags.non_deterministic = inner.non_deterministic
        return tags


def takes_device_arrays(model: Any) -> bool:
    """Tell whether a model may be given arrays of a device.

    Those of skx and of cuML may, and those whose tags say so: models of scikit-learn
    only where its dispatch by arrays is switched on.
    """
    if isinstance(model, FrozenEstimator):
        return takes_device_arrays(model.estimator)
    if isinstance(model, Pipeline):
        steps = [step for _, step in model.steps if step not in (None, "passthrough")]
        return all(map(takes_device_arrays, steps))
    library = type(model).__module__.partition(".")[0]
    if isinstance(model, SkxEstimator) or library == "cuml":
        return True
    is_on = library != "sklearn" or get_config()["array_api_dispatch"]
    return model is not None and is_on and get_tags(model).array_api_support


def rows_for(model: Any, X: Any) -> Any:
    """Return rows as a model takes them: copied from a device unless it is for such."""
    if not is_device_array(X) or takes_device_arrays(model):
        return X
    return to_host(X, type(model).__name__)


def stack_rows(first: Any, second: Any) -> Any:
    """Put rows under rows of the same kind."""
    if sparse.issparse(first) or sparse.issparse(second):
        return sparse.vstack([first, second], format="csr")
    if isinstance(first, list):
        return first + list(second)
    if hasattr(first, "vstack"):  # polars
        return first.vstack(second)
    if hasattr(first, "iloc"):
        from pandas import concat

        return concat([first, second], ignore_index=True)
    return np.concatenate([first, second])


def split_steps(model: Any) -> tuple[Any, Any]:
    """Return the first steps of a pipeline, or None, and the last."""
    if isinstance(model, FrozenEstimator):
        model = model.estimator
    if isinstance(model, Pipeline):
        return (model[:-1] if len(model) > 1 else None), model[-1]
    return None, model


def _has_minus_one(classes: NDArray) -> bool:
    return classes.dtype.kind == "i" and -1 in classes
