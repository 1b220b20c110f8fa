# SPDX-License-Identifier: BSD-3-Clause
"""Random tasks: their functions, scenarios, classes and bad input."""

import numpy as np
import pytest

from skx.datasets import make_multitask
from skx.datasets._multitask import draw_function


def test_functions_have_the_covariance_of_the_kernel_they_approximate():
    rng = np.random.RandomState(0)
    X = np.array([[0.0, 0.0], [0.3, 0.4], [1.0, -1.0]])
    length = 0.8
    values = np.array([draw_function(rng, 2, length, 30)(X) for _ in range(20_000)])
    squares = ((X[:, None] - X[None]) ** 2).sum(axis=2)
    expected = np.exp(-squares / (2.0 * length**2))
    assert np.abs(values.mean(axis=0)).max() < 0.03
    np.testing.assert_allclose(np.cov(values.T), expected, atol=0.04)


def correlations(**options):
    """Correlate noiseless tasks at the same rows, which are those of equal seeds."""
    X, y, tasks = make_multitask(
        n_tasks=5, n_features=1, n_samples_per_task=400, shuffle=False, **options
    )
    grid = np.linspace(-0.9, 0.9, 50)
    curves = []
    for t in range(5):
        x, v = X[tasks == t, 0], y[tasks == t]
        order = np.argsort(x)
        curves.append(np.interp(grid, x[order], v[order]))
    return np.corrcoef(curves)


def test_outliers_are_the_last_tasks_and_share_a_function():
    found = correlations(n_outlier_tasks=2, random_state=1)
    kind = np.array([0, 0, 0, 1, 1])
    same = kind[:, None] == kind
    assert found[same].min() > 0.9
    assert found[~same].max() < found[same].min() - 0.2


def test_scenarios_differ_in_what_is_common():
    rest = np.triu_indices(5, 1)
    related = correlations(scenario="related", random_state=0)[rest]
    pooled = correlations(scenario="pooled", random_state=0)[rest]
    alone = correlations(scenario="independent", random_state=0)[rest]
    assert pooled.min() > 0.9999
    assert 0.8 < related.min() < 0.9999
    assert alone.min() < 0.5


def test_shapes_counts_and_dtypes():
    counts = [3, 10, 5]
    X, y, tasks = make_multitask(3, n_features=2, n_samples_per_task=counts, noise=1)
    assert X.shape == (18, 2)
    assert X.dtype == y.dtype == np.float64
    assert np.abs(X).max() <= 1.0
    assert np.bincount(tasks).tolist() == counts
    assert (np.diff(tasks) < 0).any()  # mixed


def test_noise_of_each_task():
    quiet = make_multitask(2, n_outlier_tasks=0, shuffle=False, random_state=0)
    noisy = make_multitask(
        2, n_outlier_tasks=0, shuffle=False, random_state=0, noise=[0.0, 2.0]
    )
    np.testing.assert_array_equal(quiet[0], noisy[0])
    added = noisy[1] - quiet[1]
    assert (added[:300] == 0.0).all()
    assert 1.7 < added[300:].std() < 2.3


@pytest.mark.parametrize("scenario", ["outlier", "related", "pooled", "independent"])
def test_every_task_has_a_tenth_of_each_class(scenario):
    for seed in range(5):
        _, y, tasks = make_multitask(
            4,
            n_samples_per_task=[2, 20, 50, 50],
            kind="classification",
            scenario=scenario,
            random_state=seed,
        )
        assert y.dtype == np.int64
        shares = np.bincount(tasks, y) / np.bincount(tasks)
        assert shares.min() >= 0.1
        assert shares.max() <= 0.9


def test_seed_decides():
    first, again, other = (make_multitask(3, random_state=s) for s in (0, 0, 1))
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert (first[1] != other[1]).any()


def test_bad_input():
    with pytest.raises(ValueError, match="n_outlier_tasks=4 but there are 3 tasks"):
        make_multitask(3, n_outlier_tasks=4)
    with pytest.raises(ValueError, match=r"noise has shape \(2,\) but there are 3"):
        make_multitask(3, noise=[1.0, 2.0])
    with pytest.raises(ValueError, match="noise must be finite and at least 0"):
        make_multitask(3, noise=[1.0, 2.0, -1.0])
    with pytest.raises(ValueError, match="holds 1; classification needs 2 at least"):
        make_multitask(3, n_samples_per_task=1, kind="classification")
    with pytest.raises(ValueError, match="'scenario' parameter"):
        make_multitask(3, scenario="other")
