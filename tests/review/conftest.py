"""The review without simulations, built once for all tests."""

from __future__ import annotations

import pytest

from cereblon.report.review.build import build_review
from cereblon.report.review.page import Document, render


@pytest.fixture(scope="session")
def document() -> Document:
    return build_review(simulate=False)


@pytest.fixture(scope="session")
def page(document: Document) -> str:
    return render(document)
