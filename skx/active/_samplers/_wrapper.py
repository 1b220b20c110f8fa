# SPDX-License-Identifier: BSD-3-Clause
"""What samplers around other samplers share."""

from typing import Any, ClassVar

from sklearn.base import clone
from sklearn.utils.metaestimators import available_if

from skx._base.sklearn import HasMethods
from skx.active._samplers._base import PoolSampler, Scores, _wrapped_has


class WrapperSampler(PoolSampler):
    """Base of samplers that change what another sampler picks."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "sampler": [HasMethods(["fit", "query"])],
    }
    _wraps: ClassVar[str] = "sampler"

    def _fit_wrapped(self, y: Any, params: dict[str, Any]) -> None:
        self.sampler_ = self._fit_sampler(self.sampler, y, params)

    def _fit_sampler(self, sampler: Any, y: Any, params: dict[str, Any]) -> Any:
        return clone(sampler).fit(
            self._X, y, labeled=self._labeled, embeddings=self._embeddings, **params
        )

    @available_if(_wrapped_has("score_samples"))
    def score_samples(self, X: Any) -> Scores:
        """Return what a label of each row is worth to the wrapped sampler.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        scores : ndarray of shape (n_samples,), float64
            The higher, the earlier the row should be labelled.
        """
        return self._model().score_samples(X)
