"""Compiled programs stored as files: a process that finds its program neither traces nor compiles the model.

JAX has a cache of compiled programs too, but must trace and lower a program to know which of them it is: four seconds
for the model, in which nothing else can run.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
import pickle
import platform
import secrets
import sys
import zlib
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import Any

import jax
from jax.experimental.compilation_cache.compilation_cache import reset_cache
from jax.experimental.serialize_executable import deserialize_and_load, serialize
from jax.stages import Compiled, Wrapped

from cereblon.core.durable_files import write_durably
from cereblon.core.fingerprint import code_checksum
from cereblon.core.private_folder import NotPrivateError, make_private, private_bytes, remove_oldest
from cereblon.core.small_programs import MOST_BYTES
from cereblon.model.engine.release_memory import release_memory

# All that a traced subject calls.
_CODE = (
    "core/batching.py",
    "core/draws_by_number.py",
    "core/random_streams.py",
    "core/time_units.py",
    "criteria",
    "model",
)

_ENDING, _LOCK = ".program", ".lock"
_SECRET = "key"
_SECRET_BYTES = 32


class ProgramCache:
    """A folder of compiled programs that are this user's alone.

    A program is code, and JAX stores it as a pickle. A file is therefore read only if it and its folder are the
    user's and nobody else may write them, and if it carries a checksum made with a key that lies in the folder too:
    a file that was copied there, or made ours by somebody who may give files away, has another one.

    Parameters
    ----------
    folder
        Made for its owner alone; where it cannot be written, nothing is stored.

    Raises
    ------
    NotPrivateError
        If it is another user's or others may write into it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._secret = _secret(folder)
        self._code = code_checksum(*_CODE)  # now, since the code may be edited before the first program is needed
        self._ready: dict[str, Compiled] = {}

    def program(self, name: str, function: Wrapped, arguments: tuple[Any, ...], **static: Hashable) -> Compiled:
        """Give the program of a function for arguments like these: from memory, from its file, or compiled.

        Parameters
        ----------
        name
            Of the function, unlike any other's.
        function
            From `jax.jit`.
        arguments
            Arrays on the first device; the program is called with such arguments.
        static
            Arguments that are part of the program; their `repr` tells them apart.
        """
        key = self._key(name, arguments, static)
        if key not in self._ready:
            self._ready[key] = self._read(key) or self._compiled(key, function, arguments, static)
        return self._ready[key]

    def code(self, name: str, make: Callable[[], bytes], arguments: tuple[Any, ...], **static: Hashable) -> bytes:
        """Give machine code that was not made by JAX: from its file, or made.

        Parameters
        ----------
        name, arguments, static
            As of `program`.
        make
            Gives the code.
        """
        key = self._key(name, arguments, static)
        kept = self._content(key)
        if kept is None:
            with _alone(self.folder / f"{key}{_LOCK}"):
                kept = self._content(key)
                if kept is None:
                    kept = make()
                    self._keep(key, kept)
        return kept

    def holds(self, name: str, arguments: tuple[Any, ...], **static: Hashable) -> bool:
        """Tell whether a program is in memory or has a file; whether that can be used is another question.

        Parameters as of `program`.
        """
        key = self._key(name, arguments, static)
        return key in self._ready or (self.folder / f"{key}{_ENDING}").exists()

    def _compiled(
        self, key: str, function: Wrapped, arguments: tuple[Any, ...], static: dict[str, Hashable]
    ) -> Compiled:
        """Compile a program, or wait for the process that compiles it and take what it has stored."""
        with _alone(self.folder / f"{key}{_LOCK}"):
            kept = self._read(key)
            if kept is None:
                with _APART_FROM_JAX_CACHE:
                    kept = function.lower(*arguments, **static).compile()
                self._write(key, kept)
                release_memory()  # a gigabyte of the compiler's
        return kept

    def _key(self, name: str, arguments: tuple[Any, ...], static: dict[str, Hashable]) -> str:
        leaves, structure = jax.tree.flatten(arguments)
        shapes = [(leaf.shape, str(leaf.dtype)) for leaf in leaves]
        told = [name, repr(sorted(static.items())), str(structure), shapes, self._code, _surroundings()]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()

    def _read(self, key: str) -> Compiled | None:
        """Load a stored program; None if there is none that can be used, whatever is the matter with the file."""
        with suppress(Exception):
            content = self._content(key)
            if content is not None:
                program, given, found = pickle.loads(content)
                loaded: Compiled = deserialize_and_load(program, given, found, execution_devices=jax.devices()[:1])
                return loaded
        return None

    def _write(self, key: str, program: Compiled) -> None:
        """Store a program."""
        if self._secret is not None:
            self._keep(key, pickle.dumps(serialize(program)))

    def _content(self, key: str) -> bytes | None:
        """Read what is stored if it carries its checksum; None if there is none that can be used."""
        with suppress(Exception):
            path = self.folder / f"{key}{_ENDING}"
            told, content = private_bytes(path).split(b"\n", 1)
            if self._secret is not None and hmac.compare_digest(told, _checksum(self._secret, key, content)):
                found = zlib.decompress(content)
                os.utime(path)  # it is among the last to be removed
                return found
        return None

    def _keep(self, key: str, content: bytes) -> None:
        """Store something; the file appears whole or not at all."""
        if self._secret is None:
            return
        content = zlib.compress(content, 1)
        with suppress(OSError):
            path = self.folder / f"{key}{_ENDING}"
            write_durably(path, _checksum(self._secret, key, content) + b"\n" + content, mode=0o600)
            remove_oldest(self.folder, f"*{_ENDING}", most_bytes=MOST_BYTES)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Let one process at a time go on; where no file can be locked, all of them.

    The file goes with its lock. Who waits for one that is gone goes on too, to find a stored program.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError:
        yield
        return
    try:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        with suppress(OSError):
            path.unlink()
        os.close(descriptor)


