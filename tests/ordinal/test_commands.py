# SPDX-License-Identifier: BSD-3-Clause
import os
import subprocess
import sys
from pathlib import Path

import pytest

from skx._report import Report
from skx.ordinal import _commands

AFTER_WARMUP = """
import warnings

import numpy as np
from scipy import sparse

from skx.ordinal import PRESTO, OrdinalRegression, _commands, _design, _kernels

_commands.warmup()
kernels = {k: v for k, v in vars(_kernels).items() if hasattr(v, "signatures")}
compiled = {name: set(kernel.signatures) for name, kernel in kernels.items()}
warnings.simplefilter("ignore")
rng = np.random.default_rng(1)
X = rng.normal(size=(50, 3))
y = np.digitize(X[:, 0] + rng.logistic(size=50), [-1, 0, 1])
frozen = X.copy()
frozen.setflags(write=False)
for family in ("cumulative", "sratio", "cratio", "acat"):
    for rows in (X, np.asfortranarray(X), X[::2][:, ::-1], frozen, sparse.csr_array(X)):
        for dtype in (np.float64, np.float32):
            data, classes = rows.astype(dtype), y[:: len(y) // rows.shape[0]]
            PRESTO(family=family).fit(data, classes).predict_log_proba(data)
    for link in ("logit", "probit", "cloglog", "loglog", "cauchit"):
        model = OrdinalRegression(family=family, link=link, nonparallel=[0], alpha=0.1)
        model.fit(X, y).predict(100 * X)
_design.KEEP = 0  # as with large columns
for dtype in (np.float64, np.float32):
    for nonparallel in (None, "all"):
        for solver in ("newton", "lbfgs"):
            model = OrdinalRegression(nonparallel=nonparallel, solver=solver)
            model.fit(X.astype(dtype), y, np.ones(50))
print({k: set(v.signatures) - compiled[k] for k, v in kernels.items()
       if set(v.signatures) - compiled[k]})
"""


class Recorded(Report):
    """A report that says nothing while it is made."""

    def step(self, text: str) -> None:
        pass


@pytest.mark.slow
def test_demo_compares_with_scikit_learn_and_draws(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    report = Recorded("ordinal", out=tmp_path)
    _commands.demo(report, quick=True)
    ((task, rows),) = report.rows_by_task.items()
    assert task == "grades of 1359 wines"
    scores = {row.method: row.scores for row in rows}
    assert sum(row.is_skx for row in rows) == 2
    for name, limit in {"log loss": 1.03, "RPS": 0.34, "abs. error": 0.48}.items():
        assert 0.8 * limit < scores["OrdinalRegression"][name] < limit
    # As often as it is seen: 17 of 1359.
    know_nothing = 0.0673
    for name in ("LogisticRegression, 8 or not", "OrdinalRegression"):
        assert 0.03 < scores[name]["log loss of 8"] < know_nothing
    assert set(scores["Ridge, rounded"]) == {"abs. error"}
    assert "17 wines" in report.text()
    (plot,) = report.plots
    assert plot.path.stat().st_size > 10_000


@pytest.mark.slow
def test_demo_needs_neither_pandas_nor_matplotlib() -> None:
    program = """
import sys

class Missing:
    def find_spec(self, name, *_):
        if name.partition(".")[0] in ("pandas", "matplotlib"):
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Missing())
from skx.__main__ import main
sys.exit(main(["demo", "ordinal", "--quick"]))
"""
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert "PRESTOCV, stopping ratio *" in run.stdout


@pytest.mark.slow
@pytest.mark.skipif(
    os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="nothing is compiled"
)
def test_after_warmup_nothing_is_compiled() -> None:
    run = subprocess.run(
        [sys.executable, "-c", AFTER_WARMUP],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout == "{}\n"
