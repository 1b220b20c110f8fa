# SPDX-License-Identifier: BSD-3-Clause
"""
Half student, half unemployed: over-sampling numbers and categories
===================================================================

A table of customers has numbers (age, balance) and categories (job, month of the last
call). SMOTE computes with numbers, so one-hot columns are what it usually gets. SMOTENC
samples categories as such. What kind of customers do the two make up, and does a
classifier care?
"""

# %%
# The data
# --------
# Clients of a Portuguese bank were called and offered a term deposit; about one in nine
# took it. Nine of the fifteen columns are categories.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from skx.datasets import load_bank_marketing

bank = load_bank_marketing()
X, y = bank.data, (bank.target == "yes").to_numpy()
categories = X.select_dtypes("category").columns.tolist()
numbers = X.columns.drop(categories).tolist()
print(f"{y.sum()} of {y.size} clients said yes: {y.mean():.1%}")
X.head()

# %%
# New clients from one-hot columns
# --------------------------------
# Numbers are standardised, categories become columns of 0 and 1, and SMOTE puts new
# rows between those who said yes.

from sklearn.compose import make_column_transformer
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skx.resampling import SMOTE, SMOTENC

scale = make_column_transformer(
    (StandardScaler(), numbers),
    remainder="passthrough",
    verbose_feature_names_out=False,
).set_output(transform="pandas")
one_hot = make_column_transformer(
    (OneHotEncoder(sparse_output=False), categories),
    remainder="passthrough",
    verbose_feature_names_out=False,
).set_output(transform="pandas")
scaled = scale.fit_transform(X)
coded = one_hot.fit_transform(scaled)
from_one_hot = SMOTE(random_state=0).fit_resample(coded, y)[0][len(X) :]
job = from_one_hot.filter(like="job_")
job[(job % 1 > 0).any(axis=1)].head().round(2).replace(0, "")

# %%
# Nobody is that much of a student. A model that is linear in these columns can make
# something of it; a tree learns thresholds between 0 and 1 that no client will ever
# meet.
#
# New clients from categories
# ---------------------------
# SMOTENC interpolates the numbers in the same way. In the distance of two clients, each
# category in which they differ counts like one standard deviation of a typical number.
# A new client gets the most frequent category among the five neighbours.

from_categories = SMOTENC(random_state=0).fit_resample(scaled, y)[0][len(X) :]
from_categories[categories].head()

# %%
# Do such clients exist?
# ----------------------
# Four questions about the new rows, asked of the clients who said yes as well: Is there
# a category that is a mixture? Does no client at all have all nine categories? Is the
# outcome of earlier calls unknown although there were some, or the other way round? And
# what share has one of the rarer jobs?


def decode(rows):
    """Name the category with the largest one-hot column."""
    blocks = {name: rows.filter(regex=f"^{name}_") for name in categories}
    return pd.DataFrame(
        {name: b.idxmax(axis=1).str[len(name) + 1 :] for name, b in blocks.items()}
    )


yes = scaled[y]
mixtures = from_one_hot.drop(columns=numbers) % 1 > 0
decoded = decode(from_one_hot).assign(pdays=from_one_hot["pdays"])
known = set(map(tuple, X[categories].to_numpy()))
never_called = scaled["pdays"].min()
frequent = yes["job"].value_counts().index[:4]
rows = {}
for name, frame in {
    "clients who said yes": yes,
    "SMOTE, one-hot": decoded,
    "SMOTENC": from_categories,
}.items():
    combinations = map(tuple, frame[categories].to_numpy())
    earlier = (frame["poutcome"] != "unknown") != (frame["pdays"] > never_called)
    rows[name] = {
        "with a mixture": mixtures.any(axis=1).mean() if frame is decoded else 0.0,
        "nobody has the nine": np.mean([c not in known for c in combinations]),
        "contradiction": earlier.mean(),
        "rarer job": (~frame["job"].isin(frequent)).mean(),
    }
