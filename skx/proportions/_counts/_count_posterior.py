# SPDX-License-Identifier: BSD-3-Clause
"""Labels of rows from what a model says of them and their counts in bags."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_array

from skx._backend import is_device_array, like, to_host
from skx._base.sklearn import StrOptions, validate_params
from skx.proportions._counts import _kernels
from skx.proportions._counts._device import DeviceCounts
from skx.proportions._counts._posterior import (
    MAX_CELLS,
    Noise,
    infer_classes,
    infer_labels,
    read_counts,
    read_noise,
    sort_bags,
)
from skx.proportions._device import at_host, functions_of, read_rows, take_order

Array = NDArray[np.float64]


@validate_params(
    {
        "logits": ["array-like"],
        "bags": ["array-like"],
        "counts": ["array-like", Mapping],
        "method": [StrOptions({"auto", "exact", "saddlepoint"})],
        "count_noise": [tuple, list, None],
        "return_log_likelihood": ["boolean"],
    },
    prefer_skip_nested_validation=True,
)
def count_posterior(
    logits: ArrayLike,
    bags: ArrayLike,
    counts: ArrayLike,
    *,
    method: str = "auto",
    count_noise: tuple[str, float] | None = None,
    return_log_likelihood: bool = False,
) -> Any:
    """Infer labels of rows from what a model says of them and their count in each bag.

    Given independent labels with the log-odds ``logits``, the posterior is the
    probability that a label is 1 if its bag is known to hold ``counts`` ones. Use it to
    turn predictions of any probabilistic classifier into labels that agree with known
    totals, or to compare models by the likelihood of the totals. Labels must be
    independent given the model: where neighbours are alike, see `propagate_labels`.

    Parameters
    ----------
    logits : array-like of shape (n_samples,) or (n_samples, n_classes)
        Log-odds of label 1, or log-probabilities of the classes up to a constant per
        row, such as the ``decision_function`` of a fitted model; finite numbers.
    bags : array-like of shape (n_samples,)
        Bag of each row: whole numbers, strings or anything else that can be sorted, in
        any order.
    counts : array-like of shape (n_bags,) or (n_bags, n_classes), or mapping
        Number of rows with label 1, or of each class, in each bag; bags in the sorted
        order of ``np.unique(bags)``. A mapping from bags, or a pandas object whose
        index holds the bags, is looked up.
    method : {"auto", "exact", "saddlepoint"}, default="auto"
        "exact" adds up all labelings that agree with the count, in time that grows with
        the size of a bag times the spread of its count. "saddlepoint" expands around
        the most probable ones, in time linear in the size; its error is about 0.05
        divided by the squared variance of the count. "auto" takes it for more than 256
        rows and a variance of 50 or more; with three or more classes, for more than 32
        rows or 4096 joint counts.
    count_noise : tuple or None, default=None
        What counts are off by: ("gaussian", standard deviation) or ("laplace", scale),
        in units of rows. Counts may then be fractional, negative, or above the size of
        the bag. None takes them as exact.
    return_log_likelihood : bool, default=False
        Whether to return the log-likelihood of the counts as well.

    Returns
    -------
    posterior : ndarray of the shape of logits, float64
        Probabilities given the counts, in the order of ``logits``. Over the rows of a
        bag they add up to an exact count.
    log_likelihood : ndarray of shape (n_bags,), float64
        Log-probability of each bag's count under the model; with ``count_noise``, log
        of the expectation of exp(-d**2 / (2 sd**2)) or exp(-abs(d) / scale), where d is
        how far the count is off. Only if asked for.

    See Also
    --------
    sklearn.isotonic.IsotonicRegression : Calibration from rows that have labels.

    Notes
    -----
    The exact method shifts the logits of a bag until probabilities add up to the count,
    then runs over the rows forward and backward with the law of partial sums, of which
    it keeps what can reach 1e-16 of the result. It only adds positive numbers, so that
    the error is that of rounding, for any logits. Laplace noise, Gaussian noise of a
    deviation below 1 and bags whose shifted count has a variance below 1 are always
    treated exactly.

    With three or more classes the approximation is less good: wrong by 1e-4 on average
    for bags of 32 rows and three classes. Two columns are the same as one of their
    difference.

    CuPy arrays are computed on the device, where each bag is the work of one thread,
    which pays with many bags. Three columns or more are copied to the host, with a
    warning.

    The derivative of the log-likelihood with respect to a logit is posterior minus
    prior probability.

    References
    ----------
    D. Tarlow, K. Swersky, R. S. Zemel, R. P. Adams, B. J. Frey (2012). Fast exact
    inference for recursive cardinality models. Conference on Uncertainty in Artificial
    Intelligence.

    H. E. Daniels (1954). Saddlepoint approximations in statistics. The Annals of
    Mathematical Statistics 25, 631-650.

    Examples
    --------
    >>> from skx.proportions import count_posterior
    >>> logits = [2.0, 0.0, -2.0, 1.0, 1.0]
    >>> count_posterior(logits, ["a", "a", "a", "b", "b"], [1, 1]).round(3)
    array([0.867, 0.117, 0.016, 0.5  , 0.5  ])
    """
    noise = read_noise(count_noise)
    values = _read_logits(logits)
    xp, _ = functions_of(values)
    bags, counts = at_host(bags), at_host(counts)
    if values.ndim > 2 or (values.ndim == 2 and values.shape[1] < 2):
        raise ValueError(
            f"logits has the shape {values.shape}; expected (n_samples,), or "
            "(n_samples, n_classes) with two classes or more."
        )
    labels, order, indptr = sort_bags(bags, values.shape[0])
    known = read_counts(counts, labels, np.diff(indptr), values.shape[1:], noise)
    if order is not None:
        values = take_order(values, order)
    settings = method, return_log_likelihood
    if noise.kind == _kernels.LAPLACE:
        if values.ndim == 2:
            raise ValueError(
                "count_noise='laplace' is for one column of logits; for several "
                "classes use ('gaussian', sd) with sd = 1.41 times the scale."
            )
        if method == "saddlepoint":
            raise ValueError(
                "method='saddlepoint' knows no Laplace noise; use method='auto'."
            )
    if values.ndim == 1:
        posterior, likelihood = _infer_labels(values, indptr, known, noise, *settings)
    elif values.shape[1] == 2:
        one, constant = known[:, 1].copy(), np.zeros(len(known))
        if noise.kind:
            # Both columns tell of the same count.
            total = known.sum(axis=1) - np.diff(indptr)
            one = known[:, 1] - total / 2
            constant = -((total / noise.scale / 2) ** 2)
            noise = Noise(noise.kind, noise.scale / np.sqrt(2))
        second, likelihood = _infer_labels(
            values[:, 1] - values[:, 0], indptr, one, noise, *settings
        )
        posterior = xp.stack([1 - second, second], axis=1)
        if return_log_likelihood:
            likelihood = likelihood + like(likelihood, constant)
    else:
        if method == "exact":
            _check_states(known, labels, np.diff(indptr), noise)
        posterior, likelihood = infer_classes(
            values,
            indptr,
            known,
            noise=noise,
            method=method,
            return_log_likelihood=return_log_likelihood,
        )
    if order is not None:
        posterior = _put_back(posterior, order)
    if is_device_array(logits):
        posterior, likelihood = like(logits, posterior), like(logits, likelihood)
    return (posterior, likelihood) if return_log_likelihood else posterior


def _put_back(rows: Any, order: NDArray[np.int64]) -> Any:
    """Return rows as they were before they were taken in this order."""
    if is_device_array(rows):
        return take_order(rows, np.argsort(order))
    out = np.empty_like(rows)
    out[order] = rows
    return out


def _read_logits(logits: Any) -> Any:
    """Check log-odds; several columns of a device are copied to the host."""
    if is_device_array(logits):
        if logits.ndim == 1 or logits.shape[1:] == (2,):
            return read_rows(logits, "logits", n_dim=logits.ndim)
        logits = to_host(logits, "count_posterior")
    return check_array(
        logits, dtype=np.float64, ensure_2d=False, input_name="logits", order="C"
    )


def _infer_labels(
    logits: Any,
    indptr: NDArray[np.int64],
    counts: Array,
    noise: Noise,
    method: str,
    return_log_likelihood: bool,
) -> tuple[Any, Any]:
    """Call `infer_labels`, or its twin where the logits live."""
    wanted: dict[str, Any] = {"return_log_likelihood": return_log_likelihood}
    if is_device_array(logits):
        known = DeviceCounts(logits, indptr, counts, noise=noise, method=method)
        return known.infer(logits, **wanted)
    return infer_labels(logits, indptr, counts, noise=noise, method=method, **wanted)


def _check_states(
    counts: Array, labels: NDArray[Any], sizes: NDArray[np.int64], noise: Noise
) -> None:
    if noise.kind:
        states = (sizes + 1.0) ** (counts.shape[1] - 1)
    else:
        states = (counts + 1).prod(axis=1) / (counts.max(axis=1) + 1)
    cells = states * (sizes + 1)
    if cells.max() > MAX_CELLS:
        raise ValueError(
            f"method='exact' would hold {cells.max():.3g} numbers for bag "
            f"{labels[cells.argmax()]}; use method='auto' for bags of this size."
        )
