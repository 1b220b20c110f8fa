# SPDX-License-Identifier: BSD-3-Clause
"""Logistic regression from tables of counts and positives."""

import warnings
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse, special
from sklearn.base import ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import Tags, check_consistent_length, check_random_state
from sklearn.utils.validation import check_is_fitted

from skx._base.estimator import SkxEstimator
from skx._base.sklearn import (
    Interval,
    StrOptions,
    check_sample_weight,
    check_y,
    fit_context,
)
from skx._caller import caller_level
from skx.proportions._table_columns import Codes, open_rows
from skx.proportions._table_margins import (
    Margins,
    minimise,
    one_hot,
    optimism,
    plausible_penalty,
    table_loss,
    update_loss,
)
from skx.proportions._table_rows import draw_rows, rake
from skx.proportions._tables import (
    AggregateTables,
    count_tables,
    encode_labels,
    encode_rows,
)

Array = NDArray[np.float64]
# What alpha="auto" chooses from with labelled rows.
ALPHAS = (3000.0, 1000.0, 300.0, 100.0, 30.0, 10.0)


class AggregateTableLogisticRegression(ClassifierMixin, SkxEstimator):
    """Logistic regression learned from tables of counts and positives.

    For labels that are released by key and by pair of keys, with or without noise, and
    never by row. The model is an ordinary one, a coefficient for each key and each
    pair, and predicts rows. Rows without labels show which keys come together, and
    a few labelled ones help further, above all where the noise is strong. Not for
    labels of bags of rows, which know no columns.

    Parameters
    ----------
    tables : AggregateTables or None, default=None
        The tables. None makes them, without noise, of the rows and labels of the fit,
        which then is a logistic regression like any other.
    alpha : float > 0 or "auto", default="auto"
        Penalty on half the sum of squared coefficients, against the sum of the
        losses, as 1 / C is in scikit-learn; more for those whose numbers are noisy.
        "auto" takes what the variation of the rates in the tables asks for. With
        labelled rows that is the least for the tables, and the penalty, for the rows,
        too, goes down 3000, 1000, 300, ... 10 as long as the loss that is expected of
        other rows falls. See Notes.
    n_drawn : int >= 1, default=10000
        Rows drawn from the tables, to stand for those that are not given. More take
        longer and are nearer to the tables.
    pairs : bool, default=True
        For ``tables=None``: whether pairs of keys have coefficients. Tables that are
        given tell it themselves.
    bins : int >= 2, None or dict, default=10
        For ``tables=None``: intervals of columns of numbers, see
        `make_aggregate_tables`.
    tol : float > 0, default=0.05
        Largest entry of the gradient to stop at, each coefficient divided by its
        standard error.
    max_iter : int >= 1, default=500
        Most iterations of L-BFGS.
    random_state : int, RandomState instance or None, default=None
        Seed of the drawn rows.

    Attributes
    ----------
    coef_ : ndarray of shape (1, n_cells)
        Coefficients of the cells of table after table, those of one column first, in
        the order of ``tables_.counts``.
    intercept_ : ndarray of shape (1,)
        Log odds of a row of which no key is known.
    classes_ : ndarray of shape (2,)
        Classes; the second one is that of the positives.
    alpha_ : float
        The penalty, as given or chosen; that of the rows, where they chose.
    tables_ : AggregateTables
        The tables that were used.
    n_effective_rows_ : float
        Number of equally weighted rows that the weighted ones are worth.
    n_iter_ : int
        Iterations of the last minimisation.
    n_features_in_ : int
        Number of columns seen in fit, or of the tables.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, where they are text.

    See Also
    --------
    make_aggregate_tables : Makes tables, with noise if wanted.
    AggregateTableEncoder : Rates by key as columns, for other models.

    Notes
    -----
    Labels y enter the likelihood of a logistic model by the sums of x y over the rows,
    and of keys in one-hot coding those are the positives of the tables. What is
    missing is the sum of log(1 + exp(x'w)) over rows. It is taken over the rows that
    are given and rows that are drawn, so many that both make ``n_rows``:
    columns are drawn along the tree of pairs that have most information of
    each other (Chow and Liu), and all rows are weighted so that their sums agree with
    the counts of all tables, as closely as noise and number of rows allow (ridge
    raking). With noise, given rows weigh more: as much as the pair tables' cells are
    noisier than those of the given rows. If given rows are as many as ``n_rows``, none
    are drawn; with tables of these rows without noise the fit is exactly that of
    ``LogisticRegression(C=1 / alpha)`` on keys and pairs.

    The penalty of a coefficient is alpha (1 + s / f): f the variance that its positives
    would have by chance, s that of their noise. For one coefficient this is the best
    linear prediction. s also counts what a sum over few drawn rows is off by.

    Labelled rows (``y``) enter last, about the coefficients that the tables gave: the
    loss of the rows plus half a quadratic form, which is the information of the tables
    as noise has left it and alpha. Strong noise leaves a ridge regression on the rows,
    no noise the tables. A row that stands in the tables, too, counts twice.

    alpha="auto" sets no labels aside. By the tables the log odds should vary as those
    of the table whose rates vary most: alpha is the number of tables over that
    variance. Labelled rows, if there are any, then choose: their loss, after they have
    moved the model, is too low by the covariances of labels and log odds (Efron), which
    follow from the curvature of the loss; their sum is estimated with random targets.
    Labelled rows that are among those of the tables understate the loss.

    A key or pair that no row had, or no table, adds nothing to the log odds of a row.

    References
    ----------
    E. Diemert, R. Fabre, A. Gilotte et al. (2022), Lessons from the AdKDD'21
    Privacy-Preserving ML Challenge.

    B. Efron (2004), The Estimation of Prediction Error: Covariance Penalties and
    Cross-Validation, Journal of the American Statistical Association 99.

    C. Chow, C. Liu (1968), Approximating Discrete Probability Distributions with
    Dependence Trees, IEEE Transactions on Information Theory 14.

    J.-C. Deville, C.-E. Sarndal (1992), Calibration Estimators in Survey Sampling,
    Journal of the American Statistical Association 87.

    Examples
    --------
    >>> from skx.datasets import load_bank_marketing
    >>> from skx.proportions import AggregateTableLogisticRegression
    >>> from skx.proportions import make_aggregate_tables
    >>> X, y = load_bank_marketing(return_X_y=True)
    >>> X = X[["job", "contact", "poutcome"]]
    >>> tables = make_aggregate_tables(X, y)
    >>> model = AggregateTableLogisticRegression(tables=tables, random_state=0)
    >>> model.fit().predict_proba(X[:2]).round(2)
    array([[0.96, 0.04],
           [0.96, 0.04]])
    """

    _parameter_constraints: ClassVar[dict] = {
        "tables": [AggregateTables, None],
        "alpha": [Interval(Real, 0, None, closed="neither"), StrOptions({"auto"})],
        "n_drawn": [Interval(Integral, 1, None, closed="left")],
        "pairs": ["boolean"],
        "bins": [Interval(Integral, 2, None, closed="left"), dict, None],
        "tol": [Interval(Real, 0, None, closed="neither")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        *,
        tables: AggregateTables | None = None,
        alpha: float | str = "auto",
        n_drawn: int = 10_000,
        pairs: bool = True,
        bins: Any = 10,
        tol: float = 0.05,
        max_iter: int = 500,
        random_state: Any = None,
    ) -> None:
        self.tables = tables
        self.alpha = alpha
        self.n_drawn = n_drawn
        self.pairs = pairs
        self.bins = bins
        self.tol = tol
        self.max_iter = max_iter
        self.random_state = random_state

    @fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: ArrayLike | None = None,
        y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> "AggregateTableLogisticRegression":
        """Fit the model.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, n_features) or None, \
default=None
            Rows, with the columns of the tables as they were before counting; columns
            of other names are left alone. None does with tables alone.
        y : array-like of shape (n_samples,) or None, default=None
            Classes of these rows. None uses the rows for their keys alone.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Non-negative; an integer weight is the same as so many equal rows.

        Returns
        -------
        self : estimator
            Fitted.

        Raises
        ------
        ValueError
            For columns that the tables lack, or labels that they do not know.
        """
        if X is None:
            codes, labels, weights = self._open_nothing(y, sample_weight)
        else:
            codes, labels, weights = self._open(X, y, sample_weight)
        tables = self.tables_
        own = self.tables is None
        rng = check_random_state(self.random_state)
        points, v, drawn = self._population(codes, weights, rng)
        self.n_effective_rows_ = float(v.sum() ** 2 / (v @ v))
        design = one_hot(tables, points)
        margins = Margins.of(tables, design, v, drawn)
        rows = None if own or labels is None else one_hot(tables, codes)
        alphas: tuple[Any, ...] = (self.alpha,)
        floor = 0.0
        if self.alpha == "auto":
            floor = plausible_penalty(tables)
            alphas = ALPHAS if rows is not None else (floor,)
        start = np.zeros(design.shape[1])
        start[0] = special.logit(tables.prevalence)
        seed = rng.randint(2**31 - 1)  # the same random targets for every alpha
        least = np.inf
        for alpha in alphas:
            w, n_iter, converged = self._fit_tables(
                design, v, margins, max(alpha, floor), start
            )
            start, loss = w, -np.inf
            if rows is not None and labels is not None:
                w, n_iter, converged, loss = self._update(
                    design, v, margins, alpha, start, rows, labels, weights, seed
                )
            if loss >= least:
                break
            least, best, self.alpha_ = loss, (w, n_iter, converged), float(alpha)
        w, self.n_iter_, converged = best
        if not converged:
            warnings.warn(
                f"L-BFGS stopped at max_iter={self.max_iter} before the gradient fell "
                f"to tol={self.tol}; raise either.",
                ConvergenceWarning,
                stacklevel=caller_level(),
            )
        self.intercept_, self.coef_ = w[:1], w[None, 1:]
        return self

    def _open_nothing(self, y: Any, sample_weight: Any) -> tuple[Codes, None, Array]:
        """Take tables alone."""
        if self.tables is None:
            raise ValueError(
                "fit was given no rows and tables is None; pass either of them."
            )
        if y is not None or sample_weight is not None:
            raise ValueError("y and sample_weight belong to rows; pass X, too.")
        self.tables_, self.classes_ = self.tables, self.tables.classes
        self.n_features_in_ = len(self.tables.columns)
        self.__dict__.pop("feature_names_in_", None)
        if all(isinstance(name, str) for name in self.tables.names):
            self.feature_names_in_ = np.array(self.tables.names, dtype=object)
        return np.empty((0, self.n_features_in_), np.int32), None, np.empty(0)

    def _open(
        self, X: Any, y: Any, sample_weight: Any
    ) -> tuple[Codes, Array | None, Array]:
        """Return codes, labels as 0 and 1, and weights of the rows."""
        columns = open_rows(self, X, reset=True)
        n_rows = len(columns[0][1])
        weights = check_sample_weight(
            sample_weight,
            np.empty((n_rows, 1)),
            dtype=np.float64,
            ensure_non_negative=True,
        )
        if not weights.sum() > 0.0:
            raise ValueError("sample_weight is 0 for every row; give some a weight.")
        labels = None
        if y is not None:
            y = check_y(y, estimator=self)
            check_consistent_length(columns[0][1], y)
        elif self.tables is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is "
                "None; pass it, or tables."
            )
        if self.tables is None:
            self.classes_, codes = encode_labels(y)
            self.tables_, _ = count_tables(
                columns, codes, self.classes_, self.pairs, self.bins, weights=weights
            )
            labels = codes.astype(np.float64)
        else:
            self.tables_, self.classes_ = self.tables, self.tables.classes
            if y is not None:
                unknown = ~np.isin(y, self.classes_)
                if unknown.any():
                    raise ValueError(
                        f"y holds {y[unknown].tolist()[0]!r}, but the classes of the "
                        f"tables are {self.classes_.tolist()}."
                    )
                labels = (y == self.classes_[1]).astype(np.float64)
        return encode_rows(self.tables_, columns), labels, weights

    def _population(
        self, codes: Codes, weights: Array, rng: Any
    ) -> tuple[Codes, Array, float]:
        """Return rows, their weights, and the share of the weight that was drawn."""
        tables = self.tables_
        given = weights.sum()
        share = min(given / tables.n_rows, 1.0)
        if share > 1.0 - 1e-9:
            base = weights * (tables.n_rows / given)
            return codes, rake(tables, codes, base)[0], 0.0
        widest = [t.size for key, t in tables.counts.items() if len(key) == 2]
        noise = tables.noise.count_sd**2
        if noise and given:
            cells = np.mean(widest or [t.size for t in tables.counts.values()])
            # Variance of a cell's count, were it blown up from the given rows.
            own = tables.n_rows**2 / cells / given
            share = max(share, noise / (noise + own))
        points = np.concatenate([codes, draw_rows(tables, self.n_drawn, rng)])
        drawn = np.zeros(len(points))
        drawn[len(codes) :] = (1.0 - share) * tables.n_rows / self.n_drawn
        base = drawn.copy()
        if given:
            base[: len(codes)] = weights * (share * tables.n_rows / given)
        return points, rake(tables, points, base)[0], 1.0 - share

    def _fit_tables(
        self, design: Any, v: Array, margins: Margins, alpha: float, start: Array
    ) -> tuple[Array, int, bool]:
        penalty = margins.penalty(alpha)
        free = np.isfinite(penalty)
        w = np.zeros(len(start))
        w[free], n_iter, converged = minimise(
            table_loss(design[:, free], v, margins.target[free], penalty[free]),
            start[free],
            margins.information[free] + penalty[free],
            self.tol,
            self.max_iter,
        )
        return w, n_iter, converged

    def _update(
        self,
        design: Any,
        v: Array,
        margins: Margins,
        alpha: float,
        centre: Array,
        rows: Any,
        labels: Array,
        weights: Array,
        seed: int,
    ) -> tuple[Array, int, bool, float]:
        """Let rows move the coefficients; also return the loss expected elsewhere."""
        p = special.expit(design @ centre)
        known = sparse.diags_array(np.sqrt(v * p * (1.0 - p))) @ design
        known = (known @ sparse.diags_array(np.sqrt(margins.trust))).tocsr()
        prior = np.full(len(centre), alpha)
        prior[0] = 0.0
        mean = self.tables_.prevalence
        curvature = np.asarray(known.power(2).sum(axis=0)).ravel() + prior
        curvature += mean * (1.0 - mean) * (rows.T @ weights)
        w, n_iter, converged = minimise(
            update_loss(rows, weights, labels, centre, known, prior),
            centre,
            curvature,
            self.tol,
            self.max_iter,
        )
        scores, turned = rows @ w, known.T.tocsr()
        loss = weights @ (np.logaddexp(0.0, scores) - labels * scores)
        p = special.expit(scores)
        loss += optimism(
            rows,
            weights * p * (1.0 - p),
            lambda u: turned @ (known @ u) + prior * u,
            curvature,
            np.random.RandomState(seed),
        )
        return w, n_iter, converged, float(loss)

    def decision_function(self, X: ArrayLike) -> Array:
        """Return the log odds of the second class.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        scores : ndarray of shape (n_samples,), float64
            Log odds.
        """
        check_is_fitted(self)
        codes = encode_rows(self.tables_, open_rows(self, X, reset=False))
        weights = np.concatenate([self.intercept_, self.coef_[0]])
        return one_hot(self.tables_, codes) @ weights

    def predict_proba(self, X: ArrayLike) -> Array:
        """Return the probability of each class.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        proba : ndarray of shape (n_samples, 2), float64
            In the order of ``classes_``.
        """
        scores = self.decision_function(X)
        return np.column_stack([special.expit(-scores), special.expit(scores)])

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the more probable class of each row.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        y : ndarray of shape (n_samples,)
            Classes; the first one at even odds.
        """
        scores = self.decision_function(X)
        return self.classes_[(scores > 0.0).astype(int)]

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = self.tables is None
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        return tags
