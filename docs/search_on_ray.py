# SPDX-License-Identifier: BSD-3-Clause
"""Search parameters of rules on a cluster of ray, and compare with one process."""

import numpy as np
import ray
from joblib import parallel_config
from ray.util.joblib import register_ray
from sklearn.model_selection import GridSearchCV

from skx.datasets import load_adult
from skx.rules import FOLDSEClassifier

if __name__ == "__main__":
    X, y = load_adult(return_X_y=True, as_frame=True)
    X, y = X[:5000], y[:5000]
    grid = {"ratio": [0.3, 0.5], "tail": [0.002, 0.005]}
    search = GridSearchCV(FOLDSEClassifier(), grid, cv=3)
    alone = search.fit(X, y).cv_results_["mean_test_score"]

    ray.init(num_cpus=2, include_dashboard=False)  # or ray.init("auto") on a cluster
    register_ray()
    with parallel_config("ray"):
        search.set_params(n_jobs=-1).fit(X, y)
    assert np.array_equal(search.cv_results_["mean_test_score"], alone)
    print(search.best_params_, f"{search.best_score_:.3f}")
    ray.shutdown()