def _secret(folder: Path) -> bytes | None:
    """Give the key of the checksums, made when there is none; None where nothing can be stored."""
    path = folder / _SECRET
    try:
        make_private(folder)
        with suppress(OSError):
            found = private_bytes(path)
            if len(found) == _SECRET_BYTES and not path.stat().st_mode & 0o077:
                return found
        write_durably(path, secrets.token_bytes(_SECRET_BYTES), mode=0o600)
        return private_bytes(path)
    except NotPrivateError:
        raise
    except OSError:
        return None


def _checksum(secret: bytes, key: str, content: bytes) -> bytes:
    return hmac.new(secret, key.encode() + content, "sha256").hexdigest().encode()


def _surroundings() -> list[str]:
    """Name what a program depends on besides code and arguments: versions, processor, settings."""
    versions = [f"{name} {version(name)}" for name in ("jax", "jaxlib")]
    settings = [f"{name} {value}" for name, value in sorted(jax.config.values.items()) if "cache" not in name]
    return [sys.version, *versions, _processor(), os.environ.get("XLA_FLAGS", ""), *settings]


def _processor() -> str:
    """Name the instructions of this processor; a home folder may be shared by unlike machines."""
    found = f"{platform.machine()} {platform.processor()}"
    with suppress(OSError), Path("/proc/cpuinfo").open(encoding="utf-8") as lines:
        found += next((line for line in lines if line.startswith(("flags", "Features"))), "")
    return found


class _Apart:
    """Several compilers side by side that leave JAX's cache alone, which is one setting for all of them.

    A program that was loaded from there cannot be written again: parts of it are lost.
    """

    def __init__(self) -> None:
        self._lock, self._inside = Lock(), 0

    def __enter__(self) -> None:
        self._change(1)

    def __exit__(self, *_: object) -> None:
        self._change(-1)

    def _change(self, by: int) -> None:
        with self._lock:
            before, self._inside = self._inside, self._inside + by
            if not before or not self._inside:  # the first comes, or the last goes
                reset_cache()
                jax.config.update("jax_enable_compilation_cache", not self._inside)  # type: ignore[no-untyped-call]


_APART_FROM_JAX_CACHE = _Apart()
