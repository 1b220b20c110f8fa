# SPDX-License-Identifier: BSD-3-Clause
"""
Why was this patient sent home? The proof of one decision
=========================================================

A model finds chronic kidney disease well, and sends home a patient whose kidneys have
all but failed. Its rules can be asked why. The proof of this one decision leads to a
mistake in the rules, which accuracy did not show and two lines mend.
"""

# %%
# The rules
# ---------
# 400 patients with blood and urine tests, many of them not made. ``sc`` is creatinine
# in the blood (kidneys should take it out; 1.2 is high), ``sg`` the specific gravity of
# urine, ``hemo`` haemoglobin.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import train_test_split

from skx.datasets import load_kidney_disease
from skx.rules import FOLDSEClassifier

X, y = load_kidney_disease(return_X_y=True)
y = np.where(y == "ckd", "ill", "well")
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
model = FOLDSEClassifier().fit(X_train, y_train)
print(model.export())
print(f"right about {model.score(X_test, y_test):.0%} of other patients")

# %%
# One decision
# ------------
# Which patient of those it gets wrong has the most creatinine?

wrong = X_test[model.predict(X_test) != y_test]
patient = wrong.nlargest(1, "sc")
patient[["sc", "sg", "hemo"]]

# %%
# Forty times what is healthy, and sent home. `explain` says which rule decides, or
# here, why none does: each condition with the patient's value.

print(model.explain(patient)[0])

# %%
# Rule 0 was made for this patient, and its exception takes it away. In FOLD-SE a
# missing value counts as larger than any number, as the line below the rules says; so
# "sc > 32 and sg > 1.015" is also true of patients for whom nobody measured either.

# %%
# Where the exception comes from
# ------------------------------
# Who are the patients of the fit with ``sc > 1.2`` whom the exception was learned for?

sc, sg = X_train["sc"], X_train["sg"]
of_exception = (sc.isna() | (sc > 32)) & (sg.isna() | (sg > 1.015))
X_train.loc[of_exception, ["sc", "sg", "hemo"]].assign(truth=y_train[of_exception])

# %%
# Four patients whose creatinine was *not measured*, three of them healthy. 32 is just
# the largest number of the fit. "Larger than 32" meant "missing", and the first real
# number above it is taken for one.

# %%
# Mending it
# ----------
# By hand: the rule should say what it means. `from_dict` reads the edited rules, and
# `rescore` counts anew what the rows say of them.

data = model.to_dict()
exception = data["rules"][0]["exceptions"][0]
exception["conditions"][0].update(op="==", value=None)
mended = FOLDSEClassifier.from_dict(data).rescore(X_train, y_train)
print(mended.export())
print(mended.explain(patient)[0])

# %%
# Or by learning again with ``comparison="typed"``, where a missing value is neither
# small nor large, and rules that mean "missing" have to say so.

typed = FOLDSEClassifier(comparison="typed").fit(X_train, y_train)
print(typed.export())
print(typed.explain(patient)[0])
print()
for name, other in {"as learned": model, "mended": mended, "typed": typed}.items():
    print(f"{name}: right about {other.score(X_test, y_test):.0%} of other patients")

# %%
# In a figure
# -----------

figure, ax = plt.subplots(figsize=(8, 3.5), layout="constrained")
bins = np.geomspace(sc.min(), 100, 40)
unknown = 160
for label, color in {"well": "tab:blue", "ill": "tab:orange"}.items():
    values = sc[y_train == label]
    ax.hist(values, bins, color=color, alpha=0.6, label=label)
    bottom = sc[y_train == "well"].isna().sum() if label == "ill" else 0
    ax.bar(unknown, values.isna().sum(), 40, bottom, color=color, alpha=0.6)
for cut in (1.2, 32):
    ax.axvline(cut, color="black", linestyle="--", linewidth=1)
ax.axvline(patient["sc"].item(), color="tab:red", label="the patient")
ax.set_xscale("log")
ax.set_xticks([0.5, 1.2, 5, 32, unknown], ["0.5", "1.2", "5", "32", "missing"])
ax.minorticks_off()
ax.set(xlabel="creatinine in mg/dl", ylabel="patients of the fit")
ax.legend()
plt.show()

# %%
# What was learned
# ----------------
# Accuracy did not show that something was wrong with these rules, and one proof did. It
# took a patient unlike all of the fit to make the mistake matter, and such patients are
# the ones that matter. Read the rules; where a threshold is the largest number that
# occurs, ask what lies above it; and where values are missing for a reason, let rules
# say "missing": ``comparison="typed"`` does.
