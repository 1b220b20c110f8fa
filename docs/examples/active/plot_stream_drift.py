# SPDX-License-Identifier: BSD-3-Clause
"""
Calls of a bank, one after another: which outcomes to look up?
==============================================================

A bank calls its clients for two and a half years. Whether a client will subscribe is
predicted before the call; looking up what came of it costs money, and is paid for one
call in ten. The world does not stand still meanwhile: a crisis comes, campaigns change.
Does it matter which tenth is looked up?
"""

# %%
# The stream
# ----------
# The rows of Bank Marketing are in the order of the calls, May 2008 to November 2010.
# The first 4000 come with their outcomes; after that calls come in pieces of 2000, each
# predicted by a model that has seen what was looked up before it. Columns become
# numbers by what the first calls were like.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skx.datasets import load_bank_marketing

X, y = load_bank_marketing(return_X_y=True)
y = (y == "yes").to_numpy().astype(int)
START, PIECE = 4000, 2000
pieces = [np.arange(i, min(i + PIECE, len(y))) for i in range(START, len(y), PIECE)]
columns = make_column_transformer(
    (StandardScaler(), make_column_selector(dtype_include="number")),
    (
        OneHotEncoder(handle_unknown="ignore", sparse_output=False),
        make_column_selector(dtype_exclude="number"),
    ),
)
X = columns.fit(X[:START]).transform(X)
share = pd.Series(y).rolling(2000).mean()
print(
    f"{len(y) - START} calls; subscribed: {y[:START].mean():.3f} of the first ones, "
    f"{y[-4000:].mean():.3f} of the last."
)

# %%
# Rules
# -----
# :class:`~skx.active.VariableUncertaintyStream` asks for calls that the model is not
# sure of, and moves its threshold so that the budget is kept.
# :class:`~skx.active.SplitStream` does the same with most of its budget and spends the
# rest at random. Beside them a rule that asks for every tenth call, one that never asks
# again, and one that knows every outcome.

from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score

from skx.active import (
    Adwin,
    SplitStream,
    VariableUncertaintyStream,
    least_confidence,
)


class Tenth:
    """Asks for every tenth row."""

    def decide(self, utilities):
        return np.arange(len(utilities)) % 10 == 0


class Share:
    """Asks for all rows, or none."""

    def __init__(self, all_rows):
        self.all_rows = all_rows

    def decide(self, utilities):
        return np.full(len(utilities), self.all_rows)


def follow(rule):
    """Return predictions of the stream, and which rows were asked for."""
    known = list(range(START))
    model = LogisticRegression(solver="newton-cholesky").fit(X[known], y[known])
    shown, asked = np.zeros(len(y)), np.zeros(len(y), bool)
    for rows in pieces:
        proba = model.predict_proba(X[rows])
        shown[rows] = proba[:, 1]
        asked[rows] = rule.decide(least_confidence(proba))
        if asked[rows].any():
            known.extend(rows[asked[rows]])
            # What is older than 6000 looked-up calls is forgotten.
            recent = known[-6000:]
            model.fit(X[recent], y[recent])
    return shown, asked


split = SplitStream(budget=0.1, random_share=0.3, random_state=0)
rules = {
    "never": Share(False),
    "every tenth": Tenth(),
    "unsure": VariableUncertaintyStream(budget=0.1),
    "unsure, and some at random": split,
    "all": Share(True),
}
found = {name: follow(rule) for name, rule in rules.items()}
later = slice(START, None)
table = pd.DataFrame(
    {
        name: {
            "asked": asked[later].mean(),
            "log loss": log_loss(y[later], shown[later]),
            "AUC": roc_auc_score(y[later], shown[later]),
        }
        for name, (shown, asked) in found.items()
    }
).T.round(3)
table

# %%
# When did it hurt?
# -----------------
# The mean log loss over the last 3000 calls.

fig, axes = plt.subplots(2, 1, figsize=(7, 6), sharex=True, height_ratios=[1, 2])
axes[0].plot(share, color="0.3")
axes[0].set_ylabel("share of yes,\nlast 2000")
for name, (shown, _) in found.items():
    p = np.clip(shown, 1e-6, 1 - 1e-6)
    loss = -np.where(y == 1, np.log(p), np.log1p(-p))
    loss[:START] = np.nan
    axes[1].plot(pd.Series(loss).rolling(3000).mean(), label=name)
axes[1].set_ylabel("log loss, last 3000")
axes[1].set_xlabel("call")
axes[1].legend()
fig.tight_layout()

# %%
# An alarm that is fair
# ---------------------
# Rows that the model is unsure of are hard, so errors on them say nothing about the
# stream as a whole. Those that chance chose do: :class:`~skx.active.Adwin` cuts its
# window when their mean changes.

rule = SplitStream(budget=0.1, random_share=0.3, random_state=0)
detector, alarms = Adwin(delta=0.05), []
shown = found["never"][0]  # the model that stays as it was
for rows in pieces:
    p = shown[rows]
    asked = rule.decide(1.0 - np.maximum(p, 1.0 - p))
    fair = asked & rule.drawn_
    cuts = detector.update(np.abs(y[rows[fair]] - p[fair]))
    alarms.extend(rows[fair][cuts])
print("alarms at calls", [int(row) for row in alarms])

# %%
# What was learned
# ----------------
# Looking up a tenth of the outcomes closes most of the gap between never and always.
# Which tenth hardly matters on these calls: the rule that asks where the model is
# unsure does no better than every tenth call, since what changed is the share of those
# who subscribe, and any sample tells that.

print(
    f"Log loss with a tenth looked up: {table['log loss']['unsure']} where the unsure "
    f"are, {table['log loss']['every tenth']} for every tenth; "
    f"{table['log loss']['never']} without any, {table['log loss']['all']} with all."
)
