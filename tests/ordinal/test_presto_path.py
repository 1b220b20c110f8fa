# SPDX-License-Identifier: BSD-3-Clause
"""PRESTO against the coefficient paths of the authors' code, whose thresholds were
corrected for the centring."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from skx.ordinal import PRESTO

VECTORS = Path(__file__).parents[1] / "vectors"
DATA = np.loadtxt(VECTORS / "ordinal_presto.csv", delimiter=",", skiprows=1)
X, Y = DATA[:, 1:], DATA[:, 0].astype(int)
PATHS = {
    name: case
    for name, case in json.loads((VECTORS / "ordinal_presto.json").read_text()).items()
    if "coefs" in case
}


@pytest.mark.parametrize("name", PATHS)
def test_coefficients_are_those_of_the_reference(name: str) -> None:
    case = PATHS[name]
    arguments: dict[str, Any] = case["args"]
    family = arguments.get("family", "cumulative")
    link = arguments.get("link", "logit")
    weights = np.resize([1, 2, 3], len(Y)) if name == "C_rowsrepeated123" else None
    sign = -1 if family in ("cumulative", "sratio") else 1
    # The reference stops short of the optimum by about this much.
    tolerance = 1e-4 if link == "cauchit" else 2e-5
    for alpha, coefs, loglik in zip(
        case["lambda"], case["coefs"], case["loglik"], strict=True
    ):
        model = PRESTO(
            alpha,
            l1_ratio=arguments.get("alpha", 1.0),
            family=family,
            link=link,
            standardize=arguments.get("standardize", True),
            penalty_factor=arguments.get("penaltyFactors"),
        ).fit(X, Y, weights)
        expected = np.array(coefs)
        np.testing.assert_allclose(
            -sign * model.thresholds_, expected[:3], atol=tolerance
        )
        np.testing.assert_allclose(
            sign * model.deviations_.ravel(), expected[3:], atol=tolerance
        )
        assert model.loglik_ == pytest.approx(loglik, rel=1e-7)
        assert model.kkt_violation_ < 1e-6
