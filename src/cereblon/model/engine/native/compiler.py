"""Makes machine code of a generated kernel with the C++ compiler that is at hand, and loads it."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import jax

from cereblon.core.errors import CereblonError, InputError
from cereblon.model.engine.native.lanes import LANES_HEADER

SETTING = "CEREBLON_KERNEL"
NATIVE, JAX = "native", "jax"

_COMPILER = "g++"
_NEEDED = {"avx512f", "avx512bw", "avx512dq", "avx512vl", "fma"}
# Nothing here may change a result: products and sums are fused where the kernel says so, and nowhere else. The
# kernel's statements are as few as they can be when they are written, so that `-O2` takes twice as long for the same
# speed.
_OPTIONS = (
    *("-Og", "-std=c++17", "-shared", "-fPIC", "-w"),
    *(f"-m{name}" for name in sorted(_NEEDED)),
    *("-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"),
    *("-fno-exceptions", "-fno-asynchronous-unwind-tables", "-fira-region=one"),
)


def chosen_kernel() -> str:
    """Tell how weeks are computed on this machine: by a native kernel, or by the program that JAX compiles.

    The environment variable `CEREBLON_KERNEL` says so; unless it does, a native kernel where there is a compiler for
    it and the processor has its instructions. Both give the same tables but for the last digits of numbers.

    Raises
    ------
    InputError
        If the variable says something else, or asks for a kernel that cannot be made here.
    """
    asked = os.environ.get(SETTING, "")
    if asked not in ("", NATIVE, JAX):
        raise InputError(f"{SETTING} is {asked!r}; it can be {NATIVE} or {JAX}")
    missing = _missing()
    if asked == NATIVE and missing:
        raise InputError(f"{SETTING} is {NATIVE}, and {missing}", hint=f"install it, or set {SETTING}={JAX}")
    return asked or (JAX if missing else NATIVE)


@cache
def _missing() -> str:
    """Say what is missing for a native kernel; nothing if nothing is."""
    if jax.default_backend() != "cpu":
        return f"JAX computes on a {jax.default_backend()}"
    if not sys.platform.startswith("linux") or not hasattr(os, "memfd_create"):
        return "kernels are made on Linux alone"
    if not _instructions() >= _NEEDED:
        return "the processor has no AVX-512 instructions"
    return "" if shutil.which(_COMPILER) else f"there is no compiler {_COMPILER}"


def _instructions() -> set[str]:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return set()
    return set(next((line for line in lines if line.startswith("flags")), "").partition(":")[2].split())


@cache
def compiled(source: str) -> bytes:
    """Give the machine code of a kernel.

    Raises
    ------
    CereblonError
        If the compiler fails.
    """
    with tempfile.TemporaryDirectory() as folder:  # open to its owner alone
        place = Path(folder)
        (place / "lanes.h").write_text(LANES_HEADER, encoding="utf-8")
        (place / "kernel.cpp").write_text(source, encoding="utf-8")
        command = [_COMPILER, *_OPTIONS, "-o", "kernel.so", "kernel.cpp"]
        try:
            subprocess.run(command, cwd=place, check=True, capture_output=True, stdin=subprocess.DEVNULL)
            return (place / "kernel.so").read_bytes()
        except (OSError, subprocess.CalledProcessError) as error:
            said = getattr(error, "stderr", b"") or str(error).encode()
            raise CereblonError(
                f"{_COMPILER} could not compile the kernel: {said.decode(errors='replace').strip()[:300]}",
                hint=f"set {SETTING}={JAX} to compute without it",
            ) from error


@cache
def loaded(code: bytes) -> ctypes.CDLL:
    """Load machine code from memory: what was checked is what runs, whatever becomes of files.

    The descriptor stays open, since the loader tells libraries apart by their names.
    """
    descriptor = os.memfd_create("kernel", os.MFD_CLOEXEC)
    with os.fdopen(os.dup(descriptor), "wb") as stream:
        stream.write(code)
    return ctypes.CDLL(f"/proc/self/fd/{descriptor}")
