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


def test_what_is_left_out_may_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fingerprint, "files", lambda _: tmp_path)
    (tmp_path / "tables" / "adam").mkdir(parents=True)

    def checksum_of(deciding: str, exported: str) -> str:
        (tmp_path / "tables" / "rows.py").write_text(deciding)
        (tmp_path / "tables" / "adam" / "dates.py").write_text(exported)
        return fingerprint.code_checksum.__wrapped__("tables", without=("tables/adam",))

    assert checksum_of("A = 1\n", "B = 1\n") == checksum_of("A = 1\n", "B = 2\n") != checksum_of("A = 2\n", "B = 2\n")
