# SPDX-License-Identifier: BSD-3-Clause
"""Logistic regression from tables, and the rows that stand for those behind them."""

import pickle
from typing import Any

import numpy as np
import pytest
from scipy import optimize, special
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skx.proportions import (
    AggregateTableEncoder,
    AggregateTableLogisticRegression,
    AggregateTables,
    make_aggregate_tables,
)
from skx.proportions._table_margins import (
    Margins,
    minimise,
    one_hot,
    optimism,
    table_loss,
    update_loss,
)
from skx.proportions._table_rows import draw_rows, rake
from skx.proportions._tables import cell_codes, encode_rows


def rows(n: int = 400, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Four columns of codes in a chain, and labels with an interaction."""
    rng = np.random.RandomState(seed)
    X = np.empty((n, 4), dtype=np.int64)
    X[:, 0] = rng.randint(0, 3, n)
    for j in range(1, 4):
        keep = rng.uniform(size=n) < 0.5
        X[:, j] = np.where(keep, X[:, j - 1], rng.randint(0, 3, n))
    score = (X[:, 0] == 1) - 1.0 * (X[:, 2] == 0) + 1.5 * (X[:, 1] == X[:, 3]) - 0.8
    return X, (rng.uniform(size=n) < special.expit(score)).astype(int)


def dense(tables: AggregateTables, X: np.ndarray) -> np.ndarray:
    """One-hot coding of keys and pairs, written anew."""
    codes = np.stack(
        [[c.values.index(v) for v in X[:, j]] for j, c in enumerate(tables.columns)], 1
    )
    parts = []
    for key in tables.counts:
        sizes = [len(tables.columns[j].values) for j in key]
        cell = codes[:, key[0]]
        if len(key) == 2:
            cell = cell * sizes[1] + codes[:, key[1]]
        parts.append(np.eye(np.prod(sizes))[cell])
    return np.hstack(parts)


@pytest.mark.parametrize("pairs", [True, False])
def test_all_rows_and_exact_tables_give_the_logistic_regression_of_rows(
    pairs: bool,
) -> None:
    X, y = rows()
    tables = make_aggregate_tables(X, y, bins=None, pairs=pairs)
    model = AggregateTableLogisticRegression(tables=tables, alpha=0.7, tol=1e-6)
    model.fit(X)
    peer = LogisticRegression(C=1 / 0.7, tol=1e-10, max_iter=5000)
    peer.fit(dense(tables, X), y)
    np.testing.assert_allclose(model.coef_, peer.coef_, atol=2e-4)
    np.testing.assert_allclose(model.intercept_, peer.intercept_, atol=2e-4)
    assert model.n_effective_rows_ == pytest.approx(len(y))
    itself = AggregateTableLogisticRegression(
        bins=None, pairs=pairs, alpha=0.7, tol=1e-6
    )
    np.testing.assert_allclose(itself.fit(X, y).coef_, peer.coef_, atol=2e-4)


def test_gradients_are_those_of_finite_differences() -> None:
    X, y = rows(60)
    rng = np.random.RandomState(0)
    tables = make_aggregate_tables(X, y, bins=None)
    design = one_hot(tables, encode_rows(tables, list(enumerate(X.T))))
    p = design.shape[1]
    v, w = rng.uniform(0.5, 2.0, 60), rng.normal(size=p)
    penalty = rng.uniform(0.0, 3.0, p)
    known = design.multiply(rng.uniform(size=p)).tocsr()
    for loss in (
        table_loss(design, v, rng.normal(5.0, 2.0, p), penalty),
        update_loss(design, v, y.astype(float), rng.normal(size=p), known, penalty),
    ):
        found = optimize.approx_fprime(w, lambda w, loss=loss: loss(w)[0], 1e-6)
        np.testing.assert_allclose(loss(w)[1], found, rtol=1e-4, atol=1e-4)


def test_optimism_is_the_trace_of_the_hat_matrix() -> None:
    X, _ = rows(60)
    rng = np.random.RandomState(0)
    tables = make_aggregate_tables(X, np.arange(60) % 2, bins=None)
    design = one_hot(tables, encode_rows(tables, list(enumerate(X.T))))
    weights, penalty = rng.uniform(0.1, 0.3, 60), rng.uniform(1.0, 3.0, design.shape[1])
    information = design.T.toarray() @ (weights[:, None] * design.toarray())
    curvature = information + np.diag(penalty)
    found = [
        optimism(design, weights, lambda u: penalty * u, np.diag(curvature), rng)
        for _ in range(100)
    ]
    expected = np.trace(np.linalg.solve(curvature, information))
    assert np.mean(found) == pytest.approx(expected, rel=0.1)


def test_tables_alone_ask_for_a_penalty() -> None:
    X, y = rows(1000)
    tables = make_aggregate_tables(X, y, bins=None)
    encoder = AggregateTableEncoder(tables=tables, output="logit")
    widest = encoder.fit_transform(X).var(axis=0).max()
    model = AggregateTableLogisticRegression(tables=tables, n_drawn=100, random_state=0)
    assert model.fit().alpha_ == pytest.approx(10 / widest)


def test_update_loss_is_its_formula() -> None:
    X, y = rows(30)
    rng = np.random.RandomState(0)
    tables = make_aggregate_tables(X, y, bins=None)
    design = one_hot(tables, encode_rows(tables, list(enumerate(X.T))))
    p = design.shape[1]
    v, w, centre = rng.uniform(size=30), rng.normal(size=p), rng.normal(size=p)
    known = design[:10]
    value, _ = update_loss(design, v, y * 1.0, centre, known, np.ones(p))(w)
    q = special.expit(design @ w)
    form = np.eye(p) + (known.T @ known).toarray()
    expected = log_loss(y, q, sample_weight=v, normalize=True) * v.sum()
    expected += 0.5 * (w - centre) @ form @ (w - centre)
    assert value == pytest.approx(expected)


def test_penalty_with_noise_is_the_best_linear_prediction() -> None:
    # One column of two keys, as many rows of each: effects b, positives of variance f
    # about f b for small b, and noise of variance s on top.
    frame = {"a": [0, 1], "count": [1000.0, 1000.0], "positives": [500.0, 500.0]}
    tables = AggregateTables.from_frames([frame], positives_sd=20.0)
    design = one_hot(tables, np.array([[0], [1]], np.int32))
    margins = Margins.of(tables, design, np.array([1000.0, 1000.0]), 0.0)
    f, s, alpha = 250.0, 400.0, 8.0
    np.testing.assert_allclose(margins.information[1:], f)
    wanted = (1 / alpha) / (1 / alpha + (f + s) / f**2)
    got = f / (f + margins.penalty(alpha)[1:])
    np.testing.assert_allclose(got, wanted)


def test_raking_without_noise_is_proportional_fitting() -> None:
    X, y = rows()
    tables = make_aggregate_tables(X[:, :2], y, bins=None, pairs=False)
    codes = np.array([[a, b] for a in range(3) for b in range(3)], np.int32)
    start = np.arange(1.0, 10.0)
    v, duals = rake(tables, codes, start, max_iter=500, tol=1e-12)
    grid = start.reshape(3, 3).copy()
    for _ in range(500):
        grid *= (tables.counts[0,] / grid.sum(axis=1))[:, None]
        grid *= tables.counts[1,] / grid.sum(axis=0)
    np.testing.assert_allclose(v.reshape(3, 3), grid, rtol=1e-8)
    factor = np.exp(duals[0,][:, None] + duals[1,])
    np.testing.assert_allclose(start.reshape(3, 3) * factor, grid, rtol=1e-6)


def test_raking_with_noise_minimises_what_it_says() -> None:
    frames = [
        {"a": [0, 1], "count": [70.0, 25.0], "positives": [1, 1]},
        {"b": [0, 1], "count": [40.0, 66.0], "positives": [1, 1]},
    ]
    tables = AggregateTables.from_frames(frames, count_sd=6.0, positives_sd=1.0)
    codes = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.int32)
    start = np.array([10.0, 30.0, 20.0, 40.0])

    def loss(log_v: np.ndarray) -> float:
        v = np.exp(log_v)
        grid = v.reshape(2, 2)
        gap = [grid.sum(axis=1) - [70, 25], grid.sum(axis=0) - [40, 66]]
        return v @ np.log(v / start) - v.sum() + np.sum(np.square(gap)) / 72.0

    found = np.exp(optimize.minimize(loss, np.log(start), tol=1e-12).x)
    v, _ = rake(tables, codes, start, tol=1e-12, max_iter=500)
    np.testing.assert_allclose(v, found * tables.n_rows / found.sum(), rtol=1e-4)


def test_drawn_rows_have_the_margins_and_pairs_of_the_tables() -> None:
    X, y = rows(3000)
    tables = make_aggregate_tables(X, y, bins=None)
    codes = draw_rows(tables, 4000, np.random.RandomState(0))
    for key, count in tables.counts.items():
        share = np.bincount(cell_codes(tables, codes, key), minlength=count.size) / 4000
        np.testing.assert_allclose(share, count.ravel() / 3000, atol=0.04)


def test_drawn_rows_keep_out_pairs_that_never_occur() -> None:
    a = np.repeat([0, 1, 2], 100)
    X = np.column_stack([a, (a + np.tile([0, 1], 150)) % 3, np.tile([0, 1, 0], 100)])
    tables = make_aggregate_tables(X, np.arange(300) % 2, bins=None)
    codes = draw_rows(tables, 500, np.random.RandomState(0))
    cells = np.bincount(cell_codes(tables, codes, (0, 1)), minlength=9)
    assert (cells[tables.counts[0, 1].ravel() == 0] == 0).all()
    assert (cells[tables.counts[0, 1].ravel() > 0] > 0).all()


def losses(tables: AggregateTables, known: int = 30) -> tuple[float, float]:
    """Test loss from tables with known rows, and of known rows alone."""
    X, y = rows(known, seed=5)
    X_test, y_test = rows(4000, seed=6)
    model = AggregateTableLogisticRegression(
        tables=tables, n_drawn=1500, random_state=0
    ).fit(X, y)
    alone = AggregateTableLogisticRegression(bins=None, alpha=30.0).fit(X, y)
    return tuple(log_loss(y_test, m.predict_proba(X_test)) for m in (model, alone))


def test_tables_recover_most_of_what_all_rows_would_give() -> None:
    X, y = rows(3000)
    tables = make_aggregate_tables(X, y, bins=None)
    whole = AggregateTableLogisticRegression(bins=None, alpha=10.0).fit(X, y)
    X_test, y_test = rows(4000, seed=6)
    best = log_loss(y_test, whole.predict_proba(X_test))
    ours, few = losses(tables)
    assert (few - ours) / (few - best) > 0.9
    no_rows = AggregateTableLogisticRegression(
        tables=tables, n_drawn=1500, random_state=0
    ).fit()
    assert log_loss(y_test, no_rows.predict_proba(X_test)) < best + 0.1 * (few - best)


@pytest.mark.filterwarnings("ignore:The keys of")
def test_noise_decays_to_the_model_of_the_known_rows() -> None:
    X, y = rows(3000)
    found = [
        losses(make_aggregate_tables(X, y, bins=None, epsilon=e, random_state=0))
        for e in (100.0, 1.0, 0.001)
    ]
    assert found[0][0] < found[1][0] < found[2][0] + 1e-3
    assert found[2][0] < found[2][1] + 0.02


def test_labels_move_the_model_only_as_far_as_noise_leaves_room() -> None:
    X, y = rows(3000)
    few, _ = rows(30, seed=5)
    for sd, least, most in ((0.0, 0.0, 0.2), (3000.0, 0.5, 50.0)):
        exact = make_aggregate_tables(X, y, bins=None)
        tables = AggregateTables(
            exact.columns,
            exact.counts,
            exact.positives,
            noise=type(exact.noise)(0.0, sd),
            n_rows=exact.n_rows,
            classes=exact.classes,
        )
        model = AggregateTableLogisticRegression(
            tables=tables, alpha=1.0, n_drawn=1000, random_state=0
        )
        plain = clone(model).fit(few).decision_function(few)
        turned = (
            clone(model).fit(few, 1 - (plain > plain.mean())).decision_function(few)
        )
        assert least <= np.abs(turned - plain).mean() <= most


def test_weights_stand_for_rows() -> None:
    X, y = rows(200)
    weights = np.random.RandomState(0).randint(0, 3, 200)
    one = AggregateTableLogisticRegression(tol=1e-6).fit(X, y, weights)
    two = AggregateTableLogisticRegression(tol=1e-6).fit(
        np.repeat(X, weights, axis=0), np.repeat(y, weights)
    )
    np.testing.assert_allclose(one.predict_proba(X), two.predict_proba(X), atol=1e-6)


def test_pipelines_pickles_and_seeds() -> None:
    X, y = rows(500)
    tables = make_aggregate_tables(X, y, bins=None)
    model = AggregateTableLogisticRegression(tables=tables, n_drawn=300, random_state=0)
    pipe = make_pipeline(FunctionTransformer(), model).fit(X[:20], y[:20])
    expected = clone(model).fit(X[:20], y[:20]).predict_proba(X)
    np.testing.assert_array_equal(pipe.predict_proba(X), expected)
    again = pickle.loads(pickle.dumps(pipe))
    np.testing.assert_array_equal(again.predict_proba(X), expected)
    assert pipe[-1].alpha_ in (3000.0, 1000.0, 300.0, 100.0, 30.0, 10.0)


def test_unknown_keys_add_nothing_and_names_of_classes_are_kept() -> None:
    X, y = rows(300)
    labels = np.array(["no", "yes"])[y]
    model = AggregateTableLogisticRegression(bins=None).fit(X, labels)
    strange = model.decision_function(np.full((1, 4), 99))
    np.testing.assert_allclose(strange, model.intercept_)
    assert set(model.predict(X)) <= {"no", "yes"}


@pytest.mark.parametrize("container", ["pandas", "polars"])
def test_frames_are_read_by_name(container: str) -> None:
    library: Any = pytest.importorskip(container)
    X, y = rows(300)
    frame = library.DataFrame({name: X[:, j] for j, name in enumerate("abcd")})
    tables = make_aggregate_tables(frame, y, bins=None)
    model = AggregateTableLogisticRegression(tables=tables, n_drawn=200, random_state=0)
    turned = frame[["d", "b", "a", "c"]]
    one = clone(model).fit(frame[:40]).predict_proba(frame)
    two = clone(model).fit(turned[:40]).predict_proba(turned)
    np.testing.assert_allclose(one, two)
    np.testing.assert_array_equal(
        clone(model).fit(X[:40]).predict_proba(X), one
    )  # by place, without names
    assert clone(model).fit().feature_names_in_.tolist() == list("abcd")


def test_calls_that_cannot_be_meant_are_refused() -> None:
    X, y = rows(100)
    tables = make_aggregate_tables(X, y, bins=None)
    model = AggregateTableLogisticRegression(tables=tables, n_drawn=50)
    with pytest.raises(ValueError, match="given no rows and tables is None"):
        AggregateTableLogisticRegression().fit()
    with pytest.raises(ValueError, match="belong to rows"):
        model.fit(None, y)
    with pytest.raises(ValueError, match="requires y to be passed"):
        AggregateTableLogisticRegression().fit(X)
    with pytest.raises(ValueError, match="y holds 8, but the classes"):
        model.fit(X, 8 * y)
    with pytest.raises(ValueError, match="lacks column 3 of the tables"):
        model.fit(X[:, :3], y)
    with pytest.raises(ValueError, match=r"is 0 for every row|at least one non-zero"):
        model.fit(X, y, np.zeros(100))
    with pytest.raises(ValueError, match="'alpha' parameter"):
        AggregateTableLogisticRegression(alpha=0.0).fit(X, y)


def test_too_few_iterations_are_told() -> None:
    X, y = rows(100)
    with pytest.warns(ConvergenceWarning, match="stopped at max_iter=1 "):
        AggregateTableLogisticRegression(max_iter=1).fit(X, y)


def test_minimise_finds_the_minimum_of_a_quadratic() -> None:
    H = np.array([[4.0, 1.0], [1.0, 900.0]])

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        return 0.5 * w @ H @ w - w.sum(), H @ w - 1.0

    found, n_iter, converged = minimise(loss, np.zeros(2), np.diag(H), 1e-9, 50)
    np.testing.assert_allclose(found, np.linalg.solve(H, [1.0, 1.0]), rtol=1e-6)
    assert converged
    assert 1 <= n_iter < 50
