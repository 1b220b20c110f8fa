# SPDX-License-Identifier: BSD-3-Clause
"""The checks of learners from bags: who passes, and what each planted fault fails."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import SkipTestWarning
from sklearn.linear_model import LogisticRegression

from skx.proportions import ProportionLogisticRegression
from skx.testing import check_bag_learner

CUT = "cut_bags_are_refused"


class RowLearner(BaseEstimator):
    """Bag shares as soft labels of rows; subclasses have other faults."""

    def fit(self, X, y, *, bags):
        twice = np.repeat([1, 0], len(X))
        weights = np.concatenate([y, 1.0 - y]) + 1e-12
        self.model_ = LogisticRegression(C=1e3)
        self.model_.fit(np.concatenate([X, X]), twice, sample_weight=weights)
        return self

    def predict_proba(self, X):
        return self.model_.predict_proba(X)


class BagMeanLearner(RowLearner):
    """A model of bag means, asked about rows."""

    def fit(self, X, y, *, bags):
        codes = np.unique(bags, return_inverse=True)[1]
        sizes = np.bincount(codes)
        means = np.stack([np.bincount(codes, x) / sizes for x in X.T], axis=1)
        return super().fit(means, np.bincount(codes, y) / sizes, bags=None)


class PositiveLearner(RowLearner):
    """Leaves out bags without positives."""

    def fit(self, X, y, *, bags):
        kept = y > 0.0
        self.model_ = ProportionLogisticRegression()
        self.model_.fit(X[kept], y[kept], bags=bags[kept])
        return self


class Guesser(RowLearner):
    """Draws labels at random, and learns those by heart."""

    def fit(self, X, y, *, bags):
        labels = np.random.RandomState(0).uniform(size=len(X)) < y
        self.model_ = LogisticRegression(C=1e3).fit(X, labels)
        return self

    def predict_proba(self, X):
        p = self.model_.predict_proba(X)[:, 1] > 0.5
        return np.column_stack([1.0 - p, p])


class FirstBagLearner(RowLearner):
    """Right about rows, and then moved by what the first name of a bag says."""

    def fit(self, X, y, *, bags):
        self.model_ = ProportionLogisticRegression().fit(X, y, bags=bags)
        self.model_.intercept_ += 1.0 if bags[0] else 0.0
        return self


def failures(estimator, **options) -> set[str]:
    results = check_bag_learner(estimator, on_fail=None, **options)
    return {r["check_name"] for r in results if r["status"] == "failed"}


@pytest.mark.slow
@pytest.mark.parametrize("loss", ["bag", "count"])
def test_right_learners_pass(loss: str) -> None:
    estimator = ProportionLogisticRegression(loss=loss)
    for result in check_bag_learner(estimator):
        assert result["status"] == "passed"
        assert result["low"] <= result["figure"] <= result["high"]
        assert result["exception"] is None


def test_loss_of_rows_is_told_apart() -> None:
    wrong = {"context_is_no_cause", "probabilities_are_not_shrunk"}
    assert failures(ProportionLogisticRegression(interpolation=1.0)) == wrong


def test_loss_for_random_bags_follows_the_context() -> None:
    assert failures(ProportionLogisticRegression(loss="easy")) == {
        "context_is_no_cause"
    }


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@pytest.mark.parametrize(
    ("learner", "fails"),
    [
        (RowLearner(), {"context_is_no_cause", "probabilities_are_not_shrunk"}),
        (BagMeanLearner(), {"totals_are_kept"}),
        (PositiveLearner(), {"singletons_are_labels", "flip_is_symmetric"}),
        (FirstBagLearner(), {"names_and_order_do_not_matter"}),
    ],
)
def test_each_fault_fails_where_it_shows(learner: RowLearner, fails: set[str]) -> None:
    assert failures(learner) == fails


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
def test_a_guesser_makes_things_up() -> None:
    assert {"equal_shares_teach_nothing"} <= failures(Guesser())


def test_cut_bags_must_be_refused() -> None:
    class Careless(ProportionLogisticRegression):
        def fit(self, X, y, sample_weight=None, *, bags=None):
            return super().fit(X, y["value"], bags=y["bag"])

    with pytest.raises(AssertionError, match=r"number of fits to cut bags .* is 1"):
        check_bag_learner(Careless(), checks=[CUT])
    with pytest.warns(SkipTestWarning, match="takes no bag_target"):
        (result,) = check_bag_learner(RowLearner(), checks=[CUT])
    assert result["status"] == "skipped"


def test_other_signatures_are_fitted_through_a_function() -> None:
    class Foreign(BaseEstimator):
        def train(self, bags, table, share):
            self.model_ = ProportionLogisticRegression().fit(table, share, bags=bags)

        def predict_proba(self, X):
            return self.model_.predict_proba(X)

    seen = []

    def fit(estimator, X, shares, bags):
        assert X.dtype == shares.dtype == np.float64
        assert bags.dtype == np.int64
        seen.append(estimator)
        estimator.train(bags, X, shares)

    foreign = Foreign()
    with pytest.warns(SkipTestWarning, match="a function that knows no bag_target"):
        results = check_bag_learner(foreign, fit=fit)
    assert {r["status"] for r in results} == {"passed", "skipped"}
    assert foreign not in seen
    assert not hasattr(foreign, "model_")

    def replace(estimator, X, shares, bags):
        return clone(ProportionLogisticRegression()).fit(X, shares, bags=bags)

    with pytest.warns(SkipTestWarning, match="a function that knows no bag_target"):
        check_bag_learner(foreign, fit=replace)


def test_failures_raise_warn_or_are_reported() -> None:
    check = ["probabilities_are_not_shrunk"]
    message = (
        r"slope .* is \d+\.?\d* for RowLearner, and should lie between 0.4 and 2.5"
    )
    with pytest.raises(AssertionError, match=message):
        check_bag_learner(RowLearner(), checks=check)
    with pytest.warns(UserWarning, match=message):
        (warned,) = check_bag_learner(RowLearner(), checks=check, on_fail="warn")
    (told,) = check_bag_learner(RowLearner(), checks=check, on_fail=None)
    assert warned["status"] == told["status"] == "failed"
    assert warned["figure"] == told["figure"] > 2.5


def test_worlds_do_not_depend_on_which_checks_run() -> None:
    names = ["flip_is_symmetric", "rows_are_ranked"]
    model = ProportionLogisticRegression()
    together = check_bag_learner(model, checks=names)
    alone = check_bag_learner(model, checks=names[1:])
    assert together[1]["figure"] == alone[0]["figure"]
    other = check_bag_learner(model, checks=names[1:], random_state=1)
    assert other[0]["figure"] != alone[0]["figure"]


def test_errors_of_the_estimator_are_its_failures() -> None:
    class Broken(RowLearner):
        def fit(self, X, y, *, bags):
            raise RuntimeError("no luck")

    with pytest.raises(AssertionError, match="Broken raised RuntimeError: no luck"):
        check_bag_learner(Broken())

    class Short(RowLearner):
        def predict_proba(self, X):
            return super().predict_proba(X)[:, 1]

    with pytest.raises(AssertionError, match=r"returned shape \(\d+,\)"):
        check_bag_learner(Short())


def test_unknown_options_are_named() -> None:
    with pytest.raises(ValueError, match="no check 'rows'; the checks are rows_are_"):
        check_bag_learner(RowLearner(), checks=["rows"])
    with pytest.raises(ValueError, match=r"on_fail must be .*; got 'stop'"):
        check_bag_learner(RowLearner(), on_fail="stop")
