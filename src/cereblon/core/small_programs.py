"""The many small programs that JAX compiles for single operations, kept between runs in the user's cache folder."""

from __future__ import annotations

from pathlib import Path

import jax

from cereblon.core.errors import warn
from cereblon.core.private_folder import NotPrivateError, make_private, remove_oldest, user_cache

MOST_BYTES = 256 * 2**20
"""All programs of a folder together; one of the model has 2 MB, a small one some KB."""


def keep_small_programs() -> Path | None:
    """Let JAX keep what it compiles; where the folder is not the user's alone, or cannot be written, nothing is kept.

    JAX reads its folder without asking whose it is: it is tidied and closed to others first.

    Returns
    -------
        The folder of what the user's commands keep, open to nobody else; none where nothing is kept.
    """
    home = user_cache()
    folder = home / "xla"
    kept: str | None = str(folder)
    if jax.config.values["jax_compilation_cache_dir"] == kept:
        return home
    try:
        make_private(home)
        make_private(folder)
        remove_oldest(folder, "*-cache", most_bytes=MOST_BYTES)
    except NotPrivateError as error:
        warn(f"no compiled programs are kept: {error}; remove it or set XDG_CACHE_HOME")
        kept = None
    except OSError:  # a home folder that cannot be written
        kept = None
    jax.config.update("jax_compilation_cache_dir", kept)  # type: ignore[no-untyped-call]
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)  # type: ignore[no-untyped-call]
    return home if kept else None
