# SPDX-License-Identifier: BSD-3-Clause
"""
From rates of wards to risks of patients
========================================

Hospitals publish how many patients of a ward caught an infection, and not who. What do
120 such rates say about single patients: which of them are at risk, and how much? The
world here is made up, so that the answers are known.
"""

# %%
# A world of wards
# ----------------
# Six things are known of each patient, two of which do not matter. Wards differ in whom
# they treat; those with old patients have more private rooms. Risks of patients follow
# a logistic model, and 6 % are infected.

import matplotlib.pyplot as plt
import numpy as np
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from skx.proportions import ProportionLogisticRegression, bag_target

NAMES = ["age", "catheter", "diabetes", "antibiotics", "weight", "private room"]
TRUE = np.array([0.5, 1.2, 0.6, -0.7, 0.0, 0.0])
N_WARDS = 120


def draw_patients(rng, sizes):
    """Draw columns, wards and infections."""
    ward = np.repeat(np.arange(len(sizes)), sizes)
    n = len(ward)
    kind = rng.normal(size=(6, len(sizes)))  # what is peculiar to a ward
    kind[5] += kind[0]
    kind = kind[:, ward]
    X = np.column_stack(
        [
            0.5 * kind[0] + rng.normal(size=n),
            rng.uniform(size=n) < expit(1.5 * kind[1] - 1),
            rng.uniform(size=n) < expit(1.5 * kind[2] - 1),
            rng.uniform(size=n) < expit(1.5 * kind[3] - 0.5),
            0.5 * kind[4] + rng.normal(size=n),
            rng.uniform(size=n) < expit(kind[5] - 1),
        ]
    ).astype(float)
    return X, ward, rng.uniform(size=n) < expit(X @ TRUE - 3.3)


rng = np.random.default_rng(0)
X, ward, infected = draw_patients(rng, rng.integers(40, 160, size=N_WARDS))
new, _, infected_new = draw_patients(rng, np.full(400, 100))
y = bag_target(ward, counts=np.bincount(ward, infected))
print(f"{len(X)} patients, {infected.sum()} infections, {N_WARDS} wards")

# %%
# Three fits
# ----------
# The first knows who was infected, which nobody outside the hospital does. The second
# knows the number in each ward, and the third takes the rate of the ward for the risk
# of each of its patients, which is what one may do with a classifier that knows no
# wards: every patient is a weighted case and a weighted control.


def fit_patients(X, infected):
    """Fit to what is not known."""
    return LogisticRegression(C=1e6).fit(X, infected)


def fit_wards(X, y):
    """Fit to counts of wards."""
    return ProportionLogisticRegression(loss="count", alpha=1e-5).fit(X, y)


def fit_rates(X, y):
    """Fit to the rate of the ward as if it were each patient's."""
    rate = y["value"]
    weight = np.concatenate([rate, 1 - rate])
    case = np.repeat([1, 0], len(X))
    return LogisticRegression(C=1e6).fit(np.concatenate([X, X]), case, weight)


models = {
    "infections known": fit_patients(X, infected),
    "rates of wards": fit_wards(X, y),
    "rates for patients": fit_rates(X, y),
}

# %%
# How sure are the coefficients? Wards are drawn again, with all of their patients: a
# ward is what was observed, so it is what varies.


def draw_wards_again(rng):
    """Return rows of wards drawn with replacement, and a new ward for each."""
    drawn = rng.integers(N_WARDS, size=N_WARDS)
    rows = [np.flatnonzero(ward == w) for w in drawn]
    return np.concatenate(rows), np.repeat(np.arange(N_WARDS), [len(r) for r in rows])


again = []
for _ in range(40):
    rows, wards = draw_wards_again(rng)
    counts = np.bincount(wards, infected[rows])
    again.append(fit_wards(X[rows], bag_target(wards, counts=counts)).coef_[0])
low, high = np.quantile(again, [0.05, 0.95], axis=0)

# %%
# Risk factors and calibration
# ----------------------------

figure, axes = plt.subplots(1, 2, figsize=(9, 3.8))
for place, (name, model) in enumerate(models.items()):
    height = np.arange(len(NAMES)) + 0.2 * (place - 1)
    axes[0].plot(model.coef_[0], height, "o", label=name)
    if name == "rates of wards":
        axes[0].hlines(height, low, high, color="C1")
    risk = model.predict_proba(new)[:, 1]
    groups = np.array_split(np.argsort(risk), 10)
    means = np.array([(risk[g].mean(), infected_new[g].mean()) for g in groups])
    axes[1].plot(*means.T, "o-", ms=4, label=name)
axes[0].plot(TRUE, np.arange(len(NAMES)), "k|", ms=18, label="truth")
axes[0].axvline(0, color="0.8", lw=0.8, zorder=0)
axes[0].set_yticks(range(len(NAMES)), NAMES)
axes[0].invert_yaxis()
axes[0].set(xlabel="coefficient (log odds)")
axes[0].legend(frameon=False, fontsize="small", loc="upper left")
axes[0].set_xlim(-2.2, None)
axes[1].plot([0, 0.3], [0, 0.3], color="0.7", ls=":", zorder=0)
axes[1].set(xlabel="predicted risk", ylabel="infected, of 40000 new patients")
figure.tight_layout()

for name, model in models.items():
    print(f"{name:20}", model.coef_[0].round(2))

# %%
# Rates of 120 wards find the four risk factors, with the right signs and sizes, from
# 740 infections none of which is assigned to a patient; lines are intervals of 90 %.
# They clear the two idle columns less well than patients would: wards with old patients
# have more private rooms, so the rates leave it open which of the two it is, and the
# interval of the private room is the widest. Predicted risks of new patients are right,
# from 1 to 20 %.
#
# The third model ranks patients, but its coefficients are a fraction of the true ones,
# except that of the private room, which has most to do with the ward; it is in the
# second place now. It calls nobody's risk high.
#
# What has been learned: rates are enough for risk factors if wards differ in them, and
# if the model compares a rate with the mean risk of its patients, not with each of
# them. What goes together in wards, though, stays together. Draw whole wards to see how
# much.
