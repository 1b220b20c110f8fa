# SPDX-License-Identifier: BSD-3-Clause
import builtins
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from skx._report import Report
from skx.multitask import _commands

FRESH = """
import warnings
import numpy as np
from skx.datasets import load_covid_testing
from skx.multitask import RMTGBClassifier, RMTGBRegressor, _commands, _kernels
from skx.multitask._trees import _kernels as trees


def compiled():
    return {
        (name, signature)
        for module in (_kernels, trees)
        for name, function in vars(module).items()
        for signature in getattr(function, "signatures", [])
    }


warnings.simplefilter("ignore")
_commands.warmup()
before = compiled()
frame, y = load_covid_testing(return_X_y=True)
frame, y = frame[:2000], y[:2000]
numbers = frame.select_dtypes("number").to_numpy(float)
params = {"n_iter_shared": 2, "n_iter_outlier": 2, "n_iter_task": 2}
for params["subsample"] in (1.0, 0.5):
    model = RMTGBClassifier(task_feature="clinic_name", **params)
    model.fit(frame, y).predict_proba(frame)
    tasks = frame["clinic_name"]
    for X in (numbers, np.asfortranarray(numbers), numbers.astype(np.float32)):
        RMTGBClassifier(**params).fit(X, tasks, tasks).predict(X, tasks)
        for loss in ("squared_error", "absolute_error", "huber", "poisson"):
            model = RMTGBRegressor(loss, **params)
            model.fit(X, np.abs(numbers[:, 0]), tasks).predict(X, tasks)
            model.fit(X[:400], np.abs(numbers[:400, 0]), tasks[:400])
print(sorted(compiled() - before))
"""


@pytest.mark.slow
def test_warmup_leaves_no_kernel_to_compile() -> None:
    done = subprocess.run(
        [sys.executable, "-c", FRESH], capture_output=True, text=True, check=False
    )
    assert done.stdout == "[]\n", done.stderr


@pytest.mark.slow
def test_demo_compares_with_and_without_tasks(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    load = builtins.__import__

    def without_pandas(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "pandas":
            raise ModuleNotFoundError(name=name)
        return load(name, *args, **kwargs)

    report = Report("multitask", out=tmp_path)
    monkeypatch.setattr(builtins, "__import__", without_pandas)
    _commands.demo(report, quick=True)
    monkeypatch.undo()
    assert [row.is_skx for row in report._rows] == [False, False, True, True]
    peer, *_, robust = (row.scores for row in report._rows)
    assert robust["log loss"] < peer["log loss"] + 0.005
    assert robust["AUC"] > peer["AUC"] - 0.01
    assert (tmp_path / "multitask_outliers.png").stat().st_size > 0
