# SPDX-License-Identifier: BSD-3-Clause
import builtins
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from skx._report import Report
from skx.proportions import _commands

AFTER_WARMUP = """
import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from skx import proportions as skp
from skx._neighbors import _kernels as neighbors
from skx.proportions import _commands
from skx.proportions._counts import _kernels as counts
from skx.proportions._propagation import _kernels as propagation


def compiled():
    return {
        (name, signature)
        for module in (counts, propagation, neighbors)
        for name, function in vars(module).items()
        for signature in getattr(function, "signatures", [])
    }


_commands.warmup()
before = compiled()
warnings.simplefilter("ignore", ConvergenceWarning)
rng = np.random.default_rng(1)
X = rng.normal(size=(600, 3))
labels = (X[:, 0] + rng.logistic(size=600) > 0).astype(int)
three = np.digitize(X[:, 0] + rng.logistic(size=600), [-1, 1])
frozen = X.copy()
frozen.flags.writeable = False
for bag_size in (5, 300):  # the larger ones by their saddle points
    bags = skp.make_bags(X, bag_size=bag_size, random_state=0)
    for y in (labels, three):
        ones = np.array([np.bincount(y[bags == b], minlength=3) for b in set(bags)])
        n_classes = len(set(y))
        known = ones[:, 1] if n_classes == 2 else ones
        logits = rng.normal(size=600 if n_classes == 2 else (600, 3))
        for noise in (None, ("gaussian", 2.0), ("laplace", 2.0)):
            if noise is None or noise[0] == "gaussian" or n_classes == 2:
                skp.count_posterior(
                    logits, bags, known, count_noise=noise, return_log_likelihood=True
                )
        for rows in (X, np.asfortranarray(X), X.astype(np.float32), frozen):
            graph = skp.neighbor_affinity(rows, metric="euclidean")
            graph = skp.neighbor_affinity(rows)
            skp.propagate_labels(graph, bags, known)
            skp.propagate_labels(graph, bags.astype(str), known)
    known = np.bincount(bags, labels)
    skp.propagate_labels(graph, bags, known, algorithm="max")
    for algorithm in ("sum", "max"):
        skp.propagate_labels(
            graph, bags, known, bag_factor="pairwise", count_strength=2.0,
            algorithm=algorithm,
        )
    y = skp.bag_target(bags, y=labels)
    skp.ProportionLogisticRegression(loss="count").fit(frozen, y)
bags = skp.make_bags(X, bag_size=10, random_state=0)
for target in (labels, three):
    y = skp.bag_target(bags, y=target)
    skp.ProportionEMClassifier().fit(frozen, y)
    skp.ProportionPropagationClassifier(smoothness=0.3).fit(frozen, y)
print(sorted(compiled() - before))
"""


@pytest.mark.slow
@pytest.mark.skipif(
    os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="nothing is compiled"
)
def test_after_warmup_nothing_is_compiled() -> None:
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", AFTER_WARMUP],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout == "[]\n"


@pytest.mark.slow
def test_demo_compares_bags_with_repeated_shares_and_labels(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("matplotlib")
    load = builtins.__import__

    def without_pandas(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "pandas":
            raise ModuleNotFoundError(name=name)
        return load(name, *args, **kwargs)

    report = Report("proportions", out=tmp_path)
    monkeypatch.setattr(builtins, "__import__", without_pandas)
    _commands.demo(report, quick=True)
    monkeypatch.undo()
    assert [row.is_skx for row in report._rows] == [False] * 2 + [True] * 2 + [
        False
    ] * 2
    shares, _, linear, trees, labels, _ = (row.scores for row in report._rows)
    for ours in (linear, trees):
        assert shares["AUC"] + 0.05 < ours["AUC"] < labels["AUC"]
        assert labels["log loss"] < ours["log loss"] < shares["log loss"] - 0.1
    (plot,) = report.plots
    assert plot.path.stat().st_size > 10_000
