# SPDX-License-Identifier: BSD-3-Clause
"""Rates by key, from tables alone, as columns for other models."""

from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special
from sklearn.base import TransformerMixin
from sklearn.utils import Tags, check_consistent_length
from sklearn.utils.validation import check_is_fitted

from skx._base.estimator import SkxEstimator
from skx._base.sklearn import Interval, StrOptions, check_y, fit_context
from skx.proportions._table_columns import open_rows
from skx.proportions._table_rates import additive_rates, cell_rates
from skx.proportions._tables import (
    AggregateTables,
    align_columns,
    cell_codes,
    count_tables,
    encode_labels,
    encode_rows,
)


class AggregateTableEncoder(TransformerMixin, SkxEstimator):
    """Replaces keys and pairs of keys by their rates in aggregate tables.

    For a model of your choice, such as boosted trees, on labels that were released by
    key: each column becomes the share of positives among its key, and each pair of
    columns another one, shrunken as far as the counts and their noise ask for. Where
    the tables are all you have, `AggregateTableLogisticRegression` needs no labelled
    rows; this encoder needs a model after it that does.

    Parameters
    ----------
    tables : AggregateTables or None, default=None
        The tables. None makes them, without noise, of the rows and labels of the fit.
    pairs : bool, default=True
        Whether pairs of columns become columns, as far as the tables have them.
    output : {"rate", "logit"}, default="rate"
        Rates between 0 and 1, or their log odds, which suit linear models.
    bins : int >= 2, None or dict, default=10
        For ``tables=None``: intervals of columns of numbers, see
        `make_aggregate_tables`.

    Attributes
    ----------
    tables_ : AggregateTables
        The tables that were used.
    rates_ : dict of tuple of int to ndarray
        Shrunken rates of the cells of each table, by the positions of its columns in
        ``tables_.columns``; of shape (n_keys,) or (n_keys, n_keys_of_second).
    n_features_in_ : int
        Number of columns seen in fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, where X has them.

    See Also
    --------
    sklearn.preprocessing.TargetEncoder : Rates of single columns from labelled rows.
    AggregateTableLogisticRegression : A model from the tables themselves.

    Notes
    -----
    The log odds of a key deviate from the overall ones, m, by an effect of variance t,
    those of a pair from the sum of the effects of its two keys. With n rows,
    e = positives - m n, v the variance of the noise in e and q = m (1 - m), the rate is
    the best linear prediction, m + t q^2 n e / (t q^2 n^2 + n q + v). Without noise
    that is (positives + s m) / (n + s) with s = 1 / (t q). Each table's t is the one of
    greatest likelihood, were e normal. Counts below 0 are taken as 0.

    An unknown key gets the overall rate, and so does a missing value that the tables
    do not know; a pair without a cell what its two keys say. If the rows to transform
    are among those behind the tables, a row's own label is part of its rates. Where
    few rows share a key, a model then trusts them too much.

    References
    ----------
    D. Micci-Barreca (2001), A Preprocessing Scheme for High-Cardinality Categorical
    Attributes in Classification and Prediction Problems, ACM SIGKDD Explorations 3.

    E. Diemert, R. Fabre, A. Gilotte et al. (2022), Lessons from the AdKDD'21
    Privacy-Preserving ML Challenge.

    Examples
    --------
    >>> from skx.datasets import load_mushroom
    >>> from skx.proportions import AggregateTableEncoder, make_aggregate_tables
    >>> X, y = load_mushroom(return_X_y=True)
    >>> X = X[["odor", "habitat"]]
    >>> tables = make_aggregate_tables(X, y, bins=None)
    >>> encoder = AggregateTableEncoder(tables=tables).set_output(transform="pandas")
    >>> encoder.fit_transform(X).shape
    (8124, 3)
    """

    _parameter_constraints: ClassVar[dict] = {
        "tables": [AggregateTables, None],
        "pairs": ["boolean"],
        "output": [StrOptions({"rate", "logit"})],
        "bins": [Interval(Integral, 2, None, closed="left"), dict, None],
    }

    def __init__(
        self,
        *,
        tables: AggregateTables | None = None,
        pairs: bool = True,
        output: str = "rate",
        bins: Any = 10,
    ) -> None:
        self.tables = tables
        self.pairs = pairs
        self.output = output
        self.bins = bins

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> "AggregateTableEncoder":
        """Check the columns, and shrink the rates of the tables.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, n_features)
            Rows, with the columns of the tables as they were before counting; columns
            of other names are dropped.
        y : array-like of shape (n_samples,) or None, default=None
            Classes, if ``tables`` is None; not read otherwise.

        Returns
        -------
        self : transformer
            Fitted.
        """
        columns = open_rows(self, X, reset=True)
        if self.tables is None:
            if y is None:
                raise ValueError(
                    f"{type(self).__name__} requires y to be passed, but the target y "
                    "is None; pass it, or tables."
                )
            y = check_y(y, estimator=self)
            check_consistent_length(columns[0][1], y)
            classes, codes = encode_labels(y)
            self.tables_, _ = count_tables(
                columns, codes, classes, self.pairs, self.bins
            )
        else:
            self.tables_ = self.tables
            align_columns(self.tables_, columns)
        keys = [key for key in self.tables_.counts if self.pairs or len(key) == 1]
        self.rates_ = cell_rates(self.tables_, keys)
        return self

    def transform(self, X: ArrayLike) -> NDArray[np.float64]:
        """Look up the rates of rows.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        rates : ndarray of shape (n_samples, n_features_out), float64
            The columns of the tables, then pairs of them.
        """
        check_is_fitted(self)
        tables = self.tables_
        codes = encode_rows(tables, open_rows(self, X, reset=False))
        overall = tables.prevalence
        out = np.empty((len(codes), len(self.rates_)))
        for place, (key, rates) in enumerate(self.rates_.items()):
            cells = cell_codes(tables, codes, key)
            if len(key) == 1:
                otherwise = np.full(len(codes), overall)
            else:  # the columns of single keys come first, in their order
                otherwise = additive_rates(overall, out[:, key[0]], out[:, key[1]])
            out[:, place] = np.where(cells >= 0, rates.ravel()[cells], otherwise)
        return special.logit(out) if self.output == "logit" else out

    def get_feature_names_out(
        self, input_features: ArrayLike | None = None
    ) -> NDArray[np.object_]:
        """Return the names of the columns of the output.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Names of the columns of X; not needed where the tables have names.

        Returns
        -------
        names : ndarray of shape (n_features_out,), object
            Names of the columns, and "a & b" for pairs.
        """
        check_is_fitted(self)
        names = [
            name if isinstance(name, str) else f"x{name}" for name in self.tables_.names
        ]
        return np.array(
            [" & ".join(names[j] for j in key) for key in self.rates_], dtype=object
        )

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = self.tables is None
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        return tags
