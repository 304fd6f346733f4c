"""The review without simulations, built once for all tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from cereblon.report.page import page_text
from cereblon.report.review.build import build_review
from cereblon.report.review.document import WrittenReview, review_document


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as slow what reads the whole review: to build it takes half a minute."""
    for item in items:
        if item.path.parent == Path(__file__).parent and "document" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def document() -> WrittenReview:
    return build_review(simulate=False)


@pytest.fixture(scope="session")
def page(document: WrittenReview) -> str:
    return page_text(review_document(document))
