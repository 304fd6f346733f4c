"""The app, served by its command in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from served_app import Served, serving


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("app")) as found:
        yield found
