# SPDX-License-Identifier: BSD-3-Clause
"""
How short may the rules be? Size against accuracy
=================================================

``tail`` is the share of all rows that a rule must cover to be kept. Large values leave
a rule or two, 0 keeps all. How much accuracy does each further condition buy, and would
a decision tree of the same size be as good?
"""

# %%
# The data
# --------
# Incomes in the census, and clients of a bank who do or do not take up an offer. 10 000
# rows of each, which a page like this has time for. Trees need one column for each
# category; rules take the table as it is.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from skx.datasets import load_adult, load_bank_marketing

tables = {"adult": load_adult, "bank marketing": load_bank_marketing}
tasks = {}
for name, load in tables.items():
    X, y = load(return_X_y=True)
    X = X.sample(10_000, random_state=0)
    tasks[name] = X, (y[X.index] == y.value_counts().index[-1]).to_numpy()
{name: f"{y.mean():.1%} positive" for name, (X, y) in tasks.items()}

# %%
# Two curves
# ----------
# Five folds. For rules the smaller class is described (``positive_class``); what is
# counted are all conditions, those of exceptions included. A tree is counted twice: its
# splits, and the conditions of its leaves when each is written down as a rule.

from sklearn.model_selection import StratifiedKFold, cross_validate
from sklearn.tree import DecisionTreeClassifier

from skx.rules import FOLDSEClassifier

TAILS = [0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0]
LEAVES = [2, 3, 4, 6, 8, 12, 16, 32]
SCORES = ["accuracy", "balanced_accuracy"]
folds = StratifiedKFold(5, shuffle=True, random_state=0)


def length_of_leaves(tree):
    """Count the conditions on the way to each leaf."""
    depth = np.zeros(tree.node_count, dtype=int)
    is_leaf = tree.children_left < 0
    for node in np.flatnonzero(~is_leaf):
        depth[tree.children_left[node]] = depth[node] + 1
        depth[tree.children_right[node]] = depth[node] + 1
    return depth[is_leaf].sum()


def measure(model, X, y):
    """Score and size, a mean over folds."""
    found = cross_validate(
        model,
        X,
        y,
        cv=folds,
        scoring=SCORES,
        return_estimator=True,
    )
    fits = found["estimator"]
    row = {name: found[f"test_{name}"].mean() for name in SCORES}
    row["error"] = found["test_accuracy"].std(ddof=1) / np.sqrt(len(fits))
    if isinstance(model, FOLDSEClassifier):
        row["rules"] = np.mean([fit.n_rules_ for fit in fits])
        row["conditions"] = np.mean([fit.n_conditions_ for fit in fits])
    else:
        row["splits"] = np.mean([fit.get_n_leaves() - 1 for fit in fits])
        row["conditions"] = np.mean([length_of_leaves(fit.tree_) for fit in fits])
    return row


curves = {}
for name, (X, y) in tasks.items():
    rules = FOLDSEClassifier(positive_class=True)
    curves[name, "rules"] = pd.DataFrame(
        [measure(rules.set_params(tail=tail), X, y) for tail in TAILS],
        index=pd.Index(TAILS, name="tail"),
    )
    encoded = pd.get_dummies(X)
    curves[name, "tree"] = pd.DataFrame(
        [
            measure(
                DecisionTreeClassifier(max_leaf_nodes=k, random_state=0), encoded, y
            )
            for k in LEAVES
        ],
        index=pd.Index(LEAVES, name="leaves"),
    )

curves["adult", "rules"].round(3)

# %%

curves["adult", "tree"].round(3)

# %%

curves["bank marketing", "rules"].round(3)

# %%

curves["bank marketing", "tree"].round(3)

# %%
# In a figure
# -----------
# Bars are one standard error over folds. The same trees are drawn twice, and rules
# without a limit are left out.

figure, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
for ax, (name, (_, y)) in zip(axes, tasks.items(), strict=True):
    lines = {
        "rules, conditions": (curves[name, "rules"][:-1], "conditions"),
        "tree, splits": (curves[name, "tree"], "splits"),
        "tree, conditions of leaves": (curves[name, "tree"], "conditions"),
    }
    for label, (curve, size) in lines.items():
        ax.errorbar(
            curve[size],
            curve["accuracy"],
            curve["error"],
            marker="o",
            linestyle=":" if size == "splits" else "-",
            label=label,
        )
    ax.axhline(max(y.mean(), 1 - y.mean()), color="grey", linewidth=1, label="no rule")
    default = curves[name, "rules"].loc[0.005]
    ax.annotate(
        "tail = 0.005",
        (default["conditions"], default["accuracy"]),
        xytext=(0, -25),
        textcoords="offset points",
        ha="center",
    )
    ax.set_xscale("symlog", linthresh=1)
    ax.set_xlim(left=-0.1)
    ax.set(title=name, xlabel="conditions to read", ylabel="accuracy")
axes[0].legend(loc="lower right", fontsize="small")
plt.show()

# %%
# The same by one class
# ---------------------
# :class:`~skx.rules.FOLDSEClassifierCV` tries a hundred pairs of ``ratio`` and ``tail``
# in the folds and learns anew what the pairs do not share. ``selection="1se"`` takes
# the shortest rules that are within a standard error of the best.

from skx.rules import FOLDSEClassifierCV, RulePathDisplay

X, y = tasks["adult"]
chosen = FOLDSEClassifierCV(cv=folds, selection="1se", positive_class=True).fit(X, y)
RulePathDisplay.from_estimator(chosen)
plt.show()

# %%

print(chosen.best_params_, f"{chosen.best_score_:.3f}")
print(chosen.export())

# %%
# What was learned
# ----------------
# Most of what rules can say here, they say in the first five or so conditions; the next
# five buy a fraction of a per cent, and beyond that nothing is bought. Without a limit
# (``tail=0``) hundreds of conditions describe the noise, and cost accuracy. On adult, a
# tree needs more conditions for the same accuracy, above all when its leaves are
# written out, since each leaf repeats what its neighbours say. On bank marketing a
# single split is as good as any rules, and better by less than the bars: a small tree
# is a good model there, and rules say the same with more words. Where so little can be
# told from a table, accuracy hardly tells models apart; the balanced accuracy in the
# tables does. And whatever is chosen by looking at such a curve should be judged on
# rows that had no part in it.
