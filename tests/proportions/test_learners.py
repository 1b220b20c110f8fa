# SPDX-License-Identifier: BSD-3-Clause
"""Which learner of bags passes which check, and why one does not."""

import pytest
from sklearn.linear_model import LogisticRegression

from skx.proportions import (
    MeanMapClassifier,
    ProportionBoostingClassifier,
    ProportionEMClassifier,
    ProportionLogisticRegression,
    ProportionPropagationClassifier,
)
from skx.testing import check_bag_learner

# These take the rows of a bag for a random draw of all rows, so that whatever goes
# along with a bag's share seems to go along with its rows' labels.
RANDOM_BAGS = {"context_is_no_cause"}
# The loss of rows is lowest where every row has its bag's share.
SHRUNK = {"context_is_no_cause", "probabilities_are_not_shrunk"}
# Stopped after few small steps, trees have not got far from the overall share yet.
CAUTIOUS = {"probabilities_are_not_shrunk"}
FEW_TREES = {"n_estimators": 50, "random_state": 0}

LEARNERS = {
    "bag": (ProportionLogisticRegression(), set()),
    "count": (ProportionLogisticRegression(loss="count"), set()),
    "squared": (ProportionLogisticRegression(loss="squared"), set()),
    "easy": (ProportionLogisticRegression(loss="easy"), RANDOM_BAGS),
    "rows": (ProportionLogisticRegression(interpolation=1.0), SHRUNK),
    "mm": (MeanMapClassifier(), RANDOM_BAGS),
    "lmm": (MeanMapClassifier(method="lmm"), RANDOM_BAGS),
    "amm_min": (MeanMapClassifier(method="amm_min"), set()),
    "amm_max": (MeanMapClassifier(method="amm_max"), set()),
    "boosting": (ProportionBoostingClassifier(**FEW_TREES), set()),
    "boosting by counts": (
        ProportionBoostingClassifier(loss="count", init="constant", **FEW_TREES),
        CAUTIOUS,
    ),
    "em": (ProportionEMClassifier(LogisticRegression(), cv=2, max_iter=3), set()),
    "propagation": (
        ProportionPropagationClassifier(LogisticRegression(), smoothness=0.3),
        set(),
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", LEARNERS)
def test_a_learner_fails_what_its_nature_says_and_no_more(name: str) -> None:
    estimator, expected = LEARNERS[name]
    results = check_bag_learner(estimator, on_fail=None)
    assert {r["check_name"] for r in results if r["status"] == "failed"} == expected
    assert all(r["status"] != "skipped" for r in results)
    # Failed by what they learnt, not by an error.
    assert all(r["figure"] is not None for r in results)
