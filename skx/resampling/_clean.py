# SPDX-License-Identifier: BSD-3-Clause
"""Removal of rows that contradict their nearest neighbours."""

import warnings
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skx._backend import is_device_array, like, look_up, namespace_of, to_numpy
from skx._base.sklearn import HasMethods, Interval, StrOptions
from skx._caller import caller_level
from skx._neighbors import nearest_rows, rows_clear_of
from skx.resampling._base import Cleaner, CleaningTask, Rows
from skx.resampling._device import searches_there
from skx.resampling._smote import asked_neighbors, find_neighbors
from skx.resampling._strategy import Strategy
from skx.resampling._votes import count_foreign, most_frequent


class TomekLinks(Cleaner):
    """Remove rows that form a link with a row of another class.

    Two rows of different classes are a Tomek link if each is the nearest neighbour of
    the other: then one of them is noise, or both lie at the border. Use it as a gentle
    cleaning that touches few rows, after SMOTE (:class:`SMOTETomek`) or on its own. It
    does not balance classes. Distances are those of the raw columns: put a scaler
    first.

    Parameters
    ----------
    sampling_strategy : str, list or callable, default="auto"
        Which classes may lose rows.

        - str: "majority", "not minority", "not majority" or "all"; "auto" means
          "not minority". With "all", both rows of a link go.
        - list: the classes.
        - callable: takes y and returns such a list.
    n_jobs : int or None, default=None
        Number of threads for the search; None means 1, -1 all.

    Attributes
    ----------
    sampling_strategy_ : dict
        Class that may lose rows to its number of rows before.
    sample_indices_ : ndarray of shape (n_kept,), int64
        Row numbers in X of the rows that stay, ascending.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,), object
        Column names, if X has string ones.

    See Also
    --------
    SMOTETomek : SMOTE, then removal of both rows of each link.
    EditedNearestNeighbours : Removes more, by several neighbours.

    Notes
    -----
    A row's nearest neighbour is the nearest other row, of equally near ones that of the
    lowest row number, so every row has exactly one. imbalanced-learn takes the second
    column of a search for two neighbours, which among identical rows can be the row
    itself: it misses links between identical rows of different classes.

    Since a link joins two classes, one end lies outside the largest: only those rows,
    and the foreign ones that are nearest to them, are asked for their neighbours.

    Dense X may hold NaN; distances are then nan-Euclidean. Sparse X is searched as it
    is. Rows of weight 0 and rows without any value stay and are nobody's neighbour;
    other weights change nothing.

    CuPy arrays are searched on the device and their rows stay there. Those with missing
    values are copied to the host for the search, with a warning.

    Cost: with m rows outside the largest class, up to 2 m searches by kd-tree among n,
    O(n log n + m log n) in few dimensions and O(m n d) at worst (always with NaN or
    sparse X).

    References
    ----------
    I. Tomek, 1976, "Two Modifications of CNN", IEEE Transactions on Systems, Man, and
    Cybernetics 6(11), 769-772 (the pairs of its second modification).

    G. E. A. P. A. Batista, R. C. Prati, M. C. Monard, 2004, "A Study of the Behavior of
    Several Methods for Balancing Machine Learning Training Data", ACM SIGKDD
    Explorations Newsletter 6(1), 20-29.

    Examples
    --------
    >>> import numpy as np
    >>> from skx.resampling import TomekLinks
    >>> X = np.array([[0.0], [1.0], [2.0], [5.0], [5.5], [9.0]])
    >>> y = np.array([0, 0, 0, 0, 1, 1])
    >>> cleaner = TomekLinks()
    >>> X_cleaned, y_cleaned = cleaner.fit_resample(X, y)
    >>> X_cleaned.ravel().tolist()
    [0.0, 1.0, 2.0, 5.5, 9.0]
    >>> TomekLinks(sampling_strategy="all").fit_resample(X, y)[0].ravel().tolist()
    [0.0, 1.0, 2.0, 9.0]
    """

    _parameter_constraints: ClassVar[dict] = {
        **Cleaner._parameter_constraints,
        "n_jobs": [Integral, None],
    }

    def __init__(
        self, *, sampling_strategy: Strategy = "auto", n_jobs: int | None = None
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.n_jobs = n_jobs

    def _runs_on_device(self, method: str) -> bool:
        return True

    def _removed_rows(self, task: CleaningTask) -> Rows:
        # No link lies within a class, so one of its ends is outside the largest.
        codes, eligible = task.codes, task.eligible
        outside = eligible[codes[eligible] != np.bincount(codes[eligible]).argmax()]
        if outside.shape[0] == 0:
            return outside
        nearest = self._nearest(task, outside)
        is_foreign = codes[nearest] != codes[outside]
        rows, partners = outside[is_foreign], nearest[is_foreign]
        asked, position = np.unique(partners, return_inverse=True)
        is_mutual = self._nearest(task, asked)[position] == rows
        ends = np.union1d(rows[is_mutual], partners[is_mutual])
        return ends[task.cleaned[ends]]

    def _nearest(self, task: CleaningTask, queries: Rows) -> Rows:
        found = nearest_rows(
            task.X, 1, queries=queries, among=task.eligible, n_jobs=self.n_jobs
        )
        return to_numpy(found)[:, 0]


class EditedNearestNeighbours(Cleaner):
    """Remove rows whose nearest neighbours are of other classes.

    Wilson's editing: a row that its ``n_neighbors`` nearest neighbours contradict is
    taken for noise or for a row on the wrong side of the border. It smooths the border
    between classes; use it before methods that follow single rows (nearest neighbours,
    deep trees), after SMOTE (:class:`SMOTEENN`) or on its own. It does not balance
    classes, and a class that overlaps others can lose most of its rows. Distances are
    those of the raw columns: put a scaler first.

    Parameters
    ----------
    sampling_strategy : str, list or callable, default="auto"
        Which classes may lose rows.

        - str: "majority", "not minority", "not majority" or "all"; "auto" means
          "not minority".
        - list: the classes.
        - callable: takes y and returns such a list.
    n_neighbors : int or object, default=3
        Number of neighbours that judge a row; more remove more with "all". An object
        with ``kneighbors`` and ``kneighbors_graph``, such as
        :class:`sklearn.neighbors.NearestNeighbors`, is cloned and searched instead; its
        ``n_neighbors`` counts the row itself, as in imbalanced-learn.
    kind_sel : {"all", "mode"}, default="all"
        Who must agree for a row to stay.

        - "all": every neighbour is of its class.
        - "mode": its class is the most frequent among the neighbours; of equally
          frequent ones the first in sorted order counts. Removes fewer rows.
    n_jobs : int or None, default=None
        Number of threads for the search; None means 1, -1 all.

    Attributes
    ----------
    sampling_strategy_ : dict
        Class that may lose rows to its number of rows before.
    sample_indices_ : ndarray of shape (n_kept,), int64
        Row numbers in X of the rows that stay, ascending.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,), object
        Column names, if X has string ones.

    See Also
    --------
    RepeatedEditedNearestNeighbours : Repeats it until nothing is removed.
    AllKNN : Repeats it with more neighbours each time.
    SMOTEENN : SMOTE, then editing of all classes.
    TomekLinks : Removes fewer rows.

    Notes
    -----
    All rows are judged before any is removed. The row itself is not among its
    neighbours, and equally near rows are ordered by row number, so duplicates are
    harmless; imbalanced-learn drops the first neighbour found, which among duplicates
    may be another row. Wilson's rule is "mode" on all classes.

    Dense X may hold NaN; distances are then nan-Euclidean. Sparse X is searched as it
    is. Rows of weight 0 and rows without any value stay and are nobody's neighbour;
    other weights change nothing. A class that loses all its rows raises a warning.

    CuPy arrays are searched on the device and their rows stay there. Those with missing
    values are copied to the host for the search, with a warning, as are all if
    ``n_neighbors`` is a search object of another library than cuML.

    Cost: only rows of the classes that ``sampling_strategy`` names are judged, by
    kd-tree, O(n log n) in few dimensions and O(n^2 d) at worst (always with NaN or
    sparse X). If one class holds more than half of the rows, those far from all other
    classes are found first and not searched for.

    References
    ----------
    D. L. Wilson, 1972, "Asymptotic Properties of Nearest Neighbor Rules Using Edited
    Data", IEEE Transactions on Systems, Man, and Cybernetics 2(3), 408-421.

    G. E. A. P. A. Batista, R. C. Prati, M. C. Monard, 2004, "A Study of the Behavior of
    Several Methods for Balancing Machine Learning Training Data", ACM SIGKDD
    Explorations Newsletter 6(1), 20-29.

    Examples
    --------
    >>> import numpy as np
    >>> from skx.resampling import EditedNearestNeighbours
    >>> X = np.array([[0.0], [1.0], [2.0], [5.0], [5.5], [6.0], [6.2]])
    >>> y = np.array([0, 0, 0, 0, 1, 1, 1])
    >>> cleaner = EditedNearestNeighbours(n_neighbors=2)
    >>> X_cleaned, y_cleaned = cleaner.fit_resample(X, y)
    >>> cleaner.sample_indices_.tolist()
    [0, 1, 2, 4, 5, 6]
    """

    _parameter_constraints: ClassVar[dict] = {
        **Cleaner._parameter_constraints,
        "n_neighbors": [
            Interval(Integral, 1, None, closed="left"),
            HasMethods(["kneighbors", "kneighbors_graph"]),
        ],
        "kind_sel": [StrOptions({"all", "mode"})],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        *,
        sampling_strategy: Strategy = "auto",
        n_neighbors: Any = 3,
        kind_sel: str = "all",
        n_jobs: int | None = None,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.n_neighbors = n_neighbors
        self.kind_sel = kind_sel
        self.n_jobs = n_jobs

    def _runs_on_device(self, method: str) -> bool:
        return searches_there(self.n_neighbors)

    def _removed_rows(self, task: CleaningTask) -> Rows:
        k = self._usable_neighbors(task)
        suspects = self._suspects(task, task.eligible, k)
        return self._outvoted(task, suspects, task.eligible, k)

    def _usable_neighbors(self, task: CleaningTask) -> int:
        asked = asked_neighbors("n_neighbors", self.n_neighbors)
        n_rows = task.eligible.shape[0]
        if asked >= n_rows:
            raise ValueError(
                f"{type(self).__name__} asks for {asked} neighbours of a row, but only "
                f"{n_rows} rows count (those with a value and without weight 0); lower "
                f"n_neighbors to at most {n_rows - 1}."
            )
        return asked

    def _suspects(self, task: CleaningTask, among: Rows, k: int) -> Rows:
        """Find the rows to judge, less those of a large class that surely stay."""
        codes = task.codes[among]
        suspects = among[task.cleaned[among]]
        is_largest = codes == np.bincount(codes).argmax()
        own, others = among[is_largest], among[~is_largest]
        if others.shape[0] >= own.shape[0] or not task.cleaned[own[0]]:
            return suspects
        return np.setdiff1d(suspects, own[self._is_clear(task, own, others, k)])

    def _is_clear(
        self, task: CleaningTask, rows: Rows, others: Rows, k: int
    ) -> NDArray[np.bool_]:
        """Tell rows whose k nearest are surely none of the others."""
        if hasattr(self.n_neighbors, "kneighbors"):  # which may mean other distances
            return np.zeros(rows.shape[0], np.bool_)
        if task.found is not None and task.found.shape[1] == k:
            is_own = np.ones(task.codes.shape[0] + 1, np.bool_)
            is_own[others] = is_own[-1] = False  # the last: not searched for
            xp = namespace_of(task.found)
            found = xp.take(task.found, like(task.found, rows), axis=0)
            return to_numpy(xp.all(look_up(is_own, found), axis=1))
        return rows_clear_of(task.X, k, rows, others, n_jobs=self.n_jobs)

    def _outvoted(self, task: CleaningTask, rows: Rows, among: Rows, k: int) -> Rows:
        """Choose those of the rows whose k nearest among some do not confirm them."""
        if rows.shape[0] == 0:
            return rows
        neighbors = find_neighbors(
            self.n_neighbors, task.X, k, rows, among, self.n_jobs
        )
        own_search = not hasattr(self.n_neighbors, "kneighbors")
        if own_search and is_device_array(neighbors):  # to tell takes another search
            _keep(task, rows, neighbors)
        labels = look_up(task.codes, neighbors)
        own = like(neighbors, task.codes[rows])
        if self.kind_sel == "all":
            is_outvoted = count_foreign(labels, own) > 0
        else:
            is_outvoted = most_frequent(labels) != own
        return rows[to_numpy(is_outvoted)]

    def _after_round(self, task: CleaningTask, left: Rows) -> tuple[bool, bool]:
        """Tell whether a round empties a class, and if one falls below the smallest.

        ``left`` are the rows after the round. A warning names what would be emptied.
        """
        before = np.bincount(task.codes[task.eligible], minlength=len(task.names))
        after = np.bincount(task.codes[left], minlength=len(task.names))
        present = np.flatnonzero(before)
        smallest = present[before[present].argmin()]
        inverts = (after[present] < before[smallest]) & (present != smallest)
        empties = after[present] == 0
        if empties.any():
            label = task.names[present[empties][0]]
            warnings.warn(
                f"{type(self).__name__} stopped before a round that would remove the "
                f"last rows of class {label!r}; leave the class out of "
                "sampling_strategy to clean the others further.",
                UserWarning,
                stacklevel=caller_level(),
            )
        return bool(empties.any()), bool(inverts.any())


class RepeatedEditedNearestNeighbours(EditedNearestNeighbours):
    """Repeat the removal of rows that their neighbours contradict.

    :class:`EditedNearestNeighbours` on what the last round left, until nothing is left
    to remove. It clears a wider margin between classes than a single round; use it
    where noise comes in clumps that confirm each other at first. Where classes overlap
    it removes much of the overlap.

    Parameters
    ----------
    sampling_strategy : str, list or callable, default="auto"
        Which classes may lose rows; read once, from the y that is given.

        - str: "majority", "not minority", "not majority" or "all"; "auto" means
          "not minority".
        - list: the classes.
        - callable: takes y and returns such a list.
    n_neighbors : int or object, default=3
        Number of neighbours that judge a row; more remove more with "all". An object
        with ``kneighbors`` and ``kneighbors_graph``, such as
        :class:`sklearn.neighbors.NearestNeighbors`, is cloned and searched instead; its
        ``n_neighbors`` counts the row itself, as in imbalanced-learn.
    max_iter : int, default=100
        Largest number of rounds, at least 1.
    kind_sel : {"all", "mode"}, default="all"
        Who must agree for a row to stay.

        - "all": every neighbour is of its class.
        - "mode": its class is the most frequent among the neighbours; of equally
          frequent ones the first in sorted order counts. Removes fewer rows.
    n_jobs : int or None, default=None
        Number of threads for the search; None means 1, -1 all.

    Attributes
    ----------
    sampling_strategy_ : dict
        Class that may lose rows to its number of rows before.
    sample_indices_ : ndarray of shape (n_kept,), int64
        Row numbers in X of the rows that stay, ascending.
    n_iter_ : int
        Number of rounds, the last one included even if it removed nothing.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,), object
        Column names, if X has string ones.

    See Also
    --------
    EditedNearestNeighbours : A single round; its Notes hold here too.
    AllKNN : Repeats with more neighbours each time.

    Notes
    -----
    It stops after a round that

    - removes nothing;
    - is number ``max_iter``;
    - brings a class, other than the smallest one, below the size that the smallest had
      at the start (of equally small classes, the first in sorted order counts);
    - leaves no more rows than ``n_neighbors``.

    A round that would remove the last rows of a class is not carried out, with a
    warning. The first three rules are those of imbalanced-learn, which lets such a
    class vanish, and which names the classes to clean anew in each round: under
    "majority", for instance, it turns to another class when that has become the
    largest.

    Cost: the first round is that of :class:`EditedNearestNeighbours`; later ones judge
    only rows that may have lost a neighbour.

    References
    ----------
    I. Tomek, 1976, "An Experiment with the Edited Nearest-Neighbor Rule", IEEE
    Transactions on Systems, Man, and Cybernetics 6(6), 448-452.

    Examples
    --------
    >>> import numpy as np
    >>> from skx.resampling import RepeatedEditedNearestNeighbours
    >>> X = np.array([[0.0], [0.5], [1.0], [4.0], [5.3], [5.8], [6.0], [6.1]])
    >>> y = np.array([0, 0, 0, 0, 0, 0, 1, 1])
    >>> cleaner = RepeatedEditedNearestNeighbours(n_neighbors=2)
    >>> X_cleaned, y_cleaned = cleaner.fit_resample(X, y)
    >>> cleaner.sample_indices_.tolist(), cleaner.n_iter_
    ([0, 1, 2, 6, 7], 3)
    """

    _parameter_constraints: ClassVar[dict] = {
        **EditedNearestNeighbours._parameter_constraints,
        "max_iter": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        *,
        sampling_strategy: Strategy = "auto",
        n_neighbors: Any = 3,
        max_iter: int = 100,
        kind_sel: str = "all",
        n_jobs: int | None = None,
    ) -> None:
        super().__init__(
            sampling_strategy=sampling_strategy,
            n_neighbors=n_neighbors,
            kind_sel=kind_sel,
            n_jobs=n_jobs,
        )
        self.max_iter = max_iter

    def _removed_rows(self, task: CleaningTask) -> Rows:
        k = self._usable_neighbors(task)
        left = task.eligible
        suspects = self._suspects(task, left, k)
        for n_iter in range(1, self.max_iter + 1):
            self.n_iter_ = n_iter
            removed = self._outvoted(task, suspects, left, k)
            if removed.shape[0] == 0:
                break
            rest = np.setdiff1d(left, removed, assume_unique=True)
            empties, inverts = self._after_round(task, rest)
            if empties:
                break
            left = rest
            if inverts or left.shape[0] <= k or n_iter == self.max_iter:
                break
            # Who had none of the removed rows as a neighbour keeps its neighbours.
            suspects = left[~self._is_clear(task, left, removed, k)]
            suspects = suspects[task.cleaned[suspects]]
        return np.setdiff1d(task.eligible, left, assume_unique=True)


class AllKNN(EditedNearestNeighbours):
    """Repeat the removal of contradicted rows with more neighbours each time.

    :class:`EditedNearestNeighbours` with one neighbour, then with two on what is left,
    and so on up to ``n_neighbors``. It usually removes more than a single round with
    ``n_neighbors``, and stops early when a large class has become a small one.

    Parameters
    ----------
    sampling_strategy : str, list or callable, default="auto"
        Which classes may lose rows; read once, from the y that is given.

        - str: "majority", "not minority", "not majority" or "all"; "auto" means
          "not minority".
        - list: the classes.
        - callable: takes y and returns such a list.
    n_neighbors : int or object, default=3
        Number of neighbours in the last round. An object with ``kneighbors`` and
        ``kneighbors_graph``, such as :class:`sklearn.neighbors.NearestNeighbors`, is
        cloned and searched instead; its ``n_neighbors`` counts the row itself, as in
        imbalanced-learn.
    kind_sel : {"all", "mode"}, default="all"
        Who must agree for a row to stay.

        - "all": every neighbour is of its class.
        - "mode": its class is the most frequent among the neighbours; of equally
          frequent ones the first in sorted order counts. Removes fewer rows.
    allow_minority : bool, default=False
        Whether to go on after a round that brings a class, other than the smallest one,
        below the size that the smallest had at the start.
    n_jobs : int or None, default=None
        Number of threads for the search; None means 1, -1 all.

    Attributes
    ----------
    sampling_strategy_ : dict
        Class that may lose rows to its number of rows before.
    sample_indices_ : ndarray of shape (n_kept,), int64
        Row numbers in X of the rows that stay, ascending.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,), object
        Column names, if X has string ones.

    See Also
    --------
    EditedNearestNeighbours : A single round; its Notes hold here too.
    RepeatedEditedNearestNeighbours : Repeats with the same number of neighbours.

    Notes
    -----
    A round that would remove the last rows of a class is not carried out, with a
    warning; imbalanced-learn lets the class vanish. Otherwise it follows
    imbalanced-learn, where every round sees what the last one left. In the paper all
    rounds judge the rows as given and their verdicts are united; with "all" that is the
    verdict of the last round alone.

    Cost: ``n_neighbors`` times that of :class:`EditedNearestNeighbours`.

    References
    ----------
    I. Tomek, 1976, "An Experiment with the Edited Nearest-Neighbor Rule", IEEE
    Transactions on Systems, Man, and Cybernetics 6(6), 448-452.

    Examples
    --------
    >>> import numpy as np
    >>> from skx.resampling import AllKNN
    >>> X = np.array([[0.0], [1.0], [2.0], [4.0], [5.4], [5.7], [6.0], [6.1]])
    >>> y = np.array([0, 0, 0, 0, 0, 0, 1, 1])
    >>> cleaner = AllKNN(n_neighbors=2)
    >>> X_cleaned, y_cleaned = cleaner.fit_resample(X, y)
    >>> cleaner.sample_indices_.tolist()
    [0, 1, 2, 3, 6, 7]
    """

    _parameter_constraints: ClassVar[dict] = {
        **EditedNearestNeighbours._parameter_constraints,
        "allow_minority": ["boolean"],
    }

    def __init__(
        self,
        *,
        sampling_strategy: Strategy = "auto",
        n_neighbors: Any = 3,
        kind_sel: str = "all",
        allow_minority: bool = False,
        n_jobs: int | None = None,
    ) -> None:
        super().__init__(
            sampling_strategy=sampling_strategy,
            n_neighbors=n_neighbors,
            kind_sel=kind_sel,
            n_jobs=n_jobs,
        )
        self.allow_minority = allow_minority

    def _removed_rows(self, task: CleaningTask) -> Rows:
        left = task.eligible
        for k in range(1, self._usable_neighbors(task) + 1):
            suspects = self._suspects(task, left, k)
            removed = self._outvoted(task, suspects, left, k)
            rest = np.setdiff1d(left, removed, assume_unique=True)
            empties, inverts = self._after_round(task, rest)
            if empties:
                break
            left = rest
            if left.shape[0] <= k + 1 or (inverts and not self.allow_minority):
                break
        return np.setdiff1d(task.eligible, left, assume_unique=True)


def _keep(task: CleaningTask, rows: Rows, neighbors: Any) -> None:
    """Keep the neighbours of some rows, on the device, for later rounds."""
    xp, n_rows = namespace_of(neighbors), task.codes.shape[0]
    if task.found is None or task.found.shape[1] != neighbors.shape[1]:
        task.found = xp.full(
            (n_rows, neighbors.shape[1]),
            n_rows,
            dtype=neighbors.dtype,
            device=neighbors.device,
        )
    place = np.arange(n_rows)
    place[rows] = n_rows + np.arange(rows.shape[0])
    both = xp.concat([task.found, neighbors], axis=0)
    task.found = xp.take(both, like(neighbors, place), axis=0)
