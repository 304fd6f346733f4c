"""A whole fit in quick mode: reproducible, resumable, and blind to studies of role validation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from shutil import copytree
from types import SimpleNamespace

import numpy as np
import pytest

from cereblon.calibration.evaluation import QUICK, Evaluations, pose, prior_members, stored_run
from cereblon.calibration.fit import fit, parameter_covariance
from cereblon.calibration.posterior import ensemble_of, sentences
from cereblon.calibration.structure_table import compare_structures, structure_page
from cereblon.calibration.structures import MODEL, log_score_difference
from cereblon.core.errors import CereblonWarning, InputError
from cereblon.evidence import library
from cereblon.model.engine.ensemble import Ensemble, load_ensemble, save_ensemble, version_changes
from cereblon.model.engine.parameters import model_parameters


def forbidding(load):
    def guarded(study_id):
        study = load(study_id)
        if study.role == "validation":
            raise AssertionError(f"{study_id} was read during calibration, and its role is validation")
        return study

    return guarded


@pytest.fixture(scope="module")
def quick(compiled_programs, tmp_path_factory):
    """Fit twice from the same seed, the second time from the kept runs, while validation studies are locked away."""
    lock = pytest.MonkeyPatch()
    lock.setattr(library, "_packaged_study", forbidding(library._packaged_study))
    work = tmp_path_factory.mktemp("work")
    said: list[str] = []
    try:
        problem = pose(QUICK)
        first = ensemble_of(problem, fit(problem, Evaluations(problem, work), said.append))
        stamps = {path.name: path.stat().st_mtime_ns for path in work.glob("*.npz")}
        (work / "final-003.npz").unlink()
        second = ensemble_of(problem, fit(problem, Evaluations(problem, work), said.append))
    finally:
        lock.undo()
    first_u = prior_members(QUICK.members, len(problem.free), QUICK.seed)
    return SimpleNamespace(
        problem=problem, first_u=first_u, first=first, second=second, work=work, stamps=stamps, said=said
    )


def test_the_lock_of_this_test_would_catch_a_read(monkeypatch):
    monkeypatch.setattr(library, "_packaged_study", forbidding(library._packaged_study))
    with pytest.raises(AssertionError, match="maia was read during calibration"):
        library.load_study("maia")
    with pytest.raises(AssertionError, match="role is validation"):
        library.load_all()


def test_a_fit_reads_no_validation_study(quick):
    """The fixture's lock raises at the first read."""
    assert quick.first.provenance["studies"] == ["mm009-mm010-pooled", "len-single-agent-014"]


def test_the_same_seed_gives_the_same_ensemble_to_the_bit(quick):
    assert np.array_equal(quick.first.values, quick.second.values)
    assert quick.first.provenance == quick.second.provenance


def test_finished_runs_are_not_repeated(quick):
    now = {path.name: path.stat().st_mtime_ns for path in quick.work.glob("*.npz")}
    assert {name for name in now if now[name] != quick.stamps[name]} == {"final-003.npz"}


def test_members_with_the_same_parameters_have_people_of_their_own(quick):
    """Otherwise the chance of one set of patients would pass for what the model says."""
    same = np.zeros((2, len(quick.problem.free)))
    first, second = Evaluations(quick.problem, None).run(same, step="same", block=5)
    assert not np.array_equal(first, second)


def test_luck_taken_out_of_a_spread_leaves_a_covariance(quick):
    y = Evaluations(quick.problem, quick.work).run(quick.first_u, step="step0", block=0)
    found = parameter_covariance(quick.problem, y)
    assert np.linalg.eigvalsh(found).min() > -1e-9
    assert (np.diag(found) <= y.var(axis=0, ddof=1) + 1e-12).all()


def test_runs_of_another_calibration_are_not_continued(quick):
    other = pose(replace(QUICK, seed=1))
    with pytest.raises(InputError, match="holds runs of a calibration with other settings"):
        Evaluations(other, quick.work)


@pytest.mark.parametrize("content", [b"", b"[1]", b"{", b'{"fingerprint": "' + b"0" * 64 + b'"}'])
def test_a_damaged_note_of_a_calibration_is_refused_in_words(quick, tmp_path, content):
    (tmp_path / "calibration.json").write_bytes(content)
    with pytest.raises(InputError, match=r"calibration\.json|holds runs of a calibration"):
        Evaluations(quick.problem, tmp_path)


