# SPDX-License-Identifier: BSD-3-Clause
"""
May the tree be small? What a short model costs, and whether we can tell
========================================================================

A tree of eight leaves can be read, one of a hundred cannot. How much worse is it at
telling spam, and is the difference more than luck?
"""

# %%
# The data
# --------
# Mails of 1999, described by shares of words. Copies of one mail must not be in
# training and test rows both, where they would flatter trees that remember; rows that
# hold the same are one group.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold
from sklearn.tree import DecisionTreeClassifier

from skx.datasets import load_spambase
from skx.model_selection import (
    Desirability,
    Goal,
    compare_estimators,
    nested_cross_validate,
)

X, y = load_spambase(return_X_y=True, as_frame=False)
_, mail = np.unique(X, axis=0, return_inverse=True)
f"{len(X)} rows, {mail.max() + 1} of them different"

# %%
# Four models on the same folds
# -----------------------------
# Two repeats of ten folds. All pairs are compared, and p-values are adjusted for
# their number.

models = {
    "8 leaves": DecisionTreeClassifier(max_leaf_nodes=8, random_state=0),
    "30 leaves": DecisionTreeClassifier(max_leaf_nodes=30, random_state=0),
    "all leaves": DecisionTreeClassifier(random_state=0),
    "15 trees": ExtraTreesClassifier(15, random_state=0),
}
found = compare_estimators(
    models, X, y, scoring="accuracy", groups=mail, n_repeats=2, random_state=0
)
found

# %%
# Small dots are splits, lines are intervals. Those of the ordinary t test would be much
# shorter: it takes twenty splits of one table for twenty tables.

ax = found.plot().ax_
ax.set_title("Spam: differences in accuracy")

# %%
# Which size, by two metrics
# --------------------------
# Say that accuracy is fine from 0.93 and unacceptable below 0.85, that five leaves are
# as short as anyone wants, that sixty are too many, and that accuracy counts twice.


def measure(model, X, y):
    """Return both metrics."""
    return {"accuracy": model.score(X, y), "leaves": model.get_n_leaves()}


wanted = Desirability(
    {
        "accuracy": Goal(best=0.93, worst=0.85, weight=2),
        "leaves": Goal(best=5, worst=60),
    }
)
search = GridSearchCV(
    DecisionTreeClassifier(random_state=0),
    {"max_leaf_nodes": [4, 6, 8, 12, 16, 24, 32, 48]},
    scoring=measure,
    refit=wanted,
    cv=StratifiedGroupKFold(5, shuffle=True, random_state=0),
)
search.fit(X, y, groups=mail)
search.best_params_

# %%
# The larger dot is the choice.

wanted.plot(search.cv_results_)
plt.show()

# %%
# How good is a tree that was chosen so?
# --------------------------------------
# The whole search is done anew on each outer split. The table also says how firm the
# choice is.

nested_cross_validate(
    search, X, y, scoring="accuracy", groups=mail, cv=3, random_state=0
)

# %%
# What was learned
# ----------------
# The intervals of the first plot say what each step in size buys, and which steps
# cannot be told from luck. The goals are a matter of taste and have to be set before
# looking; what follows from them is arithmetic, and its score is that of rows that had
# no part in it.
