# SPDX-License-Identifier: BSD-3-Clause
"""
What do all occupations share? Shapley values by block
======================================================

Who earns more than 50,000 dollars, by the census of 1994? Occupations are the tasks: age
and education matter in all of them, but not alike. Shapley values say what each column
adds to a prediction, and as the model is a sum of blocks, so are they: what is shared,
and what is peculiar to an occupation.
"""

# %%
# Fit
# ---
# 6000 rows of the data set. The column ``occupation`` holds the tasks; rows without one,
# and occupations with few rows, are left out.

import matplotlib.pyplot as plt
import numpy as np

from skx.datasets import load_adult
from skx.multitask import RMTGBClassifier

X, y = load_adult(return_X_y=True)
common = X["occupation"].value_counts().index[:10]
usable = np.flatnonzero(X["occupation"].isin(common))
rows = np.random.default_rng(0).choice(usable, 6000, replace=False)
X, y = X.iloc[rows], y.iloc[rows]
X["occupation"] = X["occupation"].astype(str)
model = RMTGBClassifier(task_feature="occupation", random_state=0).fit(X, y)
print(model.n_iter_shared_, model.n_iter_outlier_, model.n_iter_task_)

# %%
# Rounds of the three blocks, the last for each occupation. Zero rounds of the outlier
# block would mean that the rows kept apart did better without.
#
# Values by block
# ---------------
# ``shap_values`` returns a value for each row and column, and what the values of a row add
# up to its score with. That is the expectation if only the task is known, so it is the
# same for all rows of an occupation.

values, expected = model.shap_values(X)
scores = model.decision_function(X)
print(np.abs(values.sum(axis=1) + expected - scores).max() < 1e-10)

blocks, _ = model.shap_values(X, by_block=True)
sizes = {name: np.abs(part).mean(axis=0) for name, part in blocks.items()}
order = np.argsort(sum(sizes.values()))

figure, axis = plt.subplots(figsize=(7, 4))
start = np.zeros(len(order))
for name, size in sizes.items():
    axis.barh(X.columns[order], size[order], left=start, label=name)
    start += size[order]
axis.set_xlabel("mean absolute Shapley value (log odds), summed over blocks")
axis.legend(frameon=False)
figure.tight_layout()

# %%
# How age counts
# --------------
# A row's value of ``age`` in what is shared, and in all blocks together, for two
# occupations. The task itself is not among the columns: its value is 0 everywhere.

ages = X["age"].to_numpy()
column = X.columns.get_loc("age")
figure, axes = plt.subplots(1, 2, figsize=(9, 3.4), sharey=True)
for color, occupation in (("C0", "Exec-managerial"), ("C1", "Other-service")):
    here = (X["occupation"] == occupation).to_numpy()
    shown = {"shared": blocks["shared"], "all blocks": values}
    for axis, (title, part) in zip(axes, shown.items(), strict=True):
        axis.plot(ages[here], part[here, column], ".", ms=3, color=color, alpha=0.5)
        axis.set(xlabel="age", title=title)
    axes[0].plot([], [], ".", color=color, label=occupation)
axes[0].set_ylabel("Shapley value of age (log odds)")
axes[0].legend(frameon=False)
figure.tight_layout()

task = X.columns.get_loc("occupation")
print(np.abs(values[:, task]).max())

# %%
# The panels look alike: age means nearly the same in both occupations, and what is shared
# says it. Compare ``sex`` in the first figure, which has large parts in the other blocks.
# What the occupation says by itself is in ``expected``:

for occupation in common:
    here = (X["occupation"] == occupation).to_numpy()
    print(f"{occupation:20} {expected[here][0]:5.2f}")
