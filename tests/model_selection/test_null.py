# SPDX-License-Identifier: BSD-3-Clause
"""How often tests find a difference where there is none.

The study behind it draws more data, and shows where some tests find too many.
"""

import pytest

from benchmarks.studies.compare_null import LEARNERS, rates

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("learner", "n_rows", "tests"),
    [
        (
            "nearest mean",
            300,
            [
                "corrected t, 10 folds",
                "corrected t, 2 times 10 folds",
                "McNemar exact, 10 folds",
                "McNemar exact, one half",
                "Cochran Q, one half",
            ],
        ),
        (
            "nearest row",
            100,
            [
                "corrected t, 10 folds",
                "McNemar exact, one half",
            ],
        ),
        (
            "fixed",
            100,
            [
                "corrected t, 10 folds",
                "corrected t, 2 times 10 folds",
                "5x2cv F",
                "McNemar exact, 10 folds",
                "McNemar chi2, 10 folds",
                "McNemar exact, one half",
                "Cochran Q, 10 folds",
            ],
        ),
    ],
)
def test_tests_keep_their_level(learner: str, n_rows: int, tests: list[str]) -> None:
    found = rates(LEARNERS[learner], n_rows, n_draws=300, n_repeats=2)
    assert max(found[name] for name in tests) <= 0.06, found
    # The ordinary t test does not: this is what the correction is for.
    assert found["t, 15 times 9/10"] > 0.12


def test_differences_are_found() -> None:
    found = rates(LEARNERS["nearest mean"], 300, n_draws=60, shift=0.8, n_repeats=1)
    assert found["corrected t, 10 folds"] > 0.15
    assert found["5x2cv F"] > 0.25
    assert found["McNemar exact, 10 folds"] > 0.4
