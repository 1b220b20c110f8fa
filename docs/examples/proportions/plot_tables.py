# SPDX-License-Identifier: BSD-3-Clause
"""
What do noisy tables tell that a few rows do not?
=================================================

A bank may share 400 rows, but of all its other customers tables alone: how many there
are with each value and each pair of values, and how many of these said yes. How much
noise for their privacy can the tables take before they are worth nothing?
"""

# %%
# Rows and tables
# ---------------
# The tables are made of all customers but the 400, and those of a test. Values and
# intervals are public, which the noise does not protect.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split

from skx.datasets import load_bank_marketing
from skx.proportions import AggregateTableLogisticRegression, make_aggregate_tables

X, y = load_bank_marketing(return_X_y=True)
X = X[["job", "contact", "month", "poutcome", "housing", "age"]]
X, X_test, y, y_test = train_test_split(X, y, test_size=10_000, random_state=0)
few, y_few = X[:400], y[:400]
edges = {"age": [30, 40, 50, 60]}
tables = make_aggregate_tables(X[400:], y[400:], bins=edges)
tables["poutcome"].round(3)

# %%
# Models
# ------
# The same logistic regression on values and pairs of values, with ever more noise.
# The two lines to compare with: the 400 rows alone, and all rows.


def loss(model):
    return log_loss(y_test, model.predict_proba(X_test), labels=model.classes_)


alone = loss(AggregateTableLogisticRegression(bins=edges, alpha=30).fit(few, y_few))
every = loss(AggregateTableLogisticRegression(bins=edges, alpha=30).fit(X, y))
budgets = np.array([0.03, 0.1, 0.3, 1.0, 3.0, 10.0])
found = []
for epsilon in budgets:
    noisy = make_aggregate_tables(
        X[400:], y[400:], bins=edges, epsilon=epsilon, random_state=0
    )
    model = AggregateTableLogisticRegression(tables=noisy, n_drawn=4000, random_state=0)
    found.append(loss(model.fit(few, y_few)))

# %%
# What was learned
# ----------------

figure, axes = plt.subplots(layout="constrained")
axes.semilogx(budgets, found, "o-", label="noisy tables and 400 rows")
axes.axhline(alone, color="tab:red", ls="--", label="400 rows alone")
axes.axhline(every, color="tab:green", ls=":", label="all rows")
axes.set(xlabel="privacy budget epsilon", ylabel="log loss of the test rows")
axes.legend()
plt.show()

# %%
# With little noise the tables stand in for all the rows that nobody saw; with more, the
# model falls back on the rows it has.
