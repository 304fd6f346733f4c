"""Compiled programs stored as files: a process that finds its program neither traces nor compiles the model.

JAX has a cache of compiled programs too, but must trace and lower a program to know which of them it is: four seconds
for the model, in which nothing else can run.
"""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import platform
import sys
import zlib
from collections.abc import Hashable, Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jax
from jax.experimental.compilation_cache.compilation_cache import reset_cache
from jax.experimental.serialize_executable import deserialize_and_load, serialize
from jax.stages import Compiled, Wrapped

from cereblon.core.fingerprint import code_checksum
from cereblon.model.engine.release_memory import release_memory

# All that a traced subject calls.
_CODE = ("core/batching.py", "core/random_streams.py", "core/time_units.py", "criteria", "model")


class ProgramCache:
    """A folder of compiled programs.

    As with every cache of compiled programs, who may write into the folder may run code in the name of who reads it.

    Parameters
    ----------
    folder
        Made when the first program is stored; where it cannot be written, nothing is stored.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
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
            path = self.folder / key
            kept = _read(path)
            if kept is None:
                with _apart_from_jax_cache():
                    kept = function.lower(*arguments, **static).compile()
                _write(path, kept)
                release_memory()  # a gigabyte of the compiler's
            self._ready[key] = kept
        return self._ready[key]

    def _key(self, name: str, arguments: tuple[Any, ...], static: dict[str, Hashable]) -> str:
        leaves, structure = jax.tree.flatten(arguments)
        shapes = [(leaf.shape, str(leaf.dtype)) for leaf in leaves]
        told = [name, repr(sorted(static.items())), str(structure), shapes, self._code, _surroundings()]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()


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


def _read(path: Path) -> Compiled | None:
    """Load a stored program; None if there is none that can be used, whatever is the matter with the file."""
    with suppress(Exception):
        told, content = path.read_bytes().split(b"\n", 1)
        if told == _checksum(path, content):
            program, given, found = pickle.loads(zlib.decompress(content))
            loaded: Compiled = deserialize_and_load(program, given, found, execution_devices=jax.devices()[:1])
            return loaded
    return None


def _write(path: Path, program: Compiled) -> None:
    """Store a program; the file appears whole or not at all."""
    content = zlib.compress(pickle.dumps(serialize(program)), 1)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(_checksum(path, content) + b"\n" + content)
        part.replace(path)


def _checksum(path: Path, content: bytes) -> bytes:
    return hashlib.sha256(path.name.encode() + content).hexdigest().encode()


@contextmanager
def _apart_from_jax_cache() -> Iterator[None]:
    """Compile and do not load from JAX's cache: a program that was loaded cannot be written again, parts are lost."""
    reset_cache()
    jax.config.update("jax_enable_compilation_cache", False)  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        jax.config.update("jax_enable_compilation_cache", True)  # type: ignore[no-untyped-call]
        reset_cache()
