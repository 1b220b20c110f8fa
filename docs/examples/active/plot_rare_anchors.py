# SPDX-License-Identifier: BSD-3-Clause
"""
One letter in three hundred: finding rare rows to label
=======================================================

Five Q are known, and sixty more hide among nineteen thousand other letters. Labels
drawn at random would hit one in three hundred. Can a sampler find them, without
predicting the whole pool in every round?
"""

# %%
# A rare class
# ------------
# All letters but Q, and 110 of the Q: 65 in the pool on average, the others for the
# test.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from skx.datasets import load_letter

X, y = load_letter(return_X_y=True)
X = X.drop_duplicates()
is_q = y[X.index].to_numpy() == "Q"
rows = np.flatnonzero(~is_q | (np.cumsum(is_q) <= 110))
X, y = X.to_numpy(float)[rows], is_q[rows].astype(int)
print(f"{len(y)} images, {y.mean():.2%} are Q")

# %%
# Three ways to choose
# --------------------
# The model is boosted trees, which take their time for a prediction.
# :class:`~skx.active.AnchorSampler` shows the margin sampler those rows alone that are
# near to labelled ones: ten anchors of each class, fifty neighbours of each.

from lightgbm import LGBMClassifier

from skx.active import AnchorSampler, RandomSampler, UncertaintySampler, compare

model = LGBMClassifier(n_estimators=100, min_child_samples=5, n_jobs=1, verbose=-1)
margin = UncertaintySampler(model)
samplers = {
    "random": RandomSampler(model),
    "margin": margin,
    "margin near anchors": AnchorSampler(margin),
}
comparison = compare(
    samplers,
    X,
    y,
    initial={0: 45, 1: 5},
    n_rounds=10,
    n_samples=25,
    cv=3,
    scoring="average_precision",
    random_state=0,
)
comparison

# %%
fig, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
for name, curve in comparison.curves.items():
    found = np.array([y[rows].cumsum()[curve.n_labeled - 1] for rows in curve.indices])
    axes[0].plot(curve.n_labeled, found.mean(axis=0), "o-", label=name)
    curve.plot(ax=axes[1])
axes[0].set_xlabel("labels")
axes[0].set_ylabel("Q among them")
axes[0].legend()
axes[1].set_ylabel("average precision on test rows")
axes[1].get_legend().remove()

# %%
# What it costs
# -------------
# A query without the fit of the model, which is the same for all.

from time import perf_counter

start = np.r_[np.flatnonzero(y == 1)[:5], np.flatnonzero(y == 0)[:45]]
seconds = {}
for name, sampler in samplers.items():
    sampler.fit(X, y, labeled=np.isin(np.arange(len(y)), start))
    began = perf_counter()
    sampler.query(n_samples=25)
    seconds[name] = perf_counter() - began

table = pd.DataFrame(
    {
        "Q among the labels": {
            name: np.mean([y[rows].sum() for rows in curve.indices])
            for name, curve in comparison.curves.items()
        },
        "average precision": {
            name: curve.scores[:, -1].mean()
            for name, curve in comparison.curves.items()
        },
        "seconds of a query": seconds,
    }
).round(3)
table

# %%
near, whole = table.loc["margin near anchors"], table.loc["margin"]
print(
    f"Near anchors, {near['Q among the labels']:.0f} Q are labelled instead of "
    f"{whole['Q among the labels']:.0f} by the margin alone, and the average precision "
    f"is {near['average precision']:.2f} instead of {whole['average precision']:.2f}."
)