def test_a_note_that_is_there_is_not_written_again(quick):
    """A full disk must not leave it at no bytes, after which nothing goes on."""
    note = quick.work / "calibration.json"
    before = note.stat()
    Evaluations(quick.problem, quick.work)
    assert (note.stat().st_ino, note.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_damaged_file_of_a_finished_run_is_simulated_again(quick, tmp_path):
    for content in (b"", b"PK\x03\x04 broken", b"\x80\x04."):
        kept = tmp_path / "step0-000.npz"
        kept.write_bytes(content)
        with pytest.warns(CereblonWarning, match="is damaged; this run of the calibration is simulated again"):
            assert stored_run(kept, quick.first_u[0], targets=len(quick.problem.targets)) is None


def test_an_ensemble_says_what_it_is_made_of(quick):
    made = quick.first.provenance
    assert made["settings"]["seed"] == QUICK.seed
    assert len(made["evidence"]) == 64
    assert [note["when"] for note in made["trace"]] == ["before assimilation 1", "after the last assimilation"]
    assert {row["parameter"] for row in made["parameters"]} == {one.label for one in quick.problem.free}
    assert set(made["methods"]) == {"smoother", "sampler"}
    assert any("kept:" in line for line in sentences(quick.first))


def test_an_ensemble_survives_its_files(quick, tmp_path: Path):
    save_ensemble(tmp_path, quick.first)
    read = load_ensemble(tmp_path)
    assert read.names == quick.first.names
    assert read.values == pytest.approx(quick.first.values, rel=1e-5)  # six digits are written
    assert read.between_trial_sd() == quick.first.between_trial_sd()


def test_an_ensemble_of_another_model_is_refused_with_the_reason(quick, tmp_path: Path):
    fixed = {group: dict(values) for group, values in quick.first.provenance["fixed"].items()}
    fixed["clones"]["growth_iss"] = 0.3
    fixed["effects"].pop("imid_delay")
    stale = Ensemble(
        names=quick.first.names, values=quick.first.values, provenance={**quick.first.provenance, "fixed": fixed}
    )
    save_ensemble(tmp_path, stale)
    with pytest.raises(InputError, match=r"growth_iss was 0.3, is 0.15; effects.imid_delay is new"):
        load_ensemble(tmp_path)


def test_a_damaged_ensemble_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match="no ensemble there"):
        load_ensemble(tmp_path)
    (tmp_path / "ensemble.json").write_text("{}")
    (tmp_path / "ensemble.csv").write_text("clones.growth\n0.1\n")
    with pytest.raises(InputError, match="not an ensemble of format"):
        load_ensemble(tmp_path)


def test_a_parameter_that_is_gone_is_told(quick):
    stranger = Ensemble(names=(("clones", "colour"),), values=np.ones((2, 1)), provenance=quick.first.provenance)
    assert "clones.colour is not a parameter of the model" in version_changes(stranger, model_parameters())


def test_two_replicate_trials_share_a_draw_and_a_held_parameter_stays(quick):
    ensemble = quick.first
    drawn = ensemble.of_replicates(np.array([0, 0, 1, 2, 3]), draws=4, held=[("clones", "growth")])
    assert "growth" not in drawn["clones"]
    kill = drawn["lenalidomide"]["kill"]
    assert kill[0] == kill[1] == kill[2] != kill[3]
    assert kill[3] == kill[4]


def test_a_small_comparison_fits_both_structures_and_says_by_how_much_they_differ(quick, tmp_path):
    """Runs of the model itself are those of the fit, which has the same settings, and are not repeated."""
    of_model = copytree(quick.work, tmp_path / MODEL)
    stamps = {path.name: path.stat().st_mtime_ns for path in of_model.glob("*.npz")}
    found = compare_structures([MODEL, "additive-kill"], QUICK, tmp_path, lambda text: None)
    assert {path.name: path.stat().st_mtime_ns for path in of_model.glob("*.npz")} == stamps
    assert len(list((tmp_path / "additive-kill").glob("*.npz"))) == 2 * QUICK.members
    assert [one.name for one in found] == [MODEL, "additive-kill"]
    assert set(found[0].by_study) == set(QUICK.studies)
    page = structure_page(found, QUICK)
    assert "| additive kill | kills of the drugs add up in full |" in page
    difference, error = log_score_difference(found[1].by_study, found[0].by_study)
    assert f"{difference:+.1f} ± {error:.1f}" in page


def test_a_held_parameter_is_not_fitted():
    problem = pose(replace(QUICK, held=(("clones.additivity", 1.0),)))
    assert problem.base["clones"]["additivity"] == 1.0
    assert "clones.additivity" not in {one.label for one in problem.free}


def test_a_validation_study_cannot_be_posed():
    with pytest.raises(InputError, match="maia: role validation"):
        pose(replace(QUICK, studies=("aspire", "maia")))
