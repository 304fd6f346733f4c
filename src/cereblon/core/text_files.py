"""Read a text file that a user brings: its encoding found or refused, its size bounded, the cause named."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path

from cereblon.core.control_characters import refuse_control_characters
from cereblon.core.errors import InputError
from cereblon.core.names import shortened
from cereblon.core.output_files import remember_input

LARGEST_BYTES = 64 * 2**20
"""A file larger than this is refused; the largest data set of events met so far has 30 MB."""

LONGEST_LINE = 1_000_000
"""Of a table; a line of more is no row of one."""
_PART = 2**20
_CONTROL_BYTES = bytes(code for code in (*range(32), 127) if code not in b"\t\n\r")

_NO_TEXT: tuple[tuple[bytes, str, str], ...] = (
    (b"PK\x03\x04", "a zip archive or an Excel workbook", "save the sheet as CSV (UTF-8)"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "save the sheet as CSV (UTF-8)"),
    (b"PAR1", "a Parquet file", "write it as CSV"),
    (b"\x1f\x8b", "compressed by gzip", "decompress it first"),
    (b"%PDF", "a PDF document", "text is needed"),
)


def read_text(path: Path | str) -> str:
    """Read a text file in UTF-8 or UTF-16, without its byte order mark; line ends become line feeds.

    Raises
    ------
    InputError
        If it is missing, a device or a pipe, cannot be read, is too large, or is no text, with the cause.
    """
    return decode(read_bytes(path), where=str(path))


def read_bytes(path: Path | str) -> bytes:
    """Read a file that a user names, which is not written over from then on.

    Raises
    ------
    InputError
        If it is missing, a device or a pipe, cannot be read, or is too large.
    """
    path = Path(path)
    raw = b""
    try:
        status = path.stat()
        is_device = not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode))
        if not is_device:
            with path.open("rb") as stream:
                raw = stream.read(LARGEST_BYTES + 1)
            remember_input(path, status)
    except FileNotFoundError as error:
        raise _missing(path) from error
    except IsADirectoryError as error:
        raise InputError(f"{path}: is a folder, a file is needed") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read ({error})") from error
    if is_device:
        raise InputError(
            f"{path}: is no ordinary file but a device, a pipe or a socket", hint="save the content in a file"
        )
    _refuse_larger(raw, where=str(path))
    return raw


def _missing(path: Path) -> InputError:
    hint = "check the path and the spelling"
    if path.parts[:2] == ("docs", "examples"):
        hint = (
            "docs/examples lies in the folder of Cereblon's source; run the command there, or give the path from here"
        )
    return InputError(f"{path}: no such file", hint=hint)


def note_ordinary_file(path: Path) -> None:
    """Note a file that a library reads by its name, which is not written over from then on; see `ordinary_status`."""
    remember_input(path, ordinary_status(path))


def refuse_closed(path: Path) -> None:
    """Refuse a file or folder that is there but not open to the user, before anything is read of it.

    Raises
    ------
    InputError
        If it, or a folder above it, may not be read, or no file can have its name.
    """
    try:
        is_closed = path.exists() and not os.access(path, os.R_OK | (os.X_OK if path.is_dir() else 0))
    except PermissionError:
        is_closed = True
    except OSError as error:  # a name that is too long
        raise InputError(f"{shortened(str(path))}: cannot be read ({error.strerror})") from error
    if is_closed:
        raise InputError(
            f"{path}: there is no permission to read it",
            hint="ask its owner for the right to read it and the folders above it",
        )


def ordinary_status(path: Path) -> os.stat_result:
    """Give the status of a file before a library opens it by its name.

    Raises
    ------
    InputError
        If it is missing, not open to the user, a folder, or a device or a pipe, on which the library would wait or
        read without end.
    """
    refuse_closed(path)
    try:
        status = path.stat()
    except FileNotFoundError as error:
        raise _missing(path) from error
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read ({error})") from error
    if stat.S_ISDIR(status.st_mode):
        raise InputError(f"{path}: is a folder, a file is needed")
    if not stat.S_ISREG(status.st_mode):
        raise InputError(
            f"{path}: is no ordinary file but a device, a pipe or a socket", hint="save the content in a file"
        )
    return status


def _refuse_larger(raw: bytes, *, where: str) -> None:
    if len(raw) > LARGEST_BYTES:
        raise InputError(
            f"{where}: is larger than {LARGEST_BYTES // 2**20} MB, the most that is read",
            hint="split it, or keep the columns that are needed",
        )


def check_long_text(path: Path, each_part: Callable[[], None] = lambda: None) -> None:
    """Check a text file of any size from end to end, without holding it: UTF-8, no control character, bounded lines.

    Parameters
    ----------
    path
        An ordinary file, which a library reads by its name afterwards.
    each_part
        Is called after each megabyte; may refuse to go on.

    Raises
    ------
    InputError
        With the line of the first fault.
    """
    line, rest = 1, b""
    try:
        with path.open("rb") as stream:
            while part := stream.read(_PART):
                if line == 1 and not rest:
                    _refuse_no_utf8(part, where=str(path))
                lines, newline, rest = (rest + part).rpartition(b"\n")
                _check_lines(lines + newline, path, line)
                line += lines.count(b"\n") + len(newline)
                _refuse_long_line(len(rest), path, line)
                each_part()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error})") from error
    _check_lines(rest, path, line)


def _refuse_no_utf8(start: bytes, *, where: str) -> None:
    _refuse_no_text(start, where=where)
    if (encoding := _encoding(start)) != "utf-8-sig":
        raise InputError(f"{where}: is text in {encoding.upper()}", hint="save it as UTF-8")


def _check_lines(lines: bytes, path: Path, first_line: int) -> None:
    """Check whole lines; bytes are looked at first, since nearly all text is plain and this is quick."""
    _refuse_long_line(max(map(len, lines.split(b"\n"))), path, first_line)
    if lines.isascii() and len(lines.translate(None, _CONTROL_BYTES)) == len(lines):
        return
    where = str(path)
    if b"\0" in lines:
        first_line += lines.count(b"\n", 0, lines.index(b"\0"))
        raise InputError(f"{where}, line {first_line}: holds bytes of value 0, so it is not a text file")
    try:
        text = lines.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _no_utf8(lines, error, where, first_line) from error
    refuse_control_characters(
        text, where=where if "\n" in text else f"{where}, line {first_line}", first_line=first_line
    )


def _refuse_long_line(length: int, path: Path, line: int) -> None:
    if length > LONGEST_LINE:
        raise InputError(
            f"{path}: has a line of more than {LONGEST_LINE:,} bytes, at or after line {line}",
            hint="it is no row of a table; check the line ends",
        )


def read_standard_input() -> str:
    """Read text from standard input; see `read_text`.

    Raises
    ------
    InputError
        If there is none, or it is too large or no text.
    """
    if sys.stdin is None:
        raise InputError("standard input is closed", hint="give the name of a file")
    return decode(sys.stdin.buffer.read(LARGEST_BYTES + 1), where="standard input")


def decode(raw: bytes, *, where: str) -> str:
    """Turn the bytes of a text file into text; see `read_text`.

    Raises
    ------
    InputError
        If the bytes are too many, no text, or hold a control character.
    """
    _refuse_larger(raw, where=where)
    _refuse_no_text(raw, where=where)
    encoding = _encoding(raw)
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise _no_utf8(raw, error, where, 1) from error
    if "\x00" in text:
        raise InputError(f"{where}: holds bytes of value 0, so it is not a text file")
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    refuse_control_characters(text, where=where)
    return text


def _refuse_no_text(raw: bytes, *, where: str) -> None:
    for start, what, remedy in _NO_TEXT:
        if raw.startswith(start):
            raise InputError(f"{where}: is {what}, not a text file", hint=remedy)


def _no_utf8(raw: bytes, error: UnicodeDecodeError, where: str, first_line: int) -> InputError:
    line = raw.count(b"\n", 0, error.start) + first_line
    return InputError(
        f"{where}, line {line}: byte 0x{raw[error.start]:02x} is not UTF-8 text",
        hint="save the file in UTF-8; which other encoding it has cannot be told from its bytes",
    )


def _encoding(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    start = raw[:200]
    if len(start) >= 4 and b"\x00" in start:  # text of western letters in UTF-16 has a zero in every second byte
        if not any(start[0::2]):
            return "utf-16-be"
        if not any(start[1::2]):
            return "utf-16-le"
    return "utf-8-sig"
