# SPDX-License-Identifier: BSD-3-Clause
"""
Costs that change after the fit: the ROC convex hull
====================================================

How much over- or under-sampling is right depends on what a miss costs against a false
alarm, and that is often unknown when a model is fitted, or different next year. This
page fits a decision tree after seven amounts of resampling once, keeps the convex hull
of their ROC curves, and then asks for one decision after another without another fit.
Does it pay, on rows that none of this has seen?
"""

# %%
# The data
# --------
# Windows of a satellite picture. One in ten shows damp grey soil, the rarest kind of
# ground and the one most like its neighbours. Half of the rows are for the models, the
# other half for the verdict.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

from skx.datasets import load_satimage

ground = load_satimage()
is_damp = (ground.target == "damp grey soil").to_numpy()
X_train, X_test, y_train, y_test = train_test_split(
    ground.data, is_damp, test_size=0.5, stratify=is_damp, random_state=0
)
print(f"training rows: {len(y_train)}, damp grey soil: {y_train.mean():.1%}")

# %%
# The candidates
# --------------
# The rows as they are, and ``sampling_strategy`` rare rows for each other one, by SMOTE
# or by leaving out common rows at random.

from imblearn.under_sampling import RandomUnderSampler
from sklearn.model_selection import StratifiedKFold
from sklearn.tree import DecisionTreeClassifier

from skx.resampling import SMOTE, ResampledClassifier, ROCConvexHullClassifier

tree = DecisionTreeClassifier(min_samples_leaf=5, random_state=0)
candidates = [("as they are", tree)]
for ratio in (0.2, 0.5, 1.0):
    for label, sampler in [("SMOTE", SMOTE), ("under", RandomUnderSampler)]:
        resampled = ResampledClassifier(
            tree, sampler=sampler(sampling_strategy=ratio), random_state=0
        )
        candidates.append((f"{label} {ratio}", resampled))

folds = StratifiedKFold(5, shuffle=True, random_state=0)
model = ROCConvexHullClassifier(candidates, cv=folds).fit(X_train, y_train)

# %%
# The hull. Each vertex is a candidate and a threshold on its score; no other pair can
# be the cheapest one, whatever the errors cost.

pd.DataFrame(model.hull_).round(3)

# %%
# Asking for decisions
# --------------------
# What does the classifier do if a miss costs as much as 1, 3, 5 or 20 false alarms?
# Setting ``cost_fn`` is all it takes.

costs = [1, 3, 5, 20]


def mean_cost(fpr, tpr, cost):
    """Mean cost of a row, in false alarms."""
    return is_damp.mean() * cost * (1 - tpr) + (1 - is_damp.mean()) * fpr


chosen = {}
for cost in costs:
    said = model.set_params(cost_fn=cost).predict(X_test)
    at = model.best_index_
    promise = model.hull_.fpr[at], model.hull_.tpr[at]
    outcome = said[~y_test].mean(), said[y_test].mean()
    chosen[cost] = {
        "candidate": model.hull_.name[at],
        "promised fpr, tpr": "{:.3f}, {:.3f}".format(*promise),
        "fpr, tpr": "{:.3f}, {:.3f}".format(*outcome),
        "promised cost": round(mean_cost(*promise, cost), 3),
        "cost": round(mean_cost(*outcome, cost), 3),
    }
pd.DataFrame(chosen).T.rename_axis("cost of a miss")

# %%
# What the hull promises comes from the held-out scores of the training rows, the rest
# from the test rows. The same classifier takes other class shares (``positive_rate``)
# and a bound on the rate of false alarms (``target_fpr``):

said = model.set_params(target_fpr=0.05, random_state=0).predict(X_test)
print(f"target 5 %: fpr {said[~y_test].mean():.1%}, tpr {said[y_test].mean():.1%}")
model.set_params(target_fpr=None)

# %%
# The verdict
# -----------
# The mean cost of a test row, for many costs of a miss and four ways to decide: the
# plain tree's own decision; its threshold moved, by a hull of this one candidate; the
# same for the amount of resampling whose held-out scores have the largest ROC AUC; and
# the hull of all. Dashed: the cheaper of saying always and never.

from sklearn.metrics import roc_auc_score, roc_curve

areas = {
    name: roc_auc_score(y_train, score)
    for (name, _), score in zip(candidates, model.oof_scores_.T, strict=True)
}
best = max(areas, key=areas.get)
pd.Series(areas, name="ROC AUC").round(3)

# %%


def hull_of(name):
    """Fit the hull of one candidate."""
    alone = [(name, dict(candidates)[name])]
    return ROCConvexHullClassifier(alone, cv=folds).fit(X_train, y_train)


def mean_costs(classifier):
    """Mean cost of a test row for each cost of a miss."""
    values = []
    for cost in grid:
        said = classifier.set_params(cost_fn=cost).predict(X_test)
        values.append(mean_cost(said[~y_test].mean(), said[y_test].mean(), cost))
    return values


grid = np.union1d(np.geomspace(0.5, 100, 40), costs)
plain = model.estimators_[0].predict(X_test)
curves = {
    "plain tree": mean_cost(plain[~y_test].mean(), plain[y_test].mean(), grid),
    "plain tree, threshold": mean_costs(hull_of("as they are")),
    f"{best}, threshold": mean_costs(hull_of(best)),
    "all amounts, hull": mean_costs(model),
}
trivial = np.minimum(grid * y_test.mean(), 1 - y_test.mean())

figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.8), layout="constrained")
for (name, _), score in zip(candidates, model.oof_scores_.T, strict=True):
    fpr, tpr, _ = roc_curve(y_train, score)
    left.plot(fpr, tpr, linewidth=1, label=name)
left.plot(model.hull_.fpr, model.hull_.tpr, "k", linewidth=2, alpha=0.5, label="hull")
for cost in costs:
    at = model.set_params(cost_fn=cost).best_index_
    left.plot(model.hull_.fpr[at], model.hull_.tpr[at], "ko")
    left.annotate(
        f"miss = {cost}",
        (model.hull_.fpr[at], model.hull_.tpr[at]),
        xytext=(8, -12),
        textcoords="offset points",
    )
left.set(
    xlabel="false positive rate",
    ylabel="true positive rate",
    title="Held-out scores of the training rows",
)
left.legend(fontsize="small", loc="lower right")
right.plot(grid, trivial, "k--", linewidth=1, label="always or never")
for name, values in curves.items():
    right.plot(grid, values, label=name)
right.set(
    xscale="log",
    xlabel="cost of a miss, in false alarms",
    ylim=(0, 1.3),
    ylabel="mean cost of a test row",
    title="Test rows",
)
right.legend()
plt.show()

# %%
# The same in figures: mean cost of a test row.

pd.DataFrame(curves, index=grid).loc[costs].rename_axis("cost of a miss").round(3)

# %%
# What was learned
# ----------------
# As misses become dearer, the hull passes from the tree on the rows as they are to more
# and more resampling, and one fit serves all these costs. Moving the threshold of the
# plain tree is as good while a miss costs no more than a false alarm. Beyond that its
# scores run out: its curve ends in a long straight line below the hull. Most of what
# the hull gains there, one well chosen amount of resampling with its own threshold
# gains too.
#
# The promised costs are those of the rows that chose the vertices; on the test rows all
# four came out higher. Where a miss costs some seventy false alarms, few training rows
# decide, and the peak on the right is dearer than always saying damp.
