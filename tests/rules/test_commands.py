# SPDX-License-Identifier: BSD-3-Clause
import builtins
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from skx._report import Report
from skx.datasets import load_adult
from skx.rules import _commands


def test_texts_are_those_of_the_frame() -> None:
    table = _commands._with_texts(load_adult(as_frame=False))
    frame, _ = load_adult(return_X_y=True)
    expected = frame.astype(object).where(frame.notna(), None).to_numpy()
    assert (table == expected).all()
    assert None in table


FRESH = """
import numpy as np
from skx.datasets import load_adult
from skx.rules import FOLDRClassifier, FOLDSEClassifier, _commands, _kernels


def compiled():
    return {
        (name, signature)
        for name, function in vars(_kernels).items()
        for signature in getattr(function, "signatures", [])
    }


_commands.warmup()
before = compiled()
X, y = load_adult(return_X_y=True)
numbers = X.select_dtypes("number")
for data in (X, X.to_numpy(), numbers, np.asfortranarray(numbers.to_numpy(float))):
    for classifier in (FOLDRClassifier(max_rules=2), FOLDSEClassifier()):
        classifier.fit(data[:2000], y[:2000]).predict(data[:10])
        classifier.fit(data[:2000], X["race"][:2000]).predict(data[:10])
print(sorted(compiled() - before))
"""


@pytest.mark.slow
def test_warmup_leaves_no_kernel_to_compile() -> None:
    done = subprocess.run(
        [sys.executable, "-c", FRESH], capture_output=True, text=True, check=False
    )
    assert done.stdout == "[]\n", done.stderr


@pytest.mark.slow
def test_demo_compares_and_prints_the_rules(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    load = builtins.__import__

    def without_pandas(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "pandas":
            raise ModuleNotFoundError(name=name)
        return load(name, *args, **kwargs)

    report = Report("rules", out=tmp_path)
    monkeypatch.setattr(builtins, "__import__", without_pandas)
    _commands.demo(report, quick=True)
    monkeypatch.undo()
    text = report.text()
    assert [row.is_skx for row in report._rows] == [True, True, False, False]
    short, long, tree, boosting = (row.scores for row in report._rows)
    assert short["conditions"] < long["conditions"]
    assert tree["rules"] == 8
    assert "rules" not in boosting
    assert "'<=50K' if marital_status is not 'Married-civ-spouse'" in text
    assert text.rstrip().endswith("'>50K' otherwise")
    assert (tmp_path / "rules_size.png").stat().st_size > 0
    # The rules lose little to a tree that a person can read as well.
    assert np.isclose(short["accuracy"], tree["accuracy"], atol=0.02)
