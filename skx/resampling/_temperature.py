# SPDX-License-Identifier: BSD-3-Clause
"""Temperature: how much of a batch, or of the loss, the small groups get."""

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import column_or_1d

from skx._backend import to_numpy

# Decimal arithmetic is correctly rounded on every platform, unlike log and exp of
# floats, and its exponents leave room for any temperature.
CONTEXT = Context(
    prec=50, rounding=ROUND_HALF_EVEN, Emin=-999_999, Emax=999_999, flags=[], traps=[]
)


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
    labels = column_or_1d(to_numpy(values), input_name=name)
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


def temperature_shares(counts: Sequence[int], temperature: float) -> list[Decimal]:
    """Return n_g^(1/T) / sum_h n_h^(1/T) to 50 digits, relative to the largest."""
    largest = max(counts)
    with localcontext(CONTEXT):
        scale = Decimal(float(temperature))
        powers = {n: ((Decimal(n) / largest).ln() / scale).exp() for n in set(counts)}
        total = sum(powers[n] for n in counts)
        return [powers[n] / total for n in counts]
