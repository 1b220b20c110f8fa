# SPDX-License-Identifier: BSD-3-Clause
"""A model for each cluster of tasks that do each other's work (RMB-CLE)."""

from numbers import Integral
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import cut_tree, linkage
from scipy.spatial.distance import squareform
from sklearn.base import clone, is_classifier
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import has_fit_parameter

from skx._base.sklearn import Interval, StrOptions
from skx.multitask._meta import TaskModels, Training, fit_model
from skx.multitask._models import Cost
from skx.multitask._similarity import constant_losses, task_distance
from skx.multitask._split import TaskStratifiedKFold

# Numbers of clusters that "auto" tries at most.
MOST_TRIED = 12


class TaskClusterBooster(TaskModels):
    """One clone of an estimator for each cluster of tasks that are alike.

    For tasks that come in groups which differ: several kinds of sensors, of shops, of
    patients. Two tasks are alike if a model fitted on the one predicts held-out rows of
    the other about as well as that task's own model does [1]_. Not for tasks that all
    resemble each other (one model is better and cheaper) or that differ gradually,
    which `RMTGBRegressor` suits.

    Parameters
    ----------
    estimator : classifier or regressor
        Cloned and fitted for each cluster; makes this a classifier or a regressor. One
        whose ``fit`` takes ``tasks``, such as `MTGBRegressor`, is given them, and so
        tells the tasks of a cluster apart.
    n_clusters : int >= 1 or "auto", default="auto"
        Number of clusters. "auto": the number, of those between 1 and that of the
        tasks, whose models have the least loss at held-out rows; the smaller one of
        equals. With more than 12 tasks, 12 numbers are tried, evenly spaced in ratio.
    linkage : {"average", "complete", "single"}, default="average"
        Distance of two clusters: the mean, largest or smallest one between their tasks.
    n_splits : int >= 2, default=3
        Number of folds in which models and tasks are compared; more give models that
        are compared more rows to learn from.
    fallback : {"pooled", "error"} or estimator, default="pooled"
        What predicts rows of tasks that ``fit`` has not seen, or whose id is missing.
        "pooled": another clone of ``estimator``, fitted on the rows of all tasks. An
        estimator: a clone of that one. "error": nothing, such rows are an error.
    task_feature : int, str or None, default=None
        Column of X that holds the task of each row; estimators do not see it. None:
        ids are passed as ``tasks``.
    n_jobs : int or None, default=None
        Models fitted at the same time; None means 1, -1 all processors.
    verbose : int, default=0
        1 prints how many models are fitted for what, and what was chosen; more is, less
        1, joblib's ``verbose`` in these fits.
    random_state : int, RandomState instance or None, default=None
        Seed of the folds.

    Attributes
    ----------
    tasks_ : ndarray of shape (n_tasks,)
        Ids of the tasks, sorted.
    n_tasks_ : int
        Number of tasks.
    task_counts_ : ndarray of shape (n_tasks,), int64
        Rows of each task that have weight.
    cluster_labels_ : ndarray of shape (n_tasks,), int64
        Cluster of each task, numbered in the order of their first tasks.
    n_clusters_ : int
        Number of clusters.
    cross_error_ : ndarray of shape (n_tasks, n_tasks)
        Mean loss of the model of the task of the column at held-out rows of the task of
        the row. NaN where no fold has such a pair.
    task_distance_ : ndarray of shape (n_tasks, n_tasks)
        What tasks were clustered by, symmetric, see Notes.
    cluster_scores_ : dict
        Mean loss at held-out rows for each number of clusters that was tried; empty if
        ``n_clusters`` is given.
    estimators_ : list of length n_clusters
        The fitted estimator of each cluster.
    fallback_ : estimator or None
        The fitted fallback; None with "error", and where all rows were one task.
    classes_ : ndarray of shape (n_classes,)
        Classes of all tasks, sorted; of classifiers only.
    n_features_in_ : int
        Number of columns of X, that of the tasks included.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, where X has them.

    See Also
    --------
    PerTask : Every task by itself.
    task_similarity : How alike tasks are to any model.
    TaskSimilarityDisplay : A picture of it.

    Notes
    -----
    Let E[t, u] be the cross error. By how much u's model is worse at rows of t than t's
    own, max(0, E[t, u] - E[t, t]), is divided by the loss of the best constant for t,
    so that neither unit nor spread of y matter. (That loss is averaged with the median
    one of all tasks, which counts for ten rows.) The distance of t and u is the mean of
    the two directions, each weighted by the number of rows of the task whose model it
    tries. Loss is the squared error, for classes the squared error of the
    probabilities, or the share of errors where the estimator has no ``predict_proba``.
    A task too small to be held out from its own model is compared by the best model of
    the others.

    The published method takes errors of the models at rows that they were fitted on,
    which favours each task's own model; here all models are asked about held-out rows.
    "auto" weighs losses, not the shape of the clusters, and can choose 1 or as many
    clusters as tasks.

    Cost: ``n_splits`` fits for each task and each cluster tried, one for each cluster
    in the end, and ``n_tasks`` predictions of each row.

    References
    ----------
    .. [1] S. Emami, D. Hernández-Lobato, G. Martínez-Muñoz (2026), Robust multi-task
       boosting using clustering and local ensembling, arXiv 2602.14231.

    Examples
    --------
    >>> from sklearn.linear_model import Ridge
    >>> from skx.datasets import make_multitask
    >>> from skx.multitask import TaskClusterBooster
    >>> X, y, tasks = make_multitask(
    ...     n_tasks=6, n_features=2, n_samples_per_task=50, random_state=0
    ... )
    >>> model = TaskClusterBooster(Ridge(), random_state=0).fit(X, y, tasks=tasks)
    >>> model.cluster_labels_
    array([0, 0, 0, 0, 1, 1])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **TaskModels._parameter_constraints,
        "n_clusters": [
            Interval(Integral, 1, None, closed="left"),
            StrOptions({"auto"}),
        ],
        "linkage": [StrOptions({"average", "complete", "single"})],
        "n_splits": [Interval(Integral, 2, None, closed="left")],
        "verbose": ["verbose"],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        estimator: Any,
        *,
        n_clusters: int | str = "auto",
        linkage: str = "average",
        n_splits: int = 3,
        fallback: Any = "pooled",
        task_feature: int | str | None = None,
        n_jobs: int | None = None,
        verbose: int = 0,
        random_state: Any = None,
    ) -> None:
        self.estimator = estimator
        self.n_clusters = n_clusters
        self.linkage = linkage
        self.n_splits = n_splits
        self.fallback = fallback
        self.task_feature = task_feature
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.random_state = random_state

    def _fit_groups(self, training: Training) -> None:
        n_tasks = self.n_tasks_
        wanted = 1 if isinstance(self.n_clusters, str) else self.n_clusters
        if self._has_tasks and wanted > n_tasks:
            raise ValueError(
                f"n_clusters={self.n_clusters} but there are {n_tasks} tasks."
            )
        self.cluster_scores_: dict[int, float] = {}
        self.cross_error_ = np.full((n_tasks, n_tasks), np.nan)
        self.task_distance_ = np.zeros((n_tasks, n_tasks))
        labels = np.zeros(n_tasks, dtype=np.int64)
        if n_tasks > 1:
            labels = self._cluster(training)
        self.cluster_labels_ = labels
        self.n_clusters_ = int(labels.max()) + 1
        self.estimators_ = self._fit_models(training, labels, self.n_clusters_)
        self._models, self._model_of_task = self.estimators_, labels

    def _cluster(self, training: Training) -> NDArray[np.int64]:
        """Return the cluster of each task."""
        cost = Cost.of("auto", self.estimator)
        inner = max(0, int(self.verbose) - 1)
        comparison = Comparison(
            training, self.estimator, cost, self._folds(training), self.n_jobs, inner
        )
        n_splits = len(comparison.folds)
        self._tell(f"{n_splits} models for each of {self.n_tasks_} tasks")
        self.cross_error_ = comparison.cross_errors()
        self.task_distance_ = task_distance(
            self.cross_error_,
            constant_losses(
                cost, training.y[training.rows], training.codes, training.weights
            ),
            self.task_counts_,
        )
        tree = linkage(
            squareform(self.task_distance_, checks=False), method=self.linkage
        )
        if not isinstance(self.n_clusters, str):
            return cut(tree, self.n_clusters)
        n_tried = min(self.n_tasks_, MOST_TRIED)
        tried = np.geomspace(1, self.n_tasks_, n_tried).round().astype(int)
        if n_tried == self.n_tasks_:
            tried = np.arange(1, n_tried + 1)
        partitions = {int(k): cut(tree, k) for k in np.unique(tried)}
        clusters = sorted(
            {c for labels in partitions.values() for c in members(labels)}
        )
        self._tell(f"{n_splits} models for each of {len(clusters)} clusters")
        losses = dict(zip(clusters, comparison.own_losses(clusters), strict=True))
        total = training.weights.sum()
        self.cluster_scores_ = {
            k: float(sum(losses[c] for c in members(labels)) / total)
            for k, labels in partitions.items()
        }
        best = min(self.cluster_scores_, key=self.cluster_scores_.__getitem__)
        losses_of = (f"{k}: {loss:.4g}" for k, loss in self.cluster_scores_.items())
        self._tell(
            f"{best} clusters, by losses at held-out rows: {', '.join(losses_of)}"
        )
        return partitions[best]

    def _tell(self, text: str) -> None:
        if self.verbose:
            print(f"[{type(self).__name__}] {text}", flush=True)

    def _folds(
        self, training: Training
    ) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
        splitter = TaskStratifiedKFold(
            self.n_splits, shuffle=True, random_state=self.random_state
        )
        y = training.y[training.rows] if is_classifier(self) else None
        return list(splitter.split(training.codes, y, groups=training.codes))


class Comparison(NamedTuple):
    """Models of clusters, tuples of tasks, fitted and tried in folds."""

    training: Training
    estimator: Any
    cost: Cost
    folds: list[tuple[NDArray[np.intp], NDArray[np.intp]]]
    n_jobs: int | None
    verbose: int

    def cross_errors(self) -> NDArray[np.float64]:
        """Return the mean loss of rows of a task, by the model of another."""
        training, n_tasks = self.training, int(self.training.codes.max()) + 1
        jobs = [
            (train[training.codes[train] == u], test, u)
            for train, test in self.folds
            for u in range(n_tasks)
        ]
        jobs = [job for job in jobs if len(job[0])]
        losses = Parallel(n_jobs=self.n_jobs, verbose=self.verbose)(
            self._job(*job[:2], training.tasks[job[2]]) for job in jobs
        )
        sums, totals = np.zeros((2, n_tasks, n_tasks))
        for (_, test, u), loss in zip(jobs, losses, strict=True):
            codes, weights = training.codes[test], training.weights[test]
            sums[:, u] += np.bincount(codes, weights * loss, minlength=n_tasks)
            totals[:, u] += np.bincount(codes, weights, minlength=n_tasks)
        return np.divide(sums, totals, out=np.full_like(sums, np.nan), where=totals > 0)

    def own_losses(self, clusters: list[tuple[int, ...]]) -> list[float]:
        """Return the summed loss of the rows of clusters, by models of their own."""
        codes, weights = self.training.codes, self.training.weights
        jobs = []
        for k, cluster in enumerate(clusters):
            inside = np.isin(codes, cluster)
            for train, test in self.folds:
                # Without rows to learn from, rows are predicted as those of new tasks.
                learned = train[inside[train]] if inside[train].any() else train
                if inside[test].any():
                    jobs.append((k, learned, test[inside[test]]))
        losses = Parallel(n_jobs=self.n_jobs, verbose=self.verbose)(
            self._job(*job[1:]) for job in jobs
        )
        sums = np.zeros(len(clusters))
        for (k, _, test), loss in zip(jobs, losses, strict=True):
            sums[k] += weights[test] @ loss
        return sums.tolist()

    def _job(
        self, train: NDArray[np.intp], test: NDArray[np.intp], as_task: Any = None
    ) -> Any:
        X, y, params = self.training.part(test)
        told = {}
        if "tasks" in params:
            told["tasks"] = params["tasks"]
            if as_task is not None:
                told["tasks"] = np.full(len(y), as_task)
        return delayed(_fit_and_try)(
            clone(self.estimator), self.training.part(train), X, y, told, self.cost
        )


def _fit_and_try(
    model: Any, part: tuple, X: Any, y: NDArray[Any], told: dict[str, Any], cost: Cost
) -> NDArray[np.float64]:
    """Fit a model on some rows, and return its loss at each of others."""
    model = fit_model(model, *part)
    if not has_fit_parameter(model, "tasks"):
        told = {}
    said = np.asarray(getattr(model, cost.method)(X, **told))
    return cost(y, said, getattr(model, "classes_", None))


def cut(tree: NDArray[np.float64], n_clusters: int) -> NDArray[np.int64]:
    """Return the cluster of each leaf, numbered in the order of their first leaves."""
    labels = cut_tree(tree, n_clusters=n_clusters)[:, 0]
    _, first, labels = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[labels].astype(np.int64)


def members(labels: NDArray[np.int64]) -> list[tuple[int, ...]]:
    """Return the tasks of each cluster."""
    return [
        tuple(np.flatnonzero(labels == c).tolist()) for c in range(labels.max() + 1)
    ]
