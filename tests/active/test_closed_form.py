# SPDX-License-Identifier: BSD-3-Clause
"""Looking ahead by a formula is looking ahead by fits."""

from typing import Any

import numpy as np
import pytest
from scipy import sparse
from scipy.special import entr
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skx.active import ExpectedErrorSampler, SubsetSampler


def near(distances: np.ndarray) -> np.ndarray:
    return np.exp(-distances)


MODELS = [
    GaussianNB(),
    GaussianNB(var_smoothing=0.1),
    GaussianNB(priors="even"),
    KNeighborsClassifier(),
    KNeighborsClassifier(3, weights="distance"),
    KNeighborsClassifier(4, weights=near, metric="manhattan"),
    KNeighborsClassifier(3, metric="minkowski", p=3, algorithm="kd_tree"),
    KNeighborsClassifier(5, weights="distance", metric="cosine"),
    RidgeClassifier(),
    RidgeClassifier(0.1, fit_intercept=False),
    RidgeClassifier(class_weight="balanced"),
    RidgeClassifier(20.0, class_weight={"a": 3.0}),
]


def draw(n_classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Return 36 rows of five columns far from 0, of which each third has a label."""
    X, y = make_classification(
        36,
        5,
        n_informative=4,
        n_redundant=0,
        n_classes=n_classes,
        flip_y=0.2,
        random_state=n_classes,
    )
    X = 100.0 + X * np.array([1.0, 5.0, 0.2, 1.0, 1.0])
    names = np.array(["a", "b", "c"], object)[y]
    names[np.arange(36) % 3 > 0] = None
    return X, names


def probabilities(model: Any, X: np.ndarray) -> np.ndarray:
    if hasattr(model, "predict_proba"):
        return np.asarray(model.predict_proba(X))
    scores = model.decision_function(X)
    if scores.ndim == 1:
        scores = np.column_stack([-scores, scores])
    proba = np.clip((scores + 1) / 2, 0, 1)
    proba[proba.sum(axis=1) == 0] = 1
    return np.asarray(proba / proba.sum(axis=1, keepdims=True))


def expected_errors(
    model: Any, X: np.ndarray, y: np.ndarray, loss: str, weights: np.ndarray | None
) -> np.ndarray:
    """Return errors on rows without a label, of models that are fitted for each."""
    known = np.array([label is not None for label in y])
    labels, others = y[known].astype(str), X[~known]
    more = {} if weights is None else {"sample_weight": weights[known]}
    fitted = clone(model).fit(X[known], labels, **more)
    errors = []
    for x, proba in zip(X, probabilities(fitted, X), strict=True):
        error = 0.0
        for label, p in zip(fitted.classes_, proba, strict=True):
            if more:
                more = {"sample_weight": np.append(weights[known], 1.0)}
            again = clone(model).fit(
                np.vstack([X[known], x]), np.append(labels, label), **more
            )
            after = probabilities(again, others)
            each = 1 - after.max(axis=1) if loss == "zero_one" else entr(after).sum(1)
            error += p * each.mean()
        errors.append(error)
    return np.array(errors)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("loss", ["zero_one", "log"])
# No names by str: that of a function holds its address, another one in each process.
@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_formula_is_fits_one_by_one(model: Any, loss: str, n_classes: int) -> None:
    X, y = draw(n_classes)
    model = clone(model)
    if isinstance(model, GaussianNB) and model.priors is not None:
        model.set_params(priors=np.full(n_classes, 1 / n_classes))
    weights = None
    if not isinstance(model, KNeighborsClassifier):
        weights = np.random.default_rng(0).uniform(0.5, 3.0, 36)
    sampler = ExpectedErrorSampler(model, loss=loss, update="closed_form")
    for w in (None,) if weights is None else (None, weights):
        found = sampler.fit(X, y, sample_weight=w).score_samples(X)
        expected = -expected_errors(model, X, y, loss, w)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-11)
    assert np.ptp(found) > 1e-4
    refit = clone(sampler).set_params(update="refit").fit(X, y, sample_weight=weights)
    again = refit.score_samples(X[:4])
    np.testing.assert_allclose(again, expected[:4], rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize(
    "model", [GaussianNB(), KNeighborsClassifier(), RidgeClassifier()], ids=str
)
def test_formula_is_of_the_last_step(model: Any) -> None:
    X, y = draw(3)
    known = np.array([label is not None for label in y])
    scaler = StandardScaler().fit(X[known])
    piped = make_pipeline(StandardScaler(), model)
    sampler = ExpectedErrorSampler(piped, update="closed_form").fit(X, y)
    alone = ExpectedErrorSampler(model, update="refit").fit(scaler.transform(X), y)
    found = sampler.score_samples(X[~known])
    expected = alone.score_samples(scaler.transform(X[~known]))
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    if not isinstance(model, GaussianNB):
        X = X - 100.0
        rows = sparse.csr_matrix(X)
        closed = ExpectedErrorSampler(model, update="closed_form").fit(rows, y)
        refit = ExpectedErrorSampler(model, update="refit").fit(X, y)
        found = closed.score_samples(rows[~known])
        expected = refit.score_samples(X[~known])
        # A ridge of sparse rows is one of steps: so are the labels it expects.
        exact = 1e-9 if isinstance(model, KNeighborsClassifier) else 1e-6
        np.testing.assert_allclose(found, expected, rtol=exact)


def test_formula_takes_candidates_and_rows_to_err_on() -> None:
    X, y = draw(3)
    closed, refit = (
        ExpectedErrorSampler(
            GaussianNB(), update=update, max_candidates=9, max_eval=20, random_state=4
        ).fit(X, y, X_eval=X[:30])
        for update in ("closed_form", "refit")
    )
    rows, scores = closed.query(n_samples=4, return_scores=True)
    expected = refit.query(n_samples=4, return_scores=True)
    assert (rows == expected[0]).all()
    np.testing.assert_allclose(scores, expected[1], rtol=1e-9)
    some = SubsetSampler(closed, subset_size=5, random_state=0).fit(X, y)
    assert some.query(n_samples=2).shape == (2,)


class Naive(GaussianNB):
    pass


def test_models_without_a_formula_are_told() -> None:
    X, y = draw(2)

    def fit(model: Any, X: np.ndarray = X, update: str = "closed_form") -> Any:
        return ExpectedErrorSampler(model, update=update).fit(X, y)

    for model in (
        LogisticRegression(max_iter=5000),
        Naive(),
        make_pipeline(StandardScaler(), Naive()),
        RidgeClassifier(positive=True),
    ):
        with pytest.raises(ValueError, match=r"not \w+\(.*\); pass update='refit'"):
            fit(model)
    with pytest.raises(ValueError, match="update='closed_form' fits the estimator"):
        fit(FrozenEstimator(GaussianNB().fit(X, X[:, 0] > 100)))
    with pytest.raises(ValueError, match="RidgeClassifier has no predict_proba"):
        fit(RidgeClassifier(), update="newton")
    with pytest.raises(ValueError, match="of the RidgeClassifier; raise alpha"):
        fit(RidgeClassifier(0.0), np.column_stack([X, X])).query()
