# SPDX-License-Identifier: BSD-3-Clause
"""What every estimator inherits."""

import pytest

from skx._base import estimator
from skx.resampling import SMOTE


@pytest.fixture(autouse=True)
def no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SKX_DOCS_URL", raising=False)


def test_documentation_link_is_absent_until_there_is_a_site() -> None:
    assert SMOTE()._get_doc_link() == ""


def test_documentation_link_names_family_and_class(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(estimator, "DOCS_URL", "https://example.org")
    expected = "https://example.org/api/generated/skx.resampling.SMOTE.html"
    assert SMOTE()._get_doc_link() == expected
    assert expected in SMOTE()._repr_html_()


def test_the_environment_may_name_the_site(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimator, "DOCS_URL", "https://example.org")
    monkeypatch.setenv("SKX_DOCS_URL", "http://localhost:8000/")
    expected = "http://localhost:8000/api/generated/skx.resampling.SMOTE.html"
    assert SMOTE()._get_doc_link() == expected
    monkeypatch.setenv("SKX_DOCS_URL", "")
    assert SMOTE()._get_doc_link() == ""
