# SPDX-License-Identifier: BSD-3-Clause
"""What fits print."""

from typing import Any

import numpy as np
import pytest

from skx.rules import FOLDRClassifier, FOLDSEClassifier, RIPPERClassifier, _progress

X = np.random.default_rng(0).normal(size=(200, 3))
Y = X[:, 0] * X[:, 1] > 0
CLASSIFIERS = [FOLDRClassifier(), FOLDSEClassifier(), RIPPERClassifier(random_state=0)]


@pytest.mark.parametrize("classifier", CLASSIFIERS)
def test_nothing_is_printed_by_default(
    classifier: Any, capsys: pytest.CaptureFixture
) -> None:
    classifier.fit(X, Y)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("classifier", CLASSIFIERS)
def test_a_short_fit_says_what_it_found(
    classifier: Any, capsys: pytest.CaptureFixture
) -> None:
    model = type(classifier)(**classifier.get_params() | {"verbose": 1}).fit(X, Y)
    name, text = capsys.readouterr().out.split("] ")
    assert name == f"[{type(classifier).__name__}"
    found = f"{model.n_rules_} rules of {model.n_conditions_} conditions, "
    assert text.startswith(found)
    assert text.endswith(" s\n")


@pytest.mark.parametrize("y", [Y, np.arange(200) % 3])
def test_a_long_fit_says_how_far_it_is(
    y: np.ndarray, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_progress, "EVERY", 0.0)
    FOLDRClassifier(verbose=1, max_rules=3).fit(X, y)
    *lines, _ = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("[FOLDRClassifier] 0 rules so far, ")
    left = [int(line.split(", ")[1].split()[0]) for line in lines]
    assert left[0] >= 100
    assert left == sorted(left, reverse=True)
    assert left[-1] < left[0]
    found = [int(line.split()[1]) for line in lines]
    assert found == sorted(found)
    assert found[-1] >= 2


def test_ripper_says_which_rule_it_grows(
    capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_progress, "EVERY", 0.0)
    RIPPERClassifier(verbose=1, random_state=0).fit(X, Y)
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first.startswith("[RIPPERClassifier] growing rule number 2, ")
    assert second.startswith("[RIPPERClassifier] growing rule number 3, ")
