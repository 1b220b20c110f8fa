# SPDX-License-Identifier: BSD-3-Clause
"""MTGB: boosting of what tasks share, then of what each has to itself."""

from typing import Any

from skx.multitask._targets import Classification, Regression


class MTGBRegressor(Regression):
    """MTGB: boosting of related regressions, by shared trees, then trees of each task.

    For rows that belong to tasks (shops, patients, schools, sensors) which share
    columns and kind of target but not quite the function between them. What all tasks
    share is learned first, then what each has to itself. Where some tasks may be unlike
    the others, :class:`RMTGBRegressor` keeps them from spoiling what is shared, for
    about three times the cost of the shared rounds. With tasks that have nothing in
    common, one model for each does as well.

    Parameters
    ----------
    loss : {"squared_error", "absolute_error", "huber", "quantile", "poisson"}, \
            default="squared_error"
        What is minimised, see Notes. "absolute_error" and "quantile" aim at the median
        and another quantile; "huber" at the mean, with less weight to far residuals;
        "poisson" at the mean of counts, by its logarithm.
    quantile : float in (0, 1) or None, default=None
        Which quantile ``loss="quantile"`` aims at.
    alpha : float in (0, 1), default=0.9
        For ``loss="huber"``: quantile of the distances from which on they count
        linearly.
    learning_rate : float > 0, default=0.1
        Factor of what a tree adds. Smaller values need more rounds and fit smoother.
    n_iter_shared : int >= 0, default=100
        Rounds of the shared block, which all tasks learn together; 0 leaves it out.
    n_iter_task : int >= 0, default=300
        Rounds of the block of each task; 0 leaves its trees out. Early stopping finds
        fewer for each task.
    max_leaf_nodes : int in [2, 32767], default=8
        Most leaves of a tree, which grows best split first; 2 are stumps, without
        interactions of columns.
    max_depth : int >= 1 or None, default=None
        Most splits on a path; None sets no limit.
    min_samples_leaf : int >= 1, default=5
        Least number of rows in a leaf.
    min_child_weight : float >= 0, default=1.0
        Least sum of second derivatives of the loss in a leaf; for squared error, least
        weight of its rows.
    l2_regularization : float >= 0, default=1.0
        Added to that sum where a leaf divides by it, in the shared and outlier blocks:
        draws leaves to 0, those with few rows most.
    l2_task_regularization : float >= 0, default=30.0
        The same in the task block, in rows: a constant or leaf with so many rows is
        halved. Larger values suit small or noisy tasks, 0 suits tasks with little
        noise.
    min_split_gain : float >= 0, default=0.0
        A split must lower twice the loss by more than this.
    max_bins : int in [2, 255], default=255
        Bins of a column of numbers; columns with no more distinct values are split
        exactly. In the task block, a task of up to 10,000 rows has bins of its own: no
        more than one for each `min_samples_leaf` rows, or 32 if that is more.
    max_features : float in (0, 1], default=1.0
        Part of the columns that are tried at a split, drawn anew for each.
    subsample : float in (0, 1], default=1.0
        Part of the rows of each task that a round learns from, drawn anew for each.
    leaf_update : {"newton", "gradient"}, default="newton"
        "newton" divides by second derivatives. "gradient" takes mean residuals, as the
        published code does: no constants of tasks, and with more than two classes one
        tree a round that holds a vector in each leaf.
    task_intercept : bool, default=True
        Whether the task block of each task starts with a constant.
    init : {"mean", "zero"}, default="mean"
        Whether scores start at the best constant or at 0.
    categorical_features : "from_dtype", array-like or None, default="from_dtype"
        Columns of categories: those of a categorical type in a frame, or a mask, names
        or positions. Up to 255 categories are kept of each, the rarest of more are one.
    monotonic_cst : array-like of int, dict or None, default=None
        1, -1 or 0 for each column, or a dict of those of a frame: predictions must not
        fall, not rise, or are free when its value rises. It holds within each task. Not
        for categories, nor for more than two classes.
    interaction_cst : sequence of sets of int, str or None, default=None
        Sets of columns that may meet on a path of a tree, by position in X; columns in
        no set make up one more. "pairwise" allows any two, "no_interactions" none.
    task_feature : int, str or None, default=None
        Column of X that holds the task of each row, by position or name. It is taken
        out before anything else, so cross-validation, pipelines and searches need no
        routing of ``tasks``.
    unseen_task : {"shared", "mean", "error"}, default="shared"
        What to do with rows of tasks that ``fit`` has not seen, or whose id is missing:
        use what tasks share; add the mean of all task blocks; or raise an error.
    task_weight : dict, "balanced" or None, default=None
        Weights of tasks in what they share: a dict from id to factor, or "balanced", by
        which all tasks count the same. None lets tasks count by their rows.
    early_stopping : bool or "auto", default="auto"
        Whether to keep rows apart to find the numbers of rounds by; "auto" does so from
        500 rows on, or if ``fit`` is given an ``eval_set``.
    validation_fraction : float in (0, 1), default=0.1
        Part of the rows of each task that is kept apart. Tasks with fewer than 10 rows
        keep all of theirs for training.
    n_iter_no_change : int >= 1, default=20
        Rounds without a better validation loss after which the shared and outlier
        blocks stop; the best round is where they are cut.
    tol : float >= 0, default=1e-7
        By what part of itself the best validation loss must fall to count as better.
    refit : bool, default=True
        Whether to grow the blocks anew on all rows, with the rounds found, after
        stopping. Takes about twice the time.
    n_jobs : int or None, default=None
        Threads over tasks in the task block and over rows in ``shap_values``; None
        means 1, -1 all. Results do not depend on it.
    verbose : int, default=0
        0 is silent. 1 prints a line with the losses after every tenth round of the
        blocks that tasks share, and one for the task block; 2 a line for every round.
    random_state : int, RandomState instance or None, default=None
        Seed of the rows that are kept apart and, where such are asked for, of the draws
        of rows, columns and weights of tasks.

    Attributes
    ----------
    tasks_ : ndarray of shape (n_tasks,)
        Ids of the tasks, sorted; all per-task attributes have this order.
    n_tasks_ : int
        Number of tasks.
    task_counts_ : ndarray of shape (n_tasks,), int64
        Rows of each task with a weight above 0.
    task_feature_name_ : str or int
        Name or position of the column of task ids; only with ``task_feature``.
    n_iter_shared_ : int
        Rounds of the shared block. 0 also if validation rows say that tasks fare better
        each on its own.
    n_iter_task_ : ndarray of shape (n_tasks,), int64
        Rounds of each task in the task block.
    baseline_prediction_ : ndarray of shape (1,), float64
        Score before the first round.
    train_score_ : dict of ndarray of shape (n_rounds + 1,), float64
        Mean loss of the training rows before the first and after each round of
        "shared", weighted.
    validation_score_ : dict of ndarray, float64
        The same of the rows to stop by, with the rounds that were cut off; empty
        without early stopping.
    task_loss_ : ndarray of shape (n_tasks,), float64
        Mean loss of the training rows of each task, weighted, by the whole model.
    feature_importances_ : ndarray of shape (n_features,), float64
        Part of each column in the gains of all splits, 1 in sum; 0 for a column of task
        ids. Like all importances by gain, they favour columns with many values.
    feature_importances_by_block_ : dict of ndarray of shape (n_features,), float64
        The parts of the blocks in these; those of "non_outlier" and "outlier" are 0.
    feature_importances_task_ : ndarray of shape (n_tasks, n_features), float64
        The same in the trees of each task alone, 1 in sum, or 0 if it has no splits.
    n_features_in_ : int
        Number of columns of X, that of the task ids included.
    feature_names_in_ : ndarray of shape (n_features,), object
        Names of the columns, if X has string ones.

    See Also
    --------
    RMTGBRegressor : With a block that sets outlier tasks apart.
    MTGBClassifier : For classes.
    fit_partitions : For rows in files, processes or on machines.

    Notes
    -----
    The score of a row x of task t is::

        F(x, t) = f0 + A(x) + D_t(x)

    where f0 is a constant and A and D_t are sums of trees. A is grown on the rows of
    all tasks, and then D_t on the rows of task t.

    Losses, with r = y - F: squared_error r^2 / 2; absolute_error abs(r); huber r^2 / 2
    up to the ``alpha`` quantile of the distances and linear beyond; quantile max(q r,
    (q - 1) r); poisson exp(F) - y F, whose predictions are exp(F). Leaves of
    absolute_error and quantile are quantiles of residuals.

    Early stopping. The shared block stops by the loss of all validation rows. The task
    block is cut for each task at the round that is best for its own validation rows, to
    which the change of loss of those of all tasks is added as if there were 100 rows
    more: few rows say little. Tasks without validation rows follow the others. If the
    validation rows fare better by more than two standard errors without the shared
    block, it is dropped.

    Unseen tasks get f0 + A(x); ``unseen_task="mean"`` adds the mean of all D_t. A
    warning names them. A prediction does not depend on the other rows it is made with.

    Trees are grown on binned columns, best gain first; of equal gains the first column
    and lowest threshold win. Missing values go to the better side of a split, and to
    the larger one if there were none in the fit; unknown categories are missing values.
    A sample weight multiplies the derivatives. ``task_weight`` does not change D_t.

    Cost: a tree takes O(n d) for n rows and d columns, times about half the depth of
    the tree, whatever the number of tasks; all trees of one round of the task block
    take as much as one. Memory is a byte for each entry of X beside a copy of it.

    CuPy arrays of numbers are computed on the device, in a fit and where scores are
    predicted: rows are coded there, and the histograms of trees that tasks share are
    added up there, of derivatives that are rounded once, which can decide between equal
    splits. The trees of each task, whose rows are few, grow on the host, from a copy of
    X. With categorical columns, and for stages, leaves and SHAP values, the host does
    it all.

    ``paper_params()`` returns the parameters of the published code. The defaults differ
    from it in Newton steps, penalties, more leaves than two, constants of tasks and
    early stopping.

    References
    ----------
    S. Emami, C. Ruiz Pastor, G. Martínez-Muñoz, 2023, "Multi-Task Gradient Boosting",
    Hybrid Artificial Intelligent Systems (HAIS), Lecture Notes in Computer Science
    14001, Springer.

    Examples
    --------
    >>> import numpy as np
    >>> from skx.multitask import MTGBRegressor
    >>> rng = np.random.default_rng(0)
    >>> X = rng.uniform(-1, 1, size=(600, 2))
    >>> tasks = np.array(["north", "south", "west"])[np.arange(600) % 3]
    >>> y = X[:, 0] + (tasks == "south") * X[:, 1]
    >>> model = MTGBRegressor(random_state=0).fit(X, y, tasks)
    >>> model.predict_for_task([[0.0, 0.9]], "south").round()
    array([1.])
    >>> model.predict_for_task([[0.0, 0.9]], "west").round() + 0.0
    array([0.])
    """

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
    """MTGB: boosting of related classifications, shared trees first, then each task.

    For rows that belong to tasks (shops, patients, schools, sensors) which share
    columns and classes but not quite the function between them. What all tasks share is
    learned first, then what each has to itself. Where some tasks may be unlike the
    others, :class:`RMTGBClassifier` keeps them from spoiling what is shared, for about
    three times the cost of the shared rounds. With tasks that have nothing in common,
    one model for each does as well.

    Parameters
    ----------
    learning_rate : float > 0, default=0.1
        Factor of what a tree adds. Smaller values need more rounds and fit smoother.
    n_iter_shared : int >= 0, default=100
        Rounds of the shared block, which all tasks learn together; 0 leaves it out.
    n_iter_task : int >= 0, default=300
        Rounds of the block of each task; 0 leaves its trees out. Early stopping finds
        fewer for each task.
    max_leaf_nodes : int in [2, 32767], default=8
        Most leaves of a tree, which grows best split first; 2 are stumps, without
        interactions of columns.
    max_depth : int >= 1 or None, default=None
        Most splits on a path; None sets no limit.
    min_samples_leaf : int >= 1, default=5
        Least number of rows in a leaf.
    min_child_weight : float >= 0, default=1.0
        Least sum of second derivatives of the loss in a leaf; for squared error, least
        weight of its rows.
    l2_regularization : float >= 0, default=1.0
        Added to that sum where a leaf divides by it, in the shared and outlier blocks:
        draws leaves to 0, those with few rows most.
    l2_task_regularization : float >= 0, default=30.0
        The same in the task block, in rows: a constant or leaf with so many rows is
        halved. Larger values suit small or noisy tasks, 0 suits tasks with little
        noise.
    min_split_gain : float >= 0, default=0.0
        A split must lower twice the loss by more than this.
    max_bins : int in [2, 255], default=255
        Bins of a column of numbers; columns with no more distinct values are split
        exactly. In the task block, a task of up to 10,000 rows has bins of its own: no
        more than one for each `min_samples_leaf` rows, or 32 if that is more.
    max_features : float in (0, 1], default=1.0
        Part of the columns that are tried at a split, drawn anew for each.
    subsample : float in (0, 1], default=1.0
        Part of the rows of each task that a round learns from, drawn anew for each.
    leaf_update : {"newton", "gradient"}, default="newton"
        "newton" divides by second derivatives. "gradient" takes mean residuals, as the
        published code does: no constants of tasks, and with more than two classes one
        tree a round that holds a vector in each leaf.
    task_intercept : bool, default=True
        Whether the task block of each task starts with a constant.
    init : {"mean", "zero"}, default="mean"
        Whether scores start at the best constant or at 0.
    categorical_features : "from_dtype", array-like or None, default="from_dtype"
        Columns of categories: those of a categorical type in a frame, or a mask, names
        or positions. Up to 255 categories are kept of each, the rarest of more are one.
    monotonic_cst : array-like of int, dict or None, default=None
        1, -1 or 0 for each column, or a dict of those of a frame: predictions must not
        fall, not rise, or are free when its value rises. It holds within each task. Not
        for categories, nor for more than two classes.
    interaction_cst : sequence of sets of int, str or None, default=None
        Sets of columns that may meet on a path of a tree, by position in X; columns in
        no set make up one more. "pairwise" allows any two, "no_interactions" none.
    task_feature : int, str or None, default=None
        Column of X that holds the task of each row, by position or name. It is taken
        out before anything else, so cross-validation, pipelines and searches need no
        routing of ``tasks``.
    unseen_task : {"shared", "mean", "error"}, default="shared"
        What to do with rows of tasks that ``fit`` has not seen, or whose id is missing:
        use what tasks share; add the mean of all task blocks; or raise an error.
    task_weight : dict, "balanced" or None, default=None
        Weights of tasks in what they share: a dict from id to factor, or "balanced", by
        which all tasks count the same. None lets tasks count by their rows.
    class_weight : dict, "balanced" or None, default=None
        Weights of classes: a dict from class to factor, or "balanced", by which all
        classes count the same.
    early_stopping : bool or "auto", default="auto"
        Whether to keep rows apart to find the numbers of rounds by; "auto" does so from
        500 rows on, or if ``fit`` is given an ``eval_set``.
    validation_fraction : float in (0, 1), default=0.1
        Part of the rows of each task that is kept apart. Tasks with fewer than 10 rows
        keep all of theirs for training.
    n_iter_no_change : int >= 1, default=20
        Rounds without a better validation loss after which the shared and outlier
        blocks stop; the best round is where they are cut.
    tol : float >= 0, default=1e-7
        By what part of itself the best validation loss must fall to count as better.
    refit : bool, default=True
        Whether to grow the blocks anew on all rows, with the rounds found, after
        stopping. Takes about twice the time.
    n_jobs : int or None, default=None
        Threads over tasks in the task block and over rows in ``shap_values``; None
        means 1, -1 all. Results do not depend on it.
    verbose : int, default=0
        0 is silent. 1 prints a line with the losses after every tenth round of the
        blocks that tasks share, and one for the task block; 2 a line for every round.
    random_state : int, RandomState instance or None, default=None
        Seed of the rows that are kept apart and, where such are asked for, of the draws
        of rows, columns and weights of tasks.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Classes, sorted.
    tasks_ : ndarray of shape (n_tasks,)
        Ids of the tasks, sorted; all per-task attributes have this order.
    n_tasks_ : int
        Number of tasks.
    task_counts_ : ndarray of shape (n_tasks,), int64
        Rows of each task with a weight above 0.
    task_feature_name_ : str or int
        Name or position of the column of task ids; only with ``task_feature``.
    n_iter_shared_ : int
        Rounds of the shared block. 0 also if validation rows say that tasks fare better
        each on its own.
    n_iter_task_ : ndarray of shape (n_tasks,), int64
        Rounds of each task in the task block.
    baseline_prediction_ : ndarray of shape (1,) or (n_classes,), float64
        Score before the first round.
    train_score_ : dict of ndarray of shape (n_rounds + 1,), float64
        Mean loss of the training rows before the first and after each round of
        "shared", weighted.
    validation_score_ : dict of ndarray, float64
        The same of the rows to stop by, with the rounds that were cut off; empty
        without early stopping.
    task_loss_ : ndarray of shape (n_tasks,), float64
        Mean loss of the training rows of each task, weighted, by the whole model.
    feature_importances_ : ndarray of shape (n_features,), float64
        Part of each column in the gains of all splits, 1 in sum; 0 for a column of task
        ids. Like all importances by gain, they favour columns with many values.
    feature_importances_by_block_ : dict of ndarray of shape (n_features,), float64
        The parts of the blocks in these; those of "non_outlier" and "outlier" are 0.
    feature_importances_task_ : ndarray of shape (n_tasks, n_features), float64
        The same in the trees of each task alone, 1 in sum, or 0 if it has no splits.
    n_features_in_ : int
        Number of columns of X, that of the task ids included.
    feature_names_in_ : ndarray of shape (n_features,), object
        Names of the columns, if X has string ones.

    See Also
    --------
    RMTGBClassifier : With a block that sets outlier tasks apart.
    MTGBRegressor : For numbers.
    fit_partitions : For rows in files, processes or on machines.

    Notes
    -----
    The score of a row x of task t is::

        F(x, t) = f0 + A(x) + D_t(x)

    where f0 is a constant and A and D_t are sums of trees. A is grown on the rows of
    all tasks, and then D_t on the rows of task t.

    The loss is the log loss of the logistic function of F, and with more than two
    classes of the softmax of a score for each class, for which each round grows one
    tree a class.

    Early stopping. The shared block stops by the loss of all validation rows. The task
    block is cut for each task at the round that is best for its own validation rows, to
    which the change of loss of those of all tasks is added as if there were 100 rows
    more: few rows say little. Tasks without validation rows follow the others. If the
    validation rows fare better by more than two standard errors without the shared
    block, it is dropped.

    Unseen tasks get f0 + A(x); ``unseen_task="mean"`` adds the mean of all D_t. A
    warning names them. A prediction does not depend on the other rows it is made with.

    Trees are grown on binned columns, best gain first; of equal gains the first column
    and lowest threshold win. Missing values go to the better side of a split, and to
    the larger one if there were none in the fit; unknown categories are missing values.
    A sample weight multiplies the derivatives. ``task_weight`` does not change D_t.

    Cost: a tree takes O(n d) for n rows and d columns, times about half the depth of
    the tree, whatever the number of tasks; all trees of one round of the task block
    take as much as one. Memory is a byte for each entry of X beside a copy of it.

    CuPy arrays of numbers are computed on the device, in a fit and where scores are
    predicted: rows are coded there, and the histograms of trees that tasks share are
    added up there, of derivatives that are rounded once, which can decide between equal
    splits. The trees of each task, whose rows are few, grow on the host, from a copy of
    X. With categorical columns, and for stages, leaves and SHAP values, the host does
    it all.

    ``paper_params()`` returns the parameters of the published code. The defaults differ
    from it in Newton steps, penalties, more leaves than two, constants of tasks and
    early stopping.

    References
    ----------
    S. Emami, C. Ruiz Pastor, G. Martínez-Muñoz, 2023, "Multi-Task Gradient Boosting",
    Hybrid Artificial Intelligent Systems (HAIS), Lecture Notes in Computer Science
    14001, Springer.

    Examples
    --------
    >>> import numpy as np
    >>> from skx.multitask import MTGBClassifier
    >>> rng = np.random.default_rng(0)
    >>> X = rng.uniform(-1, 1, size=(600, 2))
    >>> tasks = np.array(["north", "south", "west"])[np.arange(600) % 3]
    >>> y = np.where(X[:, 0] + (tasks == "south") > 0, "yes", "no")
    >>> model = MTGBClassifier(random_state=0).fit(X, y, tasks)
    >>> model.predict_for_task([[-0.5, 0.0]], "south").tolist()
    ['yes']
    >>> model.predict_for_task([[-0.5, 0.0]], "west").tolist()
    ['no']
    """

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
