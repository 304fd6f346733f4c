"""Checksums of code, which shipped comparisons and kept programs are bound to."""

from __future__ import annotations

from pathlib import Path

import pytest

from cereblon.core import fingerprint


def test_a_comment_leaves_the_checksum_of_code_and_a_statement_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fingerprint, "files", lambda _: tmp_path)

    def checksum_of(text: str) -> str:
        (tmp_path / "rates.py").write_text(text)
        return fingerprint.code_checksum.__wrapped__("rates.py")  # of a file that changes

    plain = checksum_of("RATE = 0.1\nSOURCE = '''\n#include <cmath>\n'''\n")
    assert checksum_of("# Half a year.\nRATE = 0.1\nSOURCE = '''\n#include <cmath>\n'''\n") == plain
    assert checksum_of("RATE = 0.2\nSOURCE = '''\n#include <cmath>\n'''\n") != plain
    assert checksum_of("RATE = 0.1\nSOURCE = '''\n#include <math.h>\n'''\n") != plain
