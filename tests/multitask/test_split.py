# SPDX-License-Identifier: BSD-3-Clause
"""Folds by task: shares, cover, seeds and routing."""

import numpy as np
import pytest
from sklearn import config_context
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, cross_val_score

from skx.multitask import TaskStratifiedKFold


def ragged_tasks(seed=0):
    rng = np.random.default_rng(seed)
    tasks = np.repeat(list("abcdef"), [1, 2, 3, 7, 20, 41])
    y = rng.integers(0, 3, len(tasks))
    order = rng.permutation(len(tasks))
    return tasks[order], y[order]


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("n_splits", [2, 3, 7])
def test_rows_of_a_task_and_of_its_classes_are_shared_out_evenly(shuffle, n_splits):
    tasks, y = ragged_tasks()
    folds = TaskStratifiedKFold(
        n_splits, shuffle=shuffle, random_state=0 if shuffle else None
    )
    parts = list(folds.split(np.zeros((len(y), 1)), y, groups=tasks))
    assert len(parts) == folds.get_n_splits() == n_splits
    tested = np.concatenate([test for _, test in parts])
    assert sorted(tested) == list(range(len(y)))
    for train, test in parts:
        assert sorted([*train, *test]) == list(range(len(y)))
    whole = [len(test) for _, test in parts]
    assert max(whole) - min(whole) <= 1
    for t in "abcdef":
        counts = [np.sum(tasks[test] == t) for _, test in parts]
        assert max(counts) - min(counts) <= 1
        for k in range(3):
            counts = [np.sum((tasks[i] == t) & (y[i] == k)) for _, i in parts]
            assert max(counts) - min(counts) <= 1


def test_neighbours_of_a_task_meet_in_a_fold_without_shuffling():
    tasks = np.tile([0, 1], 6)
    parts = TaskStratifiedKFold(3).split(np.zeros((12, 1)), groups=tasks)
    assert [test.tolist() for _, test in parts] == [
        [0, 1, 2, 3],
        [4, 5, 6, 7],
        [8, 9, 10, 11],
    ]


def test_numbers_are_no_classes():
    tasks = np.repeat([0, 1], 6)
    folds = TaskStratifiedKFold(3)
    y = np.linspace(0.0, 1.1, 12)[::-1]
    with_y = [test.tolist() for _, test in folds.split(y, y, groups=tasks)]
    assert with_y == [test.tolist() for _, test in folds.split(y, groups=tasks)]


def test_shuffling_follows_the_seed():
    tasks, y = ragged_tasks()

    def first(seed):
        folds = TaskStratifiedKFold(3, shuffle=True, random_state=seed)
        return next(folds.split(y, y, groups=tasks))[1].tolist()

    assert first(0) == first(0)
    assert first(0) != first(1)


def test_bad_input():
    X = np.zeros((4, 1))
    with pytest.raises(ValueError, match="needs the task of each row; pass it as gr"):
        next(TaskStratifiedKFold(2).split(X))
    with pytest.raises(ValueError, match="n_splits=5 but there are 4 rows; use fewer"):
        next(TaskStratifiedKFold(5).split(X, groups=[0, 0, 1, 1]))
    with pytest.raises(ValueError, match="tasks has 3 entries but X has 4 rows"):
        next(TaskStratifiedKFold(2).split(X, groups=[0, 0, 1]))
    with pytest.raises(ValueError, match="The task id of row 1 is missing"):
        next(TaskStratifiedKFold(2).split(X, groups=[0.0, np.nan, 1.0, 1.0]))
    with pytest.raises(
        ValueError, match="random_state=3 has no effect without shuffle"
    ):
        TaskStratifiedKFold(2, random_state=3)
    with pytest.raises(ValueError, match="'n_splits' parameter"):
        TaskStratifiedKFold(1)


def test_searches_and_scores_pass_groups():
    tasks, y = ragged_tasks()
    X = np.arange(len(y), dtype=float)[:, None]
    folds = TaskStratifiedKFold(3)
    assert len(cross_val_score(Ridge(), X, y, groups=tasks, cv=folds)) == 3
    with config_context(enable_metadata_routing=True):
        search = GridSearchCV(Ridge(), {"alpha": [1.0]}, cv=folds)
        assert search.fit(X, y, groups=tasks).n_splits_ == 3
