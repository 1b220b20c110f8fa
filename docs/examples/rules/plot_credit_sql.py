# SPDX-License-Identifier: BSD-3-Clause
"""
Credit decisions in a database: rules as SQL
============================================

A model that decides in a database has to be written there: by hand, with mistakes, or
by itself. Here rules about defaulting clients become one SQL expression, which SQLite
runs on rows that the rules have not seen, some of them with missing values. Does it
decide as the model does, in every row?
"""

# %%
# The rules
# ---------
# 30 000 credit card clients in Taiwan; who will not pay next month? The columns get
# names that say what they are, months counting backwards from September, the last. A
# delay of 2 is two months, 0 and less is none.

import sqlite3

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

from skx.datasets import load_credit_card_default
from skx.rules import FOLDSEClassifier

X, y = load_credit_card_default(return_X_y=True)
months = ["sep", "aug", "jul", "jun", "may", "apr"]
delays = ["PAY_0", "PAY_2", "PAY_3", "PAY_4", "PAY_5", "PAY_6"]
names = {f"BILL_AMT{k}": f"bill_{month}" for k, month in enumerate(months, 1)}
names |= {f"PAY_AMT{k}": f"paid_{month}" for k, month in enumerate(months, 1)}
names |= dict(zip(delays, [f"delay_{month}" for month in months], strict=True))
X = X.rename(columns=names).rename(columns=str.lower)
y = np.where(y == 1, "refuse", "grant")
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)

# %%
# ``comparison="typed"``: what is not known is neither small nor large. With the default
# of FOLD-SE a missing number counts as large, which is not what a bank means by an
# unknown delay. A smaller ``tail`` than the default allows rules for fewer rows.

model = FOLDSEClassifier(comparison="typed", tail=0.002).fit(X_train, y_train)
print(model.export())

# %%
# In SQL
# ------
# One expression. Each condition says what it is for NULL, since a comparison with NULL
# is neither true nor false in SQL.

case = model.export("sql", dialect="sqlite")
print(case)

# %%
# In the database
# ---------------
# One value in ten is lost on the way into the database, so that NULL gets its chance.

rng = np.random.default_rng(0)
clients = X_test.astype(float).mask(rng.random(X_test.shape) < 0.1)
clients = clients.reset_index(drop=True)
database = sqlite3.connect(":memory:")
clients.assign(outcome=y_test).to_sql("clients", database, index_label="id")
query = f"SELECT id, {case} AS decision FROM clients ORDER BY id"
decided = pd.read_sql(query, database, index_col="id")["decision"]
decided.value_counts()

# %%
# Does it agree?
# --------------
# Row by row, with `predict` on the same table.

agrees = decided.to_numpy() == model.predict(clients)
print(f"{agrees.sum()} of {len(agrees)} decisions agree")

# %%
# Somebody types the rules in as they read, without a thought for NULL. An unknown delay
# in August then makes the exception neither true nor false, so that ``NOT`` of it is
# not true, and the client is refused:

by_hand = """
    CASE WHEN delay_sep <= 1 AND NOT (delay_aug > 1 AND delay_may > 0
        AND paid_aug <= 5637 AND bill_apr > 57499) THEN 'grant' ELSE 'refuse' END
"""
query = f"SELECT id, {by_hand} AS decision FROM clients ORDER BY id"
typed_in = pd.read_sql(query, database, index_col="id")["decision"]
print(f"{(typed_in != decided).sum()} decisions differ from the rules")

# %%
# What the decisions are worth
# ----------------------------
# The database can tell, too: the outcome by decision, and by whether the delay of
# September was known.

query = f"""
    SELECT {case} AS decision, delay_sep IS NOT NULL AS is_known, count(*) AS clients,
           avg(outcome = 'refuse') AS defaulted
    FROM clients GROUP BY decision, is_known ORDER BY decision, is_known DESC
"""
groups = pd.read_sql(query, database)
database.close()
groups.round(3)

# %%

figure, ax = plt.subplots(figsize=(7, 3), layout="constrained")
known = np.where(groups["is_known"] == 1, "delay known", "delay unknown")
labels = groups["decision"] + ", " + known + "\n" + groups["clients"].astype(str)
ax.barh(labels + " clients", groups["defaulted"], color="tab:blue")
ax.axvline(np.mean(y_test == "refuse"), color="black", linestyle=":", label="all")
ax.invert_yaxis()
ax.set_xlabel("share of clients who did not pay")
ax.legend()
plt.show()

# %%
# What was learned
# ----------------
# The expression decides as the model does in all rows, with missing values and without,
# and nobody had to think about NULL. It also shows what the rules do with a client
# whose last delay is unknown: they refuse, since refusing is what happens otherwise,
# and those clients are no worse than the average. Whether that is what the bank wants
# is a question about one line of text, which is the point of having lines of text. (One
# way out is to learn rules for refusing, ``positive_class="refuse"``, so that granting
# is what happens otherwise.)
