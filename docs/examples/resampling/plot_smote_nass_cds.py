# SPDX-License-Identifier: BSD-3-Clause
"""
Who dies in a car crash? SMOTE and its alternatives
===================================================

One in twenty-two occupants in these reports of crashes died. Does over-sampling the
dead by SMOTE help a logistic regression to tell who will, and what does it do to the
probabilities? This page compares it with leaving the rows alone and with class weights.
"""

# %%
# The data
# --------
# A sample of crashes in the United States, 1997 to 2002, in which severe crashes were
# drawn more often: each row carries a survey weight, the number of occupants it stands
# for. With the weights, deaths are rarer still.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from skx.datasets import load_nass_cds

crashes = load_nass_cds()
X = crashes.data
died = (crashes.target == "dead").to_numpy()
weight = crashes.sample_weight.to_numpy()
weight = weight / weight.mean()
base_rate = np.average(died, weights=weight)
print(f"{died.sum()} of {died.size} rows are deaths: {died.mean():.1%}")
print(f"share of deaths with survey weights: {base_rate:.2%}")
X.head()

# %%
# The weights are very unequal, so the deaths count for fewer than they are. Kish's
# effective number of rows says for how many, and scores deserve that much trust:

dead_weight = weight[died]
n_effective = dead_weight.sum() ** 2 / (dead_weight**2).sum()
print(f"effective number of deaths: {n_effective:.0f}")

# %%
# The models
# ----------
# The same columns and the same logistic regression throughout. Resampling takes place
# inside ``fit``, after the columns have been made numeric and scaled, and the survey
# weights go through it.

from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skx.resampling import SMOTE, ResampledClassifier

columns = make_column_transformer(
    (
        make_pipeline(SimpleImputer(strategy="median"), StandardScaler()),
        make_column_selector(dtype_include="number"),
    ),
    (
        OneHotEncoder(drop="if_binary", sparse_output=False),
        make_column_selector(dtype_exclude="number"),
    ),
)
logistic = LogisticRegression(solver="newton-cholesky")
classifiers = {
    "plain": logistic,
    "class_weight": LogisticRegression(
        solver="newton-cholesky", class_weight="balanced"
    ),
    "SMOTE": ResampledClassifier(logistic, sampler=SMOTE(), random_state=0),
    "SMOTE, prior": ResampledClassifier(
        logistic, sampler=SMOTE(), calibrate="prior", random_state=0
    ),
}

# %%
# Occupants of one vehicle share its crash, so they stay in one fold.

vehicle = crashes.frame.groupby(["yearacc", "caseid"], observed=True).ngroup()
folds = list(GroupKFold(5, shuffle=True, random_state=0).split(X, groups=vehicle))
probability = {
    name: cross_val_predict(
        Pipeline([("columns", columns), ("classifier", classifier)]),
        X,
        died,
        cv=folds,
        params={"classifier__sample_weight": weight},
        method="predict_proba",
    )[:, 1]
    for name, classifier in classifiers.items()
}

# %%
# The scores
# ----------
# ROC AUC and average precision judge the ranking, balanced accuracy the decision, log
# loss the probabilities; all are weighted. The decision is "dead" above 0.5, but for
# one more line: the plain model with the share of deaths as its threshold.

from sklearn.metrics import (
    average_precision_score,
    balanced_accuracy_score,
    log_loss,
    roc_auc_score,
)


def scores(chance, threshold):
    """Score each fold; one row a fold."""
    rows = []
    for _, test in folds:
        truth, guess, w = died[test], chance[test], weight[test]
        rows.append(
            {
                "ROC AUC": roc_auc_score(truth, guess, sample_weight=w),
                "average precision": average_precision_score(
                    truth, guess, sample_weight=w
                ),
                "balanced accuracy": balanced_accuracy_score(
                    truth, guess > threshold, sample_weight=w
                ),
                "log loss": log_loss(truth, guess, sample_weight=w),
            }
        )
    return pd.DataFrame(rows)


per_fold = {name: scores(chance, 0.5) for name, chance in probability.items()}
per_fold["plain, threshold"] = scores(probability["plain"], base_rate)
mean = pd.DataFrame({name: table.mean() for name, table in per_fold.items()}).T
mean.round(3)

# %%
# How much the folds differ (standard deviation):

pd.DataFrame({name: table.std() for name, table in per_fold.items()}).T.round(3)

# %%
# Left: of the occupants given a certain probability, how many died? A point on the
# diagonal is right, one below it claims too much. Ten groups of equal weight each.
# Right: what is gained at the threshold against what is paid in log loss.


def calibration(chance, n_groups=10):
    """Mean probability and share of deaths in groups of equal weight."""
    order = np.argsort(chance)
    share = np.cumsum(weight[order]) / weight.sum()
    group = np.minimum((share * n_groups).astype(int), n_groups - 1)
    total = np.bincount(group, weight[order])
    claimed = np.bincount(group, (weight * chance)[order]) / total
    return claimed, np.bincount(group, (weight * died)[order]) / total


figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.5), layout="constrained")
limits = [1e-5, 1]
left.plot(limits, limits, color="grey", linewidth=1)
for (name, chance), marker in zip(probability.items(), "osD^", strict=True):
    claimed, observed = calibration(chance)
    shown = observed > 0
    (line,) = left.plot(claimed[shown], observed[shown], marker=marker, label=name)
    right.plot(
        mean.loc[name, "log loss"],
        mean.loc[name, "balanced accuracy"],
        marker=marker,
        color=line.get_color(),
        linestyle="none",
        markersize=9,
        label=name,
    )
right.plot(
    mean.loc["plain, threshold", "log loss"],
    mean.loc["plain, threshold", "balanced accuracy"],
    marker="*",
    color="black",
    linestyle="none",
    markersize=12,
    label="plain, threshold",
)
left.set(
    xscale="log",
    yscale="log",
    xlim=limits,
    ylim=limits,
    xlabel="predicted probability of death",
    ylabel="share that died",
    title="Probabilities",
)
right.set(xscale="log")
right.minorticks_off()
right.set(
    xticks=[0.02, 0.05, 0.1, 0.2, 0.5],
    xticklabels=["0.02", "0.05", "0.1", "0.2", "0.5"],
    xlabel="log loss (left is better)",
    ylabel="balanced accuracy (up is better)",
    title="Decision against probabilities",
)
right.legend()
plt.show()

# %%
# What was learned
# ----------------
# SMOTE makes the decision at 0.5 useful, as class weights do, and both ruin the
# probabilities, which come out far too high. Neither ranks the occupants better than
# the plain model by more than the folds differ. ``calibrate="prior"`` takes back most
# of the log loss and with it the decision. For this question the plain model with
# another threshold is the best of the five: as good a decision as the others', and the
# best probabilities.
