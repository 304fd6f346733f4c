"""How trials record complete response is estimated from calibration studies alone, and ships as estimated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cereblon.calibration.response_record import as_yaml, estimate_record
from cereblon.core.errors import InputError
from cereblon.core.yaml_files import parse_yaml
from cereblon.evidence import load_study
from cereblon.model.engine.ensemble import load_ensemble
from cereblon.trials.response_ascertainment import habits


def test_what_is_shipped_is_what_the_shipped_draws_give() -> None:
    """Where the draws have changed, `as_yaml` of the estimate is the new `response_record.yaml`."""
    ensemble = load_ensemble()
    written = as_yaml(estimate_record(ensemble), fingerprint=ensemble.provenance["fingerprint"])
    shipped = habits()
    fresh = parse_yaml(written, where="fresh")
    assert shipped.mean == pytest.approx(fresh["mean"], abs=2e-4)
    assert np.array(shipped.covariance) == pytest.approx(np.array(fresh["covariance"]), abs=2e-4)
    assert shipped.spread == pytest.approx(fresh["spread"], abs=0.011)


def test_each_study_is_of_role_calibration_and_another_is_refused() -> None:
    ensemble = load_ensemble()
    found = estimate_record(ensemble)
    assert {load_study(study).role for study in found.left_out} == {"calibration"}
    rows = [dict(row) for row in ensemble.provenance["predicted"]]
    next(row for row in rows if row["endpoint"] == "cr_or_better")["study"] = "maia"
    with pytest.raises(InputError, match="maia: role validation"):
        estimate_record(replace(ensemble, provenance={**ensemble.provenance, "predicted": rows}))


def test_the_features_predict_studies_that_were_left_out_better_than_nothing() -> None:
    """Of five studies; the sum of squares of what is left must be less than of what was there."""
    left_out = estimate_record(load_ensemble()).left_out.values()
    assert sum((seen - said) ** 2 for seen, said in left_out) < 0.7 * sum(seen**2 for seen, _ in left_out)


def test_a_habit_put_into_the_targets_is_found_again() -> None:
    """Every expected number is set to the published one minus 0.8 where residual disease is tested.

    Nine numbers with a standard error near 0.25 and a prior of 0.7: what is found is between half of it and all.
    """
    ensemble = load_ensemble()
    rows = []
    for row in ensemble.provenance["predicted"]:
        tested = any(fact.endpoint.startswith("mrd_") for fact in load_study(row["study"]).facts)
        share = row["published"] / 100.0
        logit = float(np.log(share / (1.0 - share))) if row["endpoint"] == "cr_or_better" else 0.0
        rows.append({**row, "centre": logit - 0.8 * tested})
    found = estimate_record(replace(ensemble, provenance={**ensemble.provenance, "predicted": rows}))
    assert 0.4 < found.mean[1] <= 0.8
    assert abs(found.mean[0]) < 0.2
