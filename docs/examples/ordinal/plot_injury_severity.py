# SPDX-License-Identifier: BSD-3-Clause
"""
How badly hurt, and who dies? An ordered outcome with a rare top
================================================================

Occupants of crashed cars are unhurt, a little hurt, or worse; few are killed. One model
for all levels can borrow from the many who are hurt when it says who dies. Should it?
That depends on whether what hurts is what kills.
"""

# %%
# The data
# --------
# Crashes in the United States, 1997 to 2002. Severe ones were sampled more often, so
# each row has a survey weight: the number of occupants it stands for. The column
# ``injSeverity`` is not among the features, since most users predict death; here it is
# the outcome. Two of its codes, unknown and died before, are not on the scale.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from skx.datasets import load_nass_cds

LEVELS = ["none", "possible", "slight", "severe", "killed"]
crashes = load_nass_cds()
on_scale = (crashes.frame["injSeverity"] <= 4) & (crashes.sample_weight > 0)
frame = crashes.frame[on_scale]
X = crashes.data[on_scale].drop(columns=["airbag", "deploy"])  # "abcat" says both
y = frame["injSeverity"].astype(int).to_numpy()
weight = (frame["weight"] / frame["weight"].mean()).to_numpy()
counts = pd.DataFrame(
    {
        "rows": np.bincount(y),
        "share with weights": (np.bincount(y, weight) / weight.sum()).round(4),
    },
    index=LEVELS,
)
counts

# %%
# Columns become numbers, scaled to unit deviation. Two rows in five are held out,
# whole vehicles, for occupants of one share its crash.

from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.model_selection import GroupShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

columns = make_column_transformer(
    (
        make_pipeline(SimpleImputer(strategy="median"), StandardScaler()),
        make_column_selector(dtype_include="number"),
    ),
    (
        OneHotEncoder(drop="first", sparse_output=False),
        make_column_selector(dtype_exclude="number"),
    ),
    verbose_feature_names_out=False,
).set_output(transform="pandas")
vehicle = frame.groupby(["yearacc", "caseid"], observed=True).ngroup()
split = GroupShuffleSplit(1, test_size=0.4, random_state=0).split(X, groups=vehicle)
train, test = next(split)
X_train = columns.fit_transform(X.iloc[train])
X_test = columns.transform(X.iloc[test])

# %%
# Five models
# -----------
# Two of them know nothing of an order. :class:`~skx.ordinal.PRESTOCV` shrinks the
# slopes of all boundaries towards each other, by as much as cross-validation likes:
# once by the log loss of all levels, once by that of being killed.

from sklearn.linear_model import LogisticRegression

from skx.ordinal import PRESTOCV, OrdinalRegression, metrics

search = {"alphas": np.geomspace(1e-4, 0.1, 7), "base_penalty": 0, "cv": 3}
plain = LogisticRegression(C=np.inf, solver="newton-cholesky")
models = {
    "logistic, killed or not": plain,
    "multinomial": LogisticRegression(C=np.inf, solver="newton-cholesky"),
    "proportional odds": OrdinalRegression(),
    "PRESTO, all levels": PRESTOCV(**search),
    "PRESTO, killed": PRESTOCV(**search, scoring="rare_log_loss"),
}
killed = y == 4
killed_proba, scores = {}, {}
for name, model in models.items():
    outcome = killed if model is plain else y
    model.fit(X_train, outcome[train], sample_weight=weight[train])
    proba = model.predict_proba(X_test)
    killed_proba[name] = proba[:, -1]
    options = {"labels": model.classes_, "sample_weight": weight[test]}
    scores[name] = {
        "log loss of killed": metrics.rare_class_log_loss(
            outcome[test], proba, **options
        )
    }
    if model is not plain:
        scores[name] |= {
            "log loss": metrics.multiclass_log_loss(y[test], proba, **options),
            "ranked probability": metrics.ranked_probability_score(
                y[test], proba, **options
            ),
        }
    if hasattr(model, "alpha_"):
        scores[name]["alpha"] = model.alpha_
pd.DataFrame(scores).T.round(4)

# %%
# What hurts and what kills
# -------------------------
# Left: slopes of five columns at the four boundaries. Right: of the held-out occupants
# given a certain probability of being killed, how many were? Ten groups of equal
# weight each; a point on the diagonal is right.


def calibration(chance, n_groups=10):
    """Mean probability and share of deaths in groups of equal weight."""
    w, order = weight[test], np.argsort(chance)
    share = np.cumsum(w[order]) / w.sum()
    group = np.minimum((share * n_groups).astype(int), n_groups - 1)
    total = np.bincount(group, w[order])
    claimed = np.bincount(group, (w * chance)[order]) / total
    return claimed, np.bincount(group, (w * killed[test])[order]) / total


figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.8), layout="constrained")
shown = {
    "ageOFocc": "age",
    "frontal": "frontal impact",
    "sex_m": "man",
    "seatbelt_none": "no seat belt",
    "dvcat_55+": "55 km/h or more",
}
boundaries = [f"above\n{level}" for level in LEVELS[:-1]]
free, common = models["PRESTO, killed"].coef_, models["proportional odds"].coef_[0]
for name, label in shown.items():
    j = X_train.columns.get_loc(name)
    (line,) = left.plot(boundaries, free[:, j], marker="o", label=label)
    left.axhline(common[j], color=line.get_color(), linestyle=":", linewidth=1)
left.axhline(0, color="black", linewidth=0.5)
left.set(ylabel="slope", title="Slopes: PRESTO, killed (dotted: one slope for all)")
left.legend(fontsize="small")
limits = [1e-5, 0.3]
right.plot(limits, limits, color="grey", linewidth=1)
for (name, chance), marker in zip(killed_proba.items(), "s^DPo", strict=True):
    claimed, observed = calibration(chance)
    seen = observed > 0
    right.plot(claimed[seen], observed[seen], marker=marker, label=name, alpha=0.8)
right.set(
    xscale="log",
    yscale="log",
    xlim=limits,
    ylim=limits,
    xlabel="predicted probability of being killed",
    ylabel="share that was killed",
    title="Probabilities",
)
right.legend(fontsize="small")
plt.show()

# %%
# What was learned
# ----------------
# What hurts is not quite what kills: speed weighs more at the last boundary than at the
# first, and a frontal impact speaks against being killed more than against being hurt.
# One slope for all boundaries is an average of these, so proportional odds promises
# death to many who are safe. PRESTO can tell, if it is asked to: chosen by the log loss
# of all levels, in which the few killed hardly count, it stays near proportional odds;
# chosen by the log loss of being killed, it lets the slopes go. Then it knows death as
# well as a model of death alone, and answers for the other levels too. It is not better
# than that model: with hundreds of deaths there is no need to borrow.
# :ref:`sphx_glr_auto_examples_ordinal_plot_rare_level.py` shows when there is.
