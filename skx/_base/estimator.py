# SPDX-License-Identifier: BSD-3-Clause
"""The base class of every skx estimator."""

from sklearn.base import BaseEstimator

# Where the built documentation is served; no links are shown while it is empty.
DOCS_URL = ""


class SkxEstimator(BaseEstimator):
    """Base of all estimators: links their HTML diagrams to the documentation."""

    _doc_link_module = "skx"

    @property
    def _doc_link_template(self) -> str:
        if not DOCS_URL:
            return ""
        family = type(self).__module__.split(".")[1]
        return f"{DOCS_URL}/api/generated/skx.{family}.{type(self).__name__}.html"