pd.DataFrame(rows).T.style.format("{:.1%}")

# %%
# No way is without fault. Three in four rows from one-hot columns are no client. With
# SMOTENC every value is one that exists, but each column is voted on by itself: a few
# rows have nine categories that nobody has together, and a vote by five goes to what is
# frequent. (Named by their largest part, one-hot rows have the nine categories of one
# of their two parents.) Between a client who was called before and one who was not,
# both samplers now and then make up the days since a call that did not take place.
#
# Does a classifier care?
# -----------------------
# A logistic regression and a decision tree, each fitted to the rows as they are and to
# the rows of both samplers; and once more as they are, with the share of yes as the
# threshold instead of 0.5. The samplers see training rows only.

from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, log_loss, roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

from skx.resampling import ResampledClassifier

folds = list(StratifiedKFold(3, shuffle=True, random_state=0).split(X, y))
classifiers = {
    "logistic": LogisticRegression(solver="newton-cholesky"),
    "tree": DecisionTreeClassifier(min_samples_leaf=20, random_state=0),
}
scores = {}
for kind, classifier in classifiers.items():
    resampled = ResampledClassifier(classifier, sampler=SMOTE(), random_state=0)
    inside = ResampledClassifier(
        make_pipeline(one_hot, classifier), sampler=SMOTENC(), random_state=0
    )
    for name, model in {
        "as they are": make_pipeline(scale, one_hot, classifier),
        "SMOTE, one-hot": make_pipeline(scale, one_hot, resampled),
        "SMOTENC": make_pipeline(scale, inside),
    }.items():
        chance = cross_val_predict(model, X, y, cv=folds, method="predict_proba")[:, 1]
        for threshold in (0.5, y.mean()) if name == "as they are" else (0.5,):
            label = name if threshold == 0.5 else "as they are, threshold"
            per_fold = [
                {
                    "ROC AUC": roc_auc_score(y[test], chance[test]),
                    "balanced accuracy": balanced_accuracy_score(
                        y[test], chance[test] > threshold
                    ),
                    "log loss": log_loss(y[test], chance[test]),
                }
                for _, test in folds
            ]
            scores[kind, label] = pd.DataFrame(per_fold)
pd.DataFrame({key: table.mean() for key, table in scores.items()}).T.round(3)

# %%
# How much the folds differ (standard deviation):

pd.DataFrame({key: table.std() for key, table in scores.items()}).T.round(3)

# %%
# Left: the jobs of those who said yes and of the clients that SMOTENC made up, the most
# frequent first. Right: the scores of the table.

share = pd.DataFrame(
    {
        "said yes": yes["job"].value_counts(normalize=True),
        "SMOTENC": from_categories["job"].value_counts(normalize=True),
    }
).sort_values("said yes")
figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.5), layout="constrained")
share.plot.barh(ax=left, ylabel="", xlabel="share", title="Jobs")
left.legend(reverse=True)
for (kind, label), table in scores.items():
    if not label.endswith("threshold"):
        right.errorbar(
            table["ROC AUC"].mean(),
            f"{kind}: {label}",
            xerr=table["ROC AUC"].std(),
            fmt="o",
            color="tab:blue" if kind == "logistic" else "tab:orange",
        )
right.invert_yaxis()
right.set(xlabel="ROC AUC (right is better)", title="Ranking of untouched clients")
plt.show()

# %%
# What was learned
# ----------------
# SMOTENC keeps categories what they are, which matters where somebody or something else
# reads the new rows: a rule, a report, a model that takes categories as such. It does
# not keep what binds columns together, and it makes rare categories rarer. For these
# classifiers it is no gain over one-hot columns: the logistic regression ranks the
# clients worse, the tree about as well. Neither sampler ranks them better than the rows
# as they are, and both spoil the probabilities of the logistic regression. A useful
# decision is had by another threshold, at no cost.
