# SPDX-License-Identifier: BSD-3-Clause
"""MTGB: boosting of what tasks share, then of what each has to itself."""

from typing import Any

from skx.multitask._targets import Classification, Regression


class MTGBRegressor(Regression):
    """Boosting of many related regressions: shared trees, then trees of each task."""

    def __init__(
        self,
        loss: str = "squared_error",
        *,
        quantile: float | None = None,
        alpha: float = 0.9,
        learning_rate: float = 0.1,
        n_iter_shared: int = 100,
        n_iter_task: int = 300,
        max_leaf_nodes: int = 8,
        max_depth: int | None = None,
        min_samples_leaf: int = 5,
        min_child_weight: float = 1.0,
        l2_regularization: float = 1.0,
        l2_task_regularization: float = 30.0,
        min_split_gain: float = 0.0,
        max_bins: int = 255,
        max_features: float = 1.0,
        subsample: float = 1.0,
        leaf_update: str = "newton",
        task_intercept: bool = True,
        init: str = "mean",
        categorical_features: Any = "from_dtype",
        monotonic_cst: Any = None,
        interaction_cst: Any = None,
        task_feature: int | str | None = None,
        unseen_task: str = "shared",
        task_weight: Any = None,
        early_stopping: bool | str = "auto",
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 20,
        tol: float = 1e-7,
        refit: bool = True,
        n_jobs: int | None = None,
        verbose: int = 0,
        random_state: Any = None,
    ) -> None:
        self.loss = loss
        self.quantile = quantile
        self.alpha = alpha
        self.learning_rate = learning_rate
        self.n_iter_shared = n_iter_shared
        self.n_iter_task = n_iter_task
        self.max_leaf_nodes = max_leaf_nodes
        self.max_depth = max_depth
        self.min_samples_leaf = min_samples_leaf
        self.min_child_weight = min_child_weight
        self.l2_regularization = l2_regularization
        self.l2_task_regularization = l2_task_regularization
        self.min_split_gain = min_split_gain
        self.max_bins = max_bins
        self.max_features = max_features
        self.subsample = subsample
        self.leaf_update = leaf_update
        self.task_intercept = task_intercept
        self.init = init
        self.categorical_features = categorical_features
        self.monotonic_cst = monotonic_cst
        self.interaction_cst = interaction_cst
        self.task_feature = task_feature
        self.unseen_task = unseen_task
        self.task_weight = task_weight
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.refit = refit
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.random_state = random_state


class MTGBClassifier(Classification):
    """Gradient boosting of many related classifications."""

    def __init__(
        self,
        *,
        learning_rate: float = 0.1,
        n_iter_shared: int = 100,
        n_iter_task: int = 300,
        max_leaf_nodes: int = 8,
        max_depth: int | None = None,
        min_samples_leaf: int = 5,
        min_child_weight: float = 1.0,
        l2_regularization: float = 1.0,
        l2_task_regularization: float = 30.0,
        min_split_gain: float = 0.0,
        max_bins: int = 255,
        max_features: float = 1.0,
        subsample: float = 1.0,
        leaf_update: str = "newton",
        task_intercept: bool = True,
        init: str = "mean",
        categorical_features: Any = "from_dtype",
        monotonic_cst: Any = None,
        interaction_cst: Any = None,
        task_feature: int | str | None = None,
        unseen_task: str = "shared",
        task_weight: Any = None,
        class_weight: Any = None,
        early_stopping: bool | str = "auto",
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 20,
        tol: float = 1e-7,
        refit: bool = True,
        n_jobs: int | None = None,
        verbose: int = 0,
        random_state: Any = None,
    ) -> None:
        self.learning_rate = learning_rate
        self.n_iter_shared = n_iter_shared
        self.n_iter_task = n_iter_task
        self.max_leaf_nodes = max_leaf_nodes
        self.max_depth = max_depth
        self.min_samples_leaf = min_samples_leaf
        self.min_child_weight = min_child_weight
        self.l2_regularization = l2_regularization
        self.l2_task_regularization = l2_task_regularization
        self.min_split_gain = min_split_gain
        self.max_bins = max_bins
        self.max_features = max_features
        self.subsample = subsample
        self.leaf_update = leaf_update
        self.task_intercept = task_intercept
        self.init = init
        self.categorical_features = categorical_features
        self.monotonic_cst = monotonic_cst
        self.interaction_cst = interaction_cst
        self.task_feature = task_feature
        self.unseen_task = unseen_task
        self.task_weight = task_weight
        self.class_weight = class_weight
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.refit = refit
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.random_state = random_state
