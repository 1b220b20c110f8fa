# SPDX-License-Identifier: BSD-3-Clause
"""
Forty schools, four of them unlike the others
=============================================

Exam marks of pupils of many schools: one model for all schools, one for each, one that
has the school as a column, or one that knows of tasks? The schools are simulated, so
that it is known which are unlike the others: in four of forty, homework and earlier
marks count differently.
"""

# %%
# Pupils
# ------
# Schools have 20 to 150 pupils in the training rows, and 50 in the test rows. Each has its
# own view of homework, and a level of its own, which is near that of the others.

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.base import clone

from skx.multitask import MTGBRegressor, RMTGBRegressor

N_SCHOOLS = 40
UNLIKE = np.arange(N_SCHOOLS) >= 36


def draw_marks(rng, sizes, levels, leanings):
    """Draw the rows of all schools: columns, marks and schools."""
    school = np.repeat(np.arange(N_SCHOOLS), sizes)
    n = len(school)
    X = rng.normal(size=(n, 5))  # earlier mark, homework, age, way to school, siblings
    earlier, homework = X[:, 0], X[:, 1]
    usual = 4 * earlier + 2 * np.tanh(2 * homework) - earlier * homework
    other = 1 * earlier - 3 * np.tanh(2 * homework)
    mark = np.where(UNLIKE[school], other, usual)
    mark += levels[school] + leanings[school] * homework
    return X, 50 + mark + rng.normal(scale=2, size=n), school


def draw_world(seed):
    """Draw training and test rows."""
    rng = np.random.default_rng(seed)
    levels = rng.normal(scale=0.3, size=N_SCHOOLS)
    leanings = rng.normal(scale=0.5, size=N_SCHOOLS)
    sizes = rng.integers(20, 150, size=N_SCHOOLS)
    train = draw_marks(rng, sizes, levels, leanings)
    return train, draw_marks(rng, np.full(N_SCHOOLS, 50), levels, leanings)


# %%
# Five models
# -----------
# All grow the same kind of trees, up to 100 rounds in each block, and differ in what they
# do with schools. MTGB with shared rounds alone is one model for all, to which
# the school may be given as a category; without shared rounds it is one for each.

ROUNDS = {"n_iter_task": 100, "random_state": 0}
SHARED = MTGBRegressor(
    n_iter_task=0, task_intercept=False, categorical_features=[5], random_state=0
)


def one_for_all(train, test):
    """Let no tree see the school."""
    model = clone(SHARED).set_params(categorical_features=None)
    return model.fit(*train).predict(test[0], test[2])


def school_as_column(train, test):
    """Give the school as a category."""
    model = clone(SHARED).fit(np.column_stack([train[0], train[2]]), *train[1:])
    return model.predict(np.column_stack([test[0], test[2]]), test[2])


def by_tasks(model):
    """Take schools for tasks."""
    return lambda train, test: model.fit(*train).predict(test[0], test[2])


METHODS = {
    "one for all": one_for_all,
    "school as column": school_as_column,
    "one for each": by_tasks(MTGBRegressor(n_iter_shared=0, **ROUNDS)),
    "MTGB": by_tasks(MTGBRegressor(**ROUNDS)),
    "R-MTGB": by_tasks(RMTGBRegressor(**ROUNDS)),
}

errors = {name: [] for name in METHODS}
for seed in range(3):
    train, test = draw_world(seed)
    for name, predict in METHODS.items():
        squared = (predict(train, test) - test[1]) ** 2
        unlike = UNLIKE[test[2]]
        means = squared[~unlike].mean(), squared[unlike].mean()
        errors[name].append(np.sqrt(means))

figure, axis = plt.subplots(figsize=(7, 3))
for place, (name, found) in enumerate(errors.items()):
    for column, marker in enumerate("os"):
        values = np.array(found)[:, column]
        axis.plot(values, np.full(3, place), marker, color=f"C{column}", alpha=0.7)
axis.axvline(2, color="0.7", lw=0.8)
axis.set_yticks(range(len(errors)), list(errors))
axis.invert_yaxis()
axis.set_xlabel("root mean squared error of the test rows (noise alone: 2)")
axis.plot([], [], "o", color="C0", label="36 ordinary schools")
axis.plot([], [], "s", color="C1", label="4 others")
axis.legend(frameon=False)
figure.tight_layout()

for name, found in errors.items():
    ordinary, others = np.mean(found, axis=0)
    print(f"{name:18} {ordinary:.2f} {others:.2f}")

# %%
# A dot is one world of three. One model for all is far off for the four schools. One for
# each has few rows to learn from, which costs most where others have the same to tell: in
# the 36. MTGB shares with all, which does not help the four; R-MTGB serves both groups
# better. So does the school as a column: trees may split by groups of schools. If errors
# are all that matters, compare with that one. What it does not do is to say which schools
# are odd, and to predict for a school that it has not seen as for an ordinary one.
#
# Which schools are unlike the others
# -----------------------------------
# ``outlier_score_`` is the weight of the outlier side, for each school.

train, test = draw_world(0)
model = RMTGBRegressor(**ROUNDS).fit(*train)

figure, axes = plt.subplots(1, 2, figsize=(9, 3.2))
for group, color, label in ((~UNLIKE, "C0", "ordinary"), (UNLIKE, "C1", "others")):
    axes[0].plot(
        model.task_counts_[group],
        model.outlier_score_[group],
        "o",
        color=color,
        label=label,
    )
axes[0].set(xlabel="pupils in the training rows", ylabel="outlier score")
axes[0].legend(frameon=False)

# %%
# Where the error goes
# --------------------
# ``staged_predict`` yields the predictions after each round. The shared block serves the
# ordinary schools at the cost of the others, the outlier block mends this, and the task
# block has little left to do.

stages = list(model.staged_predict(test[0], test[2]))
for group, color in ((~UNLIKE, "C0"), (UNLIKE, "C1")):
    here = group[test[2]]
    curve = [np.sqrt(np.mean((s - test[1])[here] ** 2)) for s in stages]
    axes[1].plot(curve, color=color)
ends = np.cumsum([model.n_iter_shared_, model.n_iter_outlier_])
for end in ends:
    axes[1].axvline(end, color="0.7", lw=0.8)
axes[1].set(xlabel="rounds: shared | outlier | task", ylabel="error of the test rows")
figure.tight_layout()
figure

# %%
# A school that opens next year
# -----------------------------
# Rows of an unknown task are predicted by what the ordinary tasks share, and a warning
# says so.

with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    print(model.predict(test[0][:3], [99, 99, 99]).round(1))
print(seen[0].message)
