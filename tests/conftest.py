"""One small trial, simulated once in a session, for tests of the runner, its tables and the command line.

What it needs is imported when it is asked for: the other tests know nothing of it.
"""

from __future__ import annotations

import gc
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from beartype.claw import beartype_packages
from hypothesis import settings
from jaxtyping import install_import_hook

from runtime_types import CHECKED, leave_nested_functions_and_named_tuples

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa
    from playwright.sync_api import Browser

    from cereblon.trials.folder import RunFolder
    from cereblon.trials.run import Prepared
    from cereblon.trials.trial import TrialPlan


# Without optimisations, and loops joined by the older of the compiler's two ways: it takes a third of the time,
# and what tests compute is as fast. Sums round otherwise in the last digit than in a program as it is shipped, which
# every tolerance of the tests allows; `XLA_FLAGS= make test` tests programs as they are shipped.
_UNOPTIMISED = (
    "--xla_backend_optimization_level=0",
    "--xla_llvm_disable_expensive_passes=true",
    "--xla_cpu_use_fusion_emitters=false",
)
os.environ.setdefault("XLA_FLAGS", " ".join(_UNOPTIMISED))

# As the command line has it: two processes whose small matrix products take two threads each wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Speed is measured in benchmarks; the first example of a test may also load a library.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

install_import_hook(
    [f"cereblon.model.{room}" for room in ("drugs", "mechanism", "myeloma", "toxicity")],
    "runtime_types.checked",
)
leave_nested_functions_and_named_tuples()
beartype_packages(
    [
        *(f"cereblon.model.{room}" for room in ("dosing", "engine", "exposure", "patients", "regimens")),
        "cereblon.outcomes",
        "cereblon.statistics",
    ],
    conf=CHECKED,
)


def pytest_configure() -> None:
    """Let all processes of the tests, those that tests start too, share what they compile, apart from the user's own.

    It is kept between runs: most changes leave most programs as they were, and what is changed has another key.
    Processes that share out the tests inherit the folder from the one that starts them.
    """
    _build_each_command_once()
    if "PYTEST_XDIST_WORKER" in os.environ:
        return
    from cereblon.core.private_folder import NotPrivateError, make_private

    home = Path(__file__).parents[1] / "build" / "test-cache"
    try:
        make_private(home / "cereblon")
        make_private(home / "cereblon" / "xla")
    except (NotPrivateError, OSError):  # others may write where the checkout lies
        home = Path(tempfile.mkdtemp(prefix="cereblon-test-cache-"))
    os.environ["XDG_CACHE_HOME"] = str(home)
    os.environ["JAX_COMPILATION_CACHE_DIR"] = str(home / "cereblon" / "xla")
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"


def _build_each_command_once() -> None:
    """Build what a command line is declared to be once for all tests: it was built anew at each call.

    A command keeps nothing of a call, and a process of a user makes one.
    """
    import typer.main
    import typer.testing

    build, built = typer.main.get_command, dict[int, tuple[object, object]]()

    def get_command(app: typer.Typer) -> object:
        if id(app) not in built:
            built[id(app)] = (app, build(app))
        return built[id(app)][1]

    typer.main.get_command = typer.testing._get_command = get_command


def pytest_collection() -> None:
    """Search for no circles while tests are found: modules and tests stay, and each search goes through all."""
    gc.disable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as slow what needs a compiled model, and begin with what is slow.

    A compiled model takes half a minute where no test before has compiled it. Of two processes each gets half of the
    tests, in their order, and one that is done takes from the end of the other's: with the slow ones first, folder by
    folder in turn, none is left alone with a long test at the end, and few fixtures are made twice.
    """
    for item in items:
        if "compiled_programs" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)
    slow = [item for item in items if item.get_closest_marker("slow")]
    quick = [item for item in items if not item.get_closest_marker("slow")]
    folders = list(dict.fromkeys(item.path.parent for item in slow))
    first = [item for item in slow if folders.index(item.path.parent) % 2 == 0]
    second = [item for item in slow if folders.index(item.path.parent) % 2]
    room = max(len(items) // 2 - len(first), 0)
    items[:] = [*first, *quick[:room], *second, *quick[room:]]


def pytest_collection_finish() -> None:
    """Leave the objects of all tests, which live as long as the process, out of later searches for circles.

    Searches are fewer, too: as often as they are by default they take a twentieth of the time.
    """
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)
    gc.enable()


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Let compiled programs go between folders where they fill two gigabytes; they are found again in their files."""
    jax = sys.modules.get("jax")
    if jax is None or nextitem is None or nextitem.path.parent == item.path.parent or _resident_bytes() < 2 * 2**30:
        return
    from cereblon.model.engine.release_memory import release_memory

    jax.clear_caches()
    gc.collect()
    release_memory()


def _resident_bytes() -> int:
    """Give the memory that this process holds; 0 where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    from real_browser import CHROMIUM

    with sync_playwright() as play:
        found = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="session")
def compiled_programs() -> str:
    """Keep programs of the model in the folder that the processes of the tests share."""
    from cereblon.model.engine.batch import use_compilation_cache

    use_compilation_cache()
    return os.environ["XDG_CACHE_HOME"]


@pytest.fixture(scope="session")
def small_file() -> Path:
    return Path(__file__).parent / "trials" / "small.yaml"


@pytest.fixture(scope="session")
def small_plan(small_file: Path) -> TrialPlan:
    from cereblon.trials.library import load_trial

    return load_trial(small_file)


@pytest.fixture(scope="session")
def small_prepared(small_plan: TrialPlan, compiled_programs: str) -> Prepared:
    from cereblon.trials.run import prepare

    return prepare(small_plan)


@pytest.fixture(scope="session")
def small_run(small_prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """The run in blocks of 512, the smallest: 1,200 subjects in three blocks. To be read, not written to."""
    from cereblon.trials.running import run_trial

    return run_trial(small_prepared, tmp_path_factory.mktemp("small") / "run", block_size=512)


@pytest.fixture(scope="session")
def small_tables(small_run: RunFolder) -> dict[str, pa.Table]:
    return small_run.tables()


@pytest.fixture(scope="session")
def small_frames(small_tables: dict[str, pa.Table]) -> dict[str, pl.DataFrame]:
    """The tables of the small run with words instead of codes."""
    from plain_tables import plain

    return {name: plain(table) for name, table in small_tables.items()}
