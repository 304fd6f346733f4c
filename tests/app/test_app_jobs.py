"""Simulations beside the app: stopped, resumed, failed, found again after the app was killed."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cereblon.app.job_pages import own_policy
from cereblon.app.jobs import Job, Jobs
from cereblon.core.errors import InputError, UnknownNameError
from cereblon.core.one_writer import writer_of


def until(jobs: Jobs, job: Job, *states: str, seconds: float = 120.0) -> str:
    end = time.monotonic() + seconds
    while jobs.state(job) not in states and time.monotonic() < end:
        time.sleep(0.1)
    return jobs.state(job)


def test_a_simulation_that_cannot_be_made_fails_with_its_reason(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path / "jobs")
    job = jobs.start("nonsense", "compare", "no-such-study", {"replicates": 2})
    assert until(jobs, job, "failed", "finished") == "failed"
    assert any("no-such-study" in line for line in jobs.progress(job)[0])


def test_a_simulation_is_stopped_and_can_go_on(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path / "jobs")
    job = jobs.start("SWOG S0777", "compare", "swog-s0777", {"replicates": 2})
    assert jobs.state(job) == "running"
    jobs.stop(job.key)
    assert jobs.state(job) == "stopped"
    jobs.resume(job.key)
    assert jobs.state(job) == "running"
    jobs.stop_all()
    assert jobs.state(job) == "stopped"


def test_what_an_app_that_was_killed_left_is_found_by_the_next(tmp_path: Path) -> None:
    first = Jobs(tmp_path / "jobs")
    job = first.start("SWOG S0777", "compare", "swog-s0777", {"replicates": 2})
    first.stop(job.key)
    (tmp_path / "jobs" / job.key / "answer.txt").write_text("26 of 32", encoding="utf-8")
    (tmp_path / "jobs" / "no-job").mkdir()
    (tmp_path / "jobs" / "torn").mkdir()
    (tmp_path / "jobs" / "torn" / "job.json").write_text("{", encoding="utf-8")
    again = Jobs(tmp_path / "jobs")
    assert again.all() == [job]
    assert again.state(job) == "finished"
    assert again.answer(job) == "26 of 32"


@pytest.mark.slow
def test_windows_that_ask_at_once_start_and_stop_each_their_own(tmp_path: Path) -> None:
    """Four jobs start at the same moment, every other one a long one that is stopped; each meets its own end."""
    jobs = Jobs(tmp_path / "jobs")
    asked = ["swog-s0777" if number % 2 == 0 else f"no-such-{number}" for number in range(4)]
    with ThreadPoolExecutor(4) as windows:
        started = list(
            windows.map(lambda n: jobs.start(f"window {n}", "compare", asked[n], {"replicates": 2}), range(4))
        )
        assert len({job.key for job in started}) == 4
        list(windows.map(lambda job: jobs.stop(job.key), started[::2]))
        for number, job in enumerate(started):
            end = until(jobs, job, "failed", "stopped")
            assert end == ("stopped" if number % 2 == 0 else "failed")
        for number, job in enumerate(started[1::2]):
            assert any(f"no-such-{2 * number + 1}" in line for line in jobs.progress(job)[0])


def test_two_windows_that_go_on_at_once_start_one_process(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path / "jobs")
    job = jobs.start("nonsense", "compare", "no-such-study", {"replicates": 2})
    jobs.stop(job.key)
    with ThreadPoolExecutor(2) as windows:
        list(windows.map(lambda _: jobs.resume(job.key), range(2)))
    first = jobs._processes[job.key]
    assert jobs.resume(job.key) == job
    assert jobs._processes[job.key] is first
    jobs.stop_all()


@pytest.mark.slow
def test_what_runs_on_after_the_app_was_killed_is_seen_and_stopped_by_the_next(tmp_path: Path) -> None:
    """The process of the job outlives an app that is killed; the lock of its folder says that it is there."""
    folder = tmp_path / "jobs"
    first = Jobs(folder)
    job = first.start("SWOG S0777", "compare", "swog-s0777", {"replicates": 2})
    end = time.monotonic() + 60
    while writer_of(folder / job.key) is None and time.monotonic() < end:
        time.sleep(0.1)
    second = Jobs(folder)
    assert second.state(job) == "running"
    assert second.resume(job.key) == job
    assert second._processes == {}
    second.stop(job.key)
    assert second.state(job) == "stopped"
    first.stop_all()


def test_a_job_says_how_long_it_has_been_running(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path / "jobs")
    job = jobs.start("nonsense", "compare", "no-such-study", {"replicates": 2})
    jobs._started[job.key] -= 12
    assert 12 <= jobs.seconds(job) < 60
    jobs.stop_all()
    assert Jobs(tmp_path / "jobs").seconds(job) >= 0


def test_a_key_leads_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "job.json").write_text(json.dumps({"key": "x"}), encoding="utf-8")
    jobs = Jobs(tmp_path / "jobs")
    for key in ("..", "../..", "/etc", "", "a/b"):
        with pytest.raises(UnknownNameError):
            jobs.find(key)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be made a folder"):
        Jobs(tmp_path / "file" / "jobs")


def test_one_damaged_folder_hides_no_other_simulation(tmp_path: Path) -> None:
    folder = tmp_path / "jobs"
    jobs = Jobs(folder)
    described = {"title": "a", "function": "simulate", "subject": "trial.yaml", "options": {}, "begun": "2026-01-01"}
    damaged = {"deep": "[" * 100_000, "options": described | {"options": 5}, "elsewhere": described | {"key": "../x"}}
    for name, content in {**damaged, "title": described | {"title": None}, "whole": described}.items():
        (folder / name).mkdir()
        text = content if isinstance(content, str) else json.dumps({"key": name} | content)
        (folder / name / "job.json").write_text(text, encoding="utf-8")
    (job,) = jobs.all()
    assert job.key == "whole"
    (folder / "whole" / "answer.txt").write_bytes(b"\xff")
    (folder / "whole" / "log.txt").write_text("9" * 5000 + " %|", encoding="utf-8")
    assert jobs.answer(job)
    assert jobs.progress(job) == ([], None)


def test_what_goes_on_is_told_while_nothing_is_done_yet(tmp_path: Path) -> None:
    """The bar of the command in words, as it last stood: a job that compiles says so, and its time passes."""
    folder = tmp_path / "jobs"
    jobs = Jobs(folder)
    (folder / "one").mkdir()
    described = {"title": "a", "function": "simulate", "subject": "trial.yaml", "options": {}, "begun": "2026-01-01"}
    (folder / "one" / "job.json").write_text(json.dumps({"key": "one"} | described), encoding="utf-8")
    bars = [f"compiling, once:   0 %|        | 0 of 900 subjects [00:0{second}, ? left]" for second in (5, 6)]
    (folder / "one" / "log.txt").write_text("seed 7\n" + "\r".join(bars) + "\nwriting\n", encoding="utf-8")
    (job,) = jobs.all()
    assert jobs.progress(job) == (["seed 7", "compiling, once: 0 of 900 subjects [00:06, ? left]", "writing"], 0)
    (folder / "one" / "log.txt").write_text("\r".join(bars * 200), encoding="utf-8")
    assert jobs.progress(job)[0] == ["compiling, once: 0 of 900 subjects [00:06, ? left]"]


def test_a_report_without_a_policy_runs_nothing() -> None:
    assert own_policy("<p>a page</p>") == "default-src 'none'; frame-ancestors 'self'"
    stated = '<meta http-equiv="Content-Security-Policy" content="default-src\n&#39;self&#39;">'
    assert own_policy(stated) == "default-src 'self'; frame-ancestors 'self'"
