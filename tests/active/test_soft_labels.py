# SPDX-License-Identifier: BSD-3-Clause
import numpy as np
import pytest
from scipy import sparse
from sklearn import config_context
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from skx.active import SoftLabelClassifier


@pytest.fixture
def data() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 2))
    logits = np.column_stack([X[:, 0], -X[:, 0], X[:, 1]])
    proba = np.exp(2 * logits)
    return X, proba / proba.sum(axis=1, keepdims=True)


def test_soft_labels_minimise_the_expected_loss(data: tuple) -> None:
    X, proba = data
    model = SoftLabelClassifier(LogisticRegression(tol=1e-10, max_iter=1000))
    fitted = model.fit(X, proba).estimator_
    errors = fitted.predict_proba(X) - proba
    # Stationarity of the mean loss with scikit-learn's penalty.
    assert np.abs(errors.T @ X + fitted.coef_).max() < 1e-4
    assert np.abs(errors.sum(axis=0)).max() < 1e-4


def test_certain_labels_are_plain_labels(data: tuple) -> None:
    X, proba = data
    codes = proba.argmax(axis=1)
    weights = np.arange(60) % 3
    model = SoftLabelClassifier(LogisticRegression(), classes=["a", "b", "c"])
    soft = clone(model).fit(X, np.eye(3)[codes], weights)
    hard = clone(model).fit(X, np.array(["a", "b", "c"])[codes], weights)
    plain = LogisticRegression().fit(X, soft.classes_[codes], weights)
    assert np.abs(soft.predict_proba(X) - plain.predict_proba(X)).max() < 1e-6
    assert (hard.predict_proba(X) == plain.predict_proba(X)).all()
    assert (soft.predict(X) == plain.predict(X)).all()
    assert soft.n_features_in_ == 2


def test_classes_keep_their_order_and_the_unseen_ones(data: tuple) -> None:
    X, proba = data
    some = np.column_stack([proba[:, 0], np.zeros(60), 1 - proba[:, 0]])
    model = SoftLabelClassifier(LogisticRegression(), classes=["z", "m", "a"])
    found = model.fit(X, some).predict_proba(X)
    two = SoftLabelClassifier(LogisticRegression()).fit(X, some[:, [0, 2]])
    assert model.classes_.tolist() == ["z", "m", "a"]
    assert (found[:, 1] == 0).all()
    assert np.abs(found[:, [0, 2]] - two.predict_proba(X)).max() < 1e-6
    hard = model.fit(X, np.where(X[:, 0] > 0, "z", "a"))
    assert hard.predict_proba(X).shape == (60, 3)
    assert hard.score(X, hard.predict(X)) == 1.0


def test_containers_and_pipelines(data: tuple) -> None:
    pd = pytest.importorskip("pandas")
    X, proba = data
    plain = SoftLabelClassifier(LogisticRegression()).fit(X, proba)
    frame = pd.DataFrame(X, columns=["u", "v"])
    named = SoftLabelClassifier(LogisticRegression())
    named.fit(frame, pd.DataFrame(proba, columns=["a", "b", "c"]))
    assert named.classes_.tolist() == ["a", "b", "c"]
    assert named.feature_names_in_.tolist() == ["u", "v"]
    expected = plain.predict_proba(X)
    assert np.abs(named.predict_proba(frame) - expected).max() < 1e-9
    rows = sparse.csr_array(X)
    found = SoftLabelClassifier(LogisticRegression()).fit(rows, proba)
    assert np.abs(found.predict_proba(rows) - expected).max() < 1e-6
    steps = make_pipeline(StandardScaler(), LogisticRegression())
    scaled = SoftLabelClassifier(steps).fit(X, proba).predict_proba(X)
    with config_context(enable_metadata_routing=True):
        last = LogisticRegression().set_fit_request(sample_weight=True)
        steps = make_pipeline(
            StandardScaler().set_fit_request(sample_weight=False), last
        )
        routed = SoftLabelClassifier(steps).fit(X, proba).predict_proba(X)
    assert np.abs(scaled - routed).max() < 1e-9


def test_what_cannot_be_fitted_is_refused(data: tuple) -> None:
    X, proba = data
    model = SoftLabelClassifier(LogisticRegression())
    with pytest.raises(ValueError, match="KNeighborsClassifier takes no sample_weight"):
        SoftLabelClassifier(KNeighborsClassifier()).fit(X, proba)
    with pytest.raises(ValueError, match="y has 60 rows but X has 59"):
        model.fit(X[1:], proba)
    with pytest.raises(ValueError, match=r"y\[3\] is .* expected probabilities >= 0"):
        model.fit(X, np.where(np.arange(60)[:, None] == 3, 0.5, proba))
    with pytest.raises(ValueError, match=r"y\[0\] is .* expected probabilities >= 0"):
        model.fit(X, proba - 0.5)
    with pytest.raises(ValueError, match="but y has 3 columns; expected a distinct"):
        SoftLabelClassifier(LogisticRegression(), classes=[1, 2]).fit(X, proba)
    with pytest.raises(ValueError, match="which is not among classes"):
        SoftLabelClassifier(LogisticRegression(), classes=[0, 1]).fit(X, [0, 1, 2] * 20)
    with pytest.raises(ValueError, match=r"non-zero number|nothing is left"):
        model.fit(X, proba, np.zeros(60))
    assert not hasattr(SoftLabelClassifier(LinearSVC()), "predict_proba")
