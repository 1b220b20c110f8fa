# SPDX-License-Identifier: BSD-3-Clause
"""
Grades of wine: numbers, names or an order?
===========================================

Tasters grade red wines from 3 to 8. A regression takes the grades for numbers, a
classifier for names; both are easily had in scikit-learn. Proportional odds takes them
for what they are, an order. What is gained?
"""

# %%
# The data
# --------
# Eleven chemical measures of a wine. Some wines are in the table several times, with
# the same grade; one of each is kept, so that no wine is predicted from itself.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from skx.datasets import load_wine_quality_red

wines = load_wine_quality_red().frame.drop_duplicates()
X, y = wines.drop(columns="quality"), wines["quality"].astype(int)
y.value_counts().sort_index()

# %%
# Four readings of the grade
# --------------------------
# The regression gets probabilities too: its errors are taken to be normal, and a grade
# reaches half a grade up and down. The last reading lets the measures matter more at
# one boundary than at another: :class:`~skx.ordinal.PRESTOCV` adds differences of
# slopes while they pay, here by BIC, which needs no folds (there are ten wines of grade
# 3). Its family, stopping ratios, keeps probabilities positive whatever the slopes are.

from scipy.stats import norm
from sklearn.base import ClassifierMixin, clone
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skx.ordinal import PRESTOCV, OrdinalRegression


class RoundedRegression(ClassifierMixin, LinearRegression):
    """Linear regression of the grade, cut at half grades."""

    def fit(self, X, y):
        """Fit, and measure the errors."""
        super().fit(X, y)
        self.classes_ = np.unique(y)
        self.deviation_ = np.std(y - super().predict(X))
        return self

    def predict_proba(self, X):
        """Share of the normal distribution that falls to each grade."""
        edges = [-np.inf, *(self.classes_[:-1] + 0.5), np.inf]
        mean = super().predict(X)[:, None]
        return np.diff(norm.cdf((edges - mean) / self.deviation_), axis=1)


readings = {
    "numbers": RoundedRegression(),
    "names": LogisticRegression(solver="newton-cholesky"),
    "an order": OrdinalRegression(),
    "an order, slopes may differ": PRESTOCV(family="sratio", criterion="bic"),
}
models = {
    name: make_pipeline(StandardScaler(), model) for name, model in readings.items()
}

# %%
# Scores
# ------
# Probabilities from five folds. Log loss looks at the true grade only. The ranked
# probability score counts how far off the others are; so does the mean absolute error,
# in grades, of the grade in the middle of the distribution. The last column is the log
# loss of one question, "is it an 8?", of which there are few. The first counts the
# slopes that a reader of the model would have to read.

from sklearn.model_selection import StratifiedKFold, cross_val_predict

from skx.ordinal import metrics

folds = StratifiedKFold(5, shuffle=True, random_state=0)
grades = np.unique(y)
scores = {}
for name, model in models.items():
    proba = cross_val_predict(model, X, y, cv=folds, method="predict_proba")
    middle = grades[(proba.cumsum(axis=1)[:, :-1] < 0.5).sum(axis=1)]
    fitted = clone(model).fit(X, y)[-1]
    slopes = getattr(fitted, "deviations_", np.unique(fitted.coef_, axis=0))
    scores[name] = {
        "slopes": np.count_nonzero(slopes),
        "log loss": metrics.multiclass_log_loss(y, proba, labels=grades),
        "ranked probability": metrics.ranked_probability_score(y, proba, labels=grades),
        "absolute error": metrics.ordinal_mae(y, middle),
        "log loss of grade 8": metrics.rare_class_log_loss(y, proba, labels=grades),
    }
pd.DataFrame(scores).T.round(3).astype({"slopes": int})

# %%
# Few wines
# ---------
# The classifier learns a set of slopes for every grade, proportional odds one set and
# the places of the thresholds. That should matter when wines are few. Each size is
# drawn eight times, and the remaining wines are predicted.

from sklearn.model_selection import StratifiedShuffleSplit

sizes = [150, 300, 600, 1000]
curves = {name: np.zeros((len(sizes), 8)) for name in models}
for i, size in enumerate(sizes):
    splits = StratifiedShuffleSplit(8, train_size=size, random_state=0).split(X, y)
    for j, (train, test) in enumerate(splits):
        for name, model in models.items():
            proba = model.fit(X.iloc[train], y.iloc[train]).predict_proba(X.iloc[test])
            curves[name][i, j] = metrics.multiclass_log_loss(
                y.iloc[test], proba, labels=grades
            )

# %%
# What the slopes say
# -------------------
# Right: one number for each measure, on the scale of its standard deviation. A positive
# one pushes towards higher grades.

slopes = pd.Series(models["an order"].fit(X, y)[-1].coef_[0], X.columns).sort_values()

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.5), layout="constrained")
for (name, curve), marker in zip(curves.items(), "sD^o", strict=True):
    left.errorbar(
        sizes,
        curve.mean(axis=1),
        curve.std(axis=1) / np.sqrt(8),
        marker=marker,
        capsize=3,
        label=name,
    )
left.set(xscale="log", xlabel="wines to learn from")
left.set_xticks(sizes, sizes)
left.minorticks_off()
left.set(ylabel="log loss (down is better)", title="Few wines")
left.legend(title="grades are")
right.barh(slopes.index, slopes, color=np.where(slopes > 0, "tab:green", "tab:red"))
right.axvline(0, color="black", linewidth=1)
right.set(xlabel="change of the log-odds of a higher grade", title="Proportional odds")
plt.show()

# %%
# What was learned
# ----------------
# Taking grades for numbers costs most when wines are many: the steps between grades
# need not be equal. Taking them for names costs little then, but a reader has six times
# as many slopes to look at, and with few wines the probabilities are the worst.
# Proportional odds gains a model that can be read: alcohol and sulphates push towards
# higher grades, volatile acidity towards lower ones. It does not predict better than
# the classifier when wines are many, since one slope for all boundaries is not the
# whole truth. Adding differences where the data ask for them predicts better at every
# size, and still has few slopes.
