# SPDX-License-Identifier: BSD-3-Clause
"""Temperature: how much of the rows, or of the loss, the small groups get."""

import math
import warnings
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from fractions import Fraction
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_consistent_length
from sklearn.utils.validation import validate_data

from skx._backend import like, on_host, to_numpy
from skx._base.sklearn import Interval, StrOptions, fit_context
from skx._caller import caller_level
from skx._random import draw_seed
from skx.resampling._apportion import apportion
from skx.resampling._base import ClassDraw, Rows, Sampler, check_weights, choose_rows
from skx.resampling._rows import RowTable, drop_index
from skx.resampling._smote import draw_bases
from skx.resampling._tables import Table

# Decimal arithmetic is correctly rounded on every platform, unlike log and exp of
# floats, and its exponents leave room for any temperature.
CONTEXT = Context(
    prec=50, rounding=ROUND_HALF_EVEN, Emin=-999_999, Emax=999_999, flags=[], traps=[]
)


class TemperatureSampler(Sampler):
    r"""Repeat and drop rows until small groups have a larger share.

    With temperature 1 every group keeps its share, with infinite temperature all get
    the same, and in between small groups gain by degrees. Use it to balance languages,
    domains, tenants or classes for models that take no weights, or that are trained in
    small batches. It chooses rows and reads none of their values, so X may be of any
    kind. Models fitted on all rows at once need no copies:
    :func:`temperature_weights` gives them the same loss.

    Parameters
    ----------
    temperature : float in (0, inf], default=5.0
        1 samples groups by size, inf equally; values below 1 favour large groups.
    n_samples : int, "keep-largest", dict or None, default=None
        Number of rows after sampling.

        - None: as many as X has, so that large groups lose rows to small ones.
        - int: that many.
        - "keep-largest": the largest group keeps its rows, each once, and the other
          groups grow (for temperatures below 1: shrink).
        - dict: group to number of rows, whatever the temperature.
    random_state : int, RandomState instance or None, default=None
        Seed of the draws. The same int gives the same rows for any container.

    Attributes
    ----------
    sampling_strategy_ : dict
        Group to number of rows after sampling.
    sample_indices_ : ndarray of shape (n_samples_new,), int64
        Row number in X of each row of the output, ascending.
    n_features_in_ : int
        Number of columns of X; not there if X is a column of text.
    feature_names_in_ : ndarray of shape (n_features_in_,), object
        Column names, if X has string ones.

    Warns
    -----
    UserWarning
        If a group gets no row, which needs fewer rows than X has or a temperature
        below 1.

    See Also
    --------
    temperature_weights : Weights instead of copies.
    temperature_batches : Row numbers of batches, with a temperature that changes.
    RandomOverSampler : Repeats rows and drops none.

    Notes
    -----
    Of groups with :math:`n_g` rows, group :math:`g` gets the share :math:`p_g =
    n_g^{1/T} / \sum_h n_h^{1/T}`, rounded to whole rows by the largest remainders, ties
    to the first group in sorted order. Within a group of quota :math:`q`, each row
    comes :math:`\lfloor q / n_g \rfloor` times and a random subset once more. Shares
    have 50 decimal digits and remainders are compared after 30, so that rounding is the
    same on every platform.

    Groups are the classes of y, or what ``fit_resample`` gets as ``groups``; y may be
    anything then. In :class:`ResampledClassifier`, pass ``groups`` to ``fit``. Rows of
    ``sample_weight`` 0 do not count and are dropped; the others are sampled equally and
    keep their weight.

    Class shares change, and probabilities with them: see ``calibrate="prior"`` of
    :class:`ResampledClassifier`, which is exact here if the groups are the classes.

    Rows of CuPy arrays are chosen on the device and stay there.

    References
    ----------
    T. Li, H. Xu, W. Tan, K. Murray, D. Khashabi, 2025, "Upsample or Upweight? Balanced
    Training on Heavily Imbalanced Datasets", Proceedings of NAACL.

    Examples
    --------
    >>> from skx.resampling import TemperatureSampler
    >>> X = [["Haus"], ["Hof"], ["Garten"], ["Tor"], ["Weg"], ["Tal"], ["hestur"]]
    >>> y = [0, 1, 0, 1, 0, 1, 0]
    >>> groups = ["de", "de", "de", "de", "de", "de", "is"]
    >>> sampler = TemperatureSampler(temperature=2, random_state=0)
    >>> X_sampled, y_sampled = sampler.fit_resample(X, y, groups=groups)
    >>> sampler.sampling_strategy_
    {'de': 5, 'is': 2}
    >>> X_sampled[-2:]
    [['hestur'], ['hestur']]
    """

    _sampling_type = "bypass"
    _parameter_constraints: ClassVar[dict] = {
        "temperature": [Interval(Real, 0, np.inf, closed="right")],
        "n_samples": [
            Interval(Integral, 1, None, closed="left"),
            StrOptions({"keep-largest"}),
            dict,
            None,
        ],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        *,
        temperature: float = 5.0,
        n_samples: int | str | dict | None = None,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.temperature = temperature
        self.n_samples = n_samples
        self.random_state = random_state

    @fit_context(prefer_skip_nested_validation=True)
    def fit_resample(
        self,
        X: Any,
        y: Any,
        *,
        groups: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> tuple[Any, ...]:
        """Choose rows so that every group has its quota.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Training rows, of any kind. A one-dimensional X holds texts or other
            objects.
        y : array-like of shape (n_samples,)
            Class labels, or their one-hot encoding (n_samples, n_classes). With
            ``groups``: anything that has a row for each row of X.
        groups : array-like of shape (n_samples,), default=None
            Group of each row: language, tenant or the like; None takes the classes.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the rows, for the result; one of weight 0 is not
            chosen.

        Returns
        -------
        X_resampled : same kind as X, of shape (n_samples_new, n_features)
            The chosen rows in the order of X, repetitions one after the other.
        y_resampled : same kind as y, of shape (n_samples_new,)
            What y has for them.
        sample_weight_resampled : ndarray of shape (n_samples_new,)
            Only if ``sample_weight`` is given: their weights.

        Raises
        ------
        ValueError
            If the input or a combination of it with a parameter cannot be resampled;
            the text says which value is wrong and what to do.
        """
        return self._fit_resample(X, y, groups=groups, sample_weight=sample_weight)

    def _fit_resample(
        self, X: Any, y: Any, *, groups: Any = None, sample_weight: Any = None
    ) -> tuple[Any, ...]:
        _, labels = self._read(X, y, groups)
        weights = check_weights(sample_weight, labels)
        eligible = np.arange(labels.shape[0])
        if weights is not None:
            eligible = np.flatnonzero(weights > 0)
        source = "y" if groups is None else "groups"
        names, codes, counts = read_groups(labels[eligible], source)
        present = dict(zip(names.tolist(), counts.tolist(), strict=True))
        self.sampling_strategy_ = self._read_quotas(present, source)
        seed = draw_seed(self.random_state)
        chosen = [
            rows[draw_bases(rows.size, quota, ClassDraw(seed, g))]
            for g, (rows, quota) in enumerate(
                zip(
                    rows_by_group(codes, counts),
                    self.sampling_strategy_.values(),
                    strict=True,
                )
            )
        ]
        self.sample_indices_ = eligible[np.sort(np.concatenate(chosen))]
        X_new, y_new, *rest = choose_rows(X, y, weights, self.sample_indices_)
        rest = [like(sample_weight, array) for array in rest]
        return drop_index(X_new), drop_index(y_new), *rest

    def _runs_on_device(self, method: str) -> bool:
        return True

    def _read(self, X: Any, y: Any, groups: Any = None) -> tuple[Table, NDArray[Any]]:
        if groups is None or y is None:
            return super()._read(X, y)
        table = self._open(X)
        validate_data(self, X, skip_check_array=True)
        check_consistent_length(table.values, y, groups)
        return table, _read_column(groups, "groups")

    def _open(self, X: Any) -> Table:
        return RowTable(X, self)

    def _read_strategy(self, labels: NDArray[Any]) -> dict[Any, int]:
        names, _, counts = read_groups(labels, "y")
        return self._read_quotas(
            dict(zip(names.tolist(), counts.tolist(), strict=True)), "y"
        )

    def _read_quotas(self, present: dict[Any, int], source: str) -> dict[Any, int]:
        """Return group to number of rows after sampling; ``present`` tells before."""
        if isinstance(self.n_samples, Mapping):
            return _quotas_from_mapping(self.n_samples, present)
        if source == "y" and len(present) == 1:
            (label,) = present
            raise ValueError(
                f"y holds one class only, {label!r}; TemperatureSampler needs at least "
                "2 classes, or groups."
            )
        quotas = group_quotas(present, self.temperature, self.n_samples)
        lost = [label for label, quota in quotas.items() if quota == 0]
        if lost:
            warnings.warn(
                f"{len(lost)} of {len(quotas)} groups, {lost[0]!r} first, get none of "
                f"{sum(quotas.values())} rows at temperature {self.temperature}; raise "
                "the temperature or n_samples to keep them.",
                UserWarning,
                stacklevel=caller_level(),
            )
        return quotas

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.sampler_tags.sample_indices = True
        return tags


def group_quotas(
    present: dict[Any, int], temperature: float, n_samples: int | str | None
) -> dict[Any, int]:
    """Return group to number of rows after sampling; ``present`` tells them before."""
    counts = list(present.values())
    shares = temperature_shares(counts, temperature)
    # With 50 digits a remainder of 1/2 may miss it; with 30 decimals it is one.
    unit = 10**30
    with localcontext(CONTEXT):
        if n_samples == "keep-largest":
            scale = max(counts) / max(shares)
        else:
            scale = Decimal(sum(counts) if n_samples is None else int(n_samples))
        quotas = {share: round(share * scale * unit) for share in set(shares)}
    numerators = [quotas[share] for share in shares]
    total = math.ceil(Fraction(sum(numerators) - 10**20, unit))
    return dict(zip(present, apportion(numerators, unit, total), strict=True))


def _quotas_from_mapping(
    quotas: Mapping[Any, int], present: dict[Any, int]
) -> dict[Any, int]:
    for label in quotas:
        if label not in present:
            raise ValueError(
                f"n_samples names group {label!r}, which is not present; the groups "
                f"are {list(present)}."
            )
    for label in present:
        quota = quotas.get(label)
        if not isinstance(quota, Integral) or quota < 0:
            raise ValueError(
                f"n_samples asks for {quota} rows of group {label!r}; give every group "
                "a whole number of rows, 0 or more."
            )
    return {label: int(quotas[label]) for label in present}


@on_host
def temperature_weights(y: ArrayLike, *, temperature: float) -> NDArray[np.float64]:
    r"""Weigh rows as temperature sampling would repeat them.

    The expected loss under temperature sampling is the loss over all rows with these
    weights. Use them instead of :class:`TemperatureSampler` where the model takes
    ``sample_weight`` and is fitted on all rows at once: the loss is the same and no row
    is copied. With small batches sampling is better, as gradients then vary less, see
    :func:`temperature_batches`.

    Parameters
    ----------
    y : array-like of shape (n_samples,)
        Group of each row: class, language, tenant or the like; numbers, strings or
        dates, none missing.
    temperature : float in (0, inf]
        1 keeps the groups' shares and makes all weights 1; higher values favour small
        groups; inf gives all groups the same total weight; values below 1 favour large
        groups.

    Returns
    -------
    weights : ndarray of shape (n_samples,), float64
        One weight per row, of mean 1.

    Raises
    ------
    ValueError
        If the temperature is not above 0, or y does not hold one group per row.

    See Also
    --------
    temperature_class_weight : The same as a dict for ``class_weight``.
    TemperatureSampler : Repeats and drops rows instead of weighing them.

    Notes
    -----
    With groups of :math:`n_g` of :math:`n` rows, temperature :math:`T` gives group
    :math:`g` the share :math:`p_g(T) = n_g^{1/T} / \sum_h n_h^{1/T}`, and each of its
    rows the weight :math:`p_g(T) / p_g(1) = p_g(T) \, n / n_g`. Weights are computed
    with 50 decimal digits and rounded once, so that they are the same everywhere and no
    temperature overflows. Far below 1, the weights of all groups but the largest are 0.

    References
    ----------
    T. Li, H. Xu, W. Tan, K. Murray, D. Khashabi, 2025, "Upsample or Upweight? Balanced
    Training on Heavily Imbalanced Datasets", Proceedings of NAACL.

    Examples
    --------
    >>> from skx.resampling import temperature_weights
    >>> y = ["de"] * 900 + ["is"] * 100
    >>> weights = temperature_weights(y, temperature=2)
    >>> weights[[0, 999]].round(3).tolist()
    [0.833, 2.5]
    >>> print(round(weights[900:].sum() / weights.sum(), 3))
    0.25
    """
    _, codes, weights = _group_weights(y, temperature)
    return weights[codes]


@on_host
def temperature_class_weight(y: ArrayLike, *, temperature: float) -> dict[Any, float]:
    """Weigh classes as temperature sampling would repeat their rows.

    Use it for the ``class_weight`` of scikit-learn's classifiers, as something between
    None (temperature 1) and "balanced" (temperature inf). In a cross-validation the
    dict keeps the weights of the labels it was made from, while "balanced" follows the
    training rows of each fold; for stratified folds that is nearly the same.

    Parameters
    ----------
    y : array-like of shape (n_samples,)
        Class of each row.
    temperature : float in (0, inf]
        1 makes all weights 1; higher values favour rare classes; inf balances them;
        values below 1 favour common classes.

    Returns
    -------
    class_weight : dict
        Class to weight of each of its rows, as in :func:`temperature_weights`.

    Raises
    ------
    ValueError
        If the temperature is not above 0, or y does not hold one class per row.

    See Also
    --------
    temperature_weights : One weight per row.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skx.resampling import temperature_class_weight
    >>> y = [0] * 80 + [1] * 20
    >>> class_weight = temperature_class_weight(y, temperature=2)
    >>> {label: round(weight, 3) for label, weight in class_weight.items()}
    {0: 0.833, 1: 1.667}
    >>> LogisticRegression(class_weight=class_weight).fit([[i] for i in range(100)], y)
    LogisticRegression(...)
    """
    groups, _, weights = _group_weights(y, temperature)
    return dict(zip(groups.tolist(), weights.tolist(), strict=True))


def _group_weights(
    y: Any, temperature: float
) -> tuple[NDArray[Any], NDArray[np.int64], NDArray[np.float64]]:
    check_temperature(temperature, "temperature")
    groups, codes, counts = read_groups(y, "y")
    shares = temperature_shares(counts.tolist(), temperature)
    n_samples = codes.size
    with localcontext(CONTEXT):
        weights = [
            float(share * n_samples / count)
            for share, count in zip(shares, counts.tolist(), strict=True)
        ]
    return groups, codes, np.array(weights)


def check_temperature(temperature: Any, name: str) -> None:
    """Raise if ``temperature`` is no number above 0; inf is one."""
    expected = "it must be above 0: 1 keeps the shares of the groups, inf equals them."
    if not isinstance(temperature, Real):
        raise TypeError(f"{name} is {temperature!r}, which is no number; {expected}")
    if not float(temperature) > 0:
        raise ValueError(f"{name} is {temperature}; {expected}")


def read_groups(
    values: Any, name: str
) -> tuple[NDArray[Any], NDArray[np.int64], NDArray[np.int64]]:
    """Return the groups in sorted order, the group number of each row, and sizes."""
    labels = _read_column(values, name)
    if labels.size == 0:
        raise ValueError(f"{name} is empty; give the group of at least one row.")
    try:
        groups, codes, counts = np.unique(
            labels, return_inverse=True, return_counts=True
        )
    except TypeError as error:
        kinds = ", ".join(sorted({type(label).__name__ for label in labels.tolist()}))
        raise ValueError(
            f"{name} holds labels that cannot be put in order (of type {kinds}); use "
            "one type, and a label of its own for what is missing."
        ) from error
    missing = groups != groups
    if missing.any():
        row = int(np.flatnonzero(labels != labels)[0])
        raise ValueError(
            f"{name} is missing in row {row}; drop such rows or give them a label of "
            "their own."
        )
    if groups.dtype.kind == "f" and (groups != np.rint(groups)).any():
        value = groups[groups != np.rint(groups)][0]
        raise ValueError(
            f"Unknown label type: {name} holds {value}, a number that is no label; "
            "pass whole numbers or strings, or bin a numeric target first."
        )
    return groups, codes, counts


def _read_column(values: Any, name: str) -> NDArray[Any]:
    column = to_numpy(values)
    if column.ndim == 2 and column.shape[1] == 1:
        column = column[:, 0]
    if column.ndim != 1:
        raise ValueError(
            f"{name} should be a 1d array, got an array of shape {column.shape} "
            "instead; give one label per row."
        )
    return column


def rows_by_group(codes: Rows, counts: Rows) -> list[Rows]:
    """Return the rows of each group, ascending."""
    return np.split(np.argsort(codes, kind="stable"), np.cumsum(counts)[:-1])


def temperature_shares(counts: Sequence[int], temperature: float) -> list[Decimal]:
    """Return n_g^(1/T) / sum_h n_h^(1/T) to 50 digits, relative to the largest."""
    largest = max(counts)
    with localcontext(CONTEXT):
        scale = Decimal(float(temperature))
        powers = {n: ((Decimal(n) / largest).ln() / scale).exp() for n in set(counts)}
        total = sum(powers[n] for n in counts)
        return [powers[n] / total for n in counts]
