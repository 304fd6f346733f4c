"""The review without simulations, built once for all tests."""

from __future__ import annotations

import pytest

from cereblon.report.page import page_text
from cereblon.report.review.build import build_review
from cereblon.report.review.document import WrittenReview, review_document


@pytest.fixture(scope="session")
def document() -> WrittenReview:
    return build_review(simulate=False)


@pytest.fixture(scope="session")
def page(document: WrittenReview) -> str:
    return page_text(review_document(document))
