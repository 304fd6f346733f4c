"""What pomalidomide, carfilzomib, isatuximab and elotuzumab do to clones, effector cells and blood, by the day."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array

from cereblon.model.drugs.disposition import ROUTES
from cereblon.model.drugs.drug import all_drugs
from cereblon.model.drugs.drugs import kinetic_model
from cereblon.model.engine import effects
from cereblon.model.engine.inputs import Subject
from cereblon.model.engine.kinetics import kinetics
from cereblon.model.engine.parameters import model_parameters
from cereblon.model.engine.program import Layout
from cereblon.model.mechanism.treatment import adult

WEEKS = 4
Doses = Mapping[str, tuple[float, str, tuple[int, ...]]]
LENALIDOMIDE = {"lenalidomide": (25.0, "oral", tuple(range(21)))}
POMALIDOMIDE = {"pomalidomide": (4.0, "oral", tuple(range(21)))}
ELOTUZUMAB = {"elotuzumab": (750.0, "iv", (0, 7, 14, 21))}


@cache
def _numbers() -> dict[str, dict[str, Array]]:
    loaded: dict[str, dict[str, Array]] = jax.tree.map(jnp.float32, model_parameters())
    return loaded


def four_weeks(given: Doses) -> effects.DayEffects:
    """Effects of each of 28 days in the reference patient, typical kinetics."""
    drugs = tuple(drug for drug in all_drugs() if drug in given)
    routes = tuple((ROUTES.index(given[drug][1]),) for drug in drugs)
    layout = Layout(drugs=drugs, routes=routes, n_lines=1)
    person = adult()
    said = person._asdict() | {"isotype": 0, "m_protein": person.m_protein_g_l}
    subject = Subject(**{name: jnp.asarray(said.get(name, jnp.nan)) for name in Subject._fields})
    eta = {drug: jnp.zeros(kinetic_model(drug).N_ETA) for drug in drugs}
    amounts = {drug: np.zeros(7 * WEEKS, np.float32) for drug in drugs}
    for drug in drugs:
        amounts[drug][list(given[drug][2])] = given[drug][0]

    def run() -> effects.DayEffects:
        coefficients = kinetics(subject, eta, jnp.int32(1), _numbers(), layout)
        route = {drug: jnp.int32(number) for drug, (number,) in zip(drugs, routes, strict=True)}

        def day(state: effects.DrugState, mg: dict[str, Array]) -> tuple[effects.DrugState, effects.DayEffects]:
            return effects.day(state, mg, route, coefficients, _numbers(), layout)

        first = effects.initial(coefficients, jnp.float32(0.0), layout)
        return jax.lax.scan(day, first, {drug: jnp.asarray(mg) for drug, mg in amounts.items()})[1]

    return jax.jit(run)()


@pytest.mark.slow
def test_elotuzumab_kills_with_an_imid_only() -> None:
    """No patient answered to it alone (Zonder 2012, Blood 120:552)."""
    alone = four_weeks(ELOTUZUMAB)
    assert float(jnp.max(jnp.asarray(alone.kill["elotuzumab"]))) == 0.0
    for partner in (LENALIDOMIDE, POMALIDOMIDE):
        beside = np.asarray(four_weeks(ELOTUZUMAB | partner).kill["elotuzumab"])
        assert beside[7:21].min() > 0.2


def test_slamf7_is_held_by_four_fifths_on_10_mg_a_kg() -> None:
    """More than 80 % is held (10.1007/s40262-017-0585-6); after four weekly doses, of 750 mg for 75 kg."""
    found = four_weeks(ELOTUZUMAB | LENALIDOMIDE)
    imid = np.asarray(found.kill["lenalidomide"])
    held = np.asarray(found.kill["elotuzumab"])[14:21] / (np.asarray(found.effector) * imid)[14:21]
    assert held.min() > 0.8


@pytest.mark.slow
def test_pomalidomide_acts_on_the_target_of_lenalidomide() -> None:
    """4 mg of it against 25 mg: a like signal in the clone, and somewhat less for blood, as potency and exposure say.

    Mean plasma 21 and 87 ug/L over a day of doses; 21 x 3.1 x 0.72 / 0.65 = 72 ug/L as lenalidomide.
    """
    one, other = four_weeks(LENALIDOMIDE), four_weeks(POMALIDOMIDE)
    assert float(other.lenalidomide[14]) == pytest.approx(0.072, rel=0.1)
    ratio = np.asarray(other.kill["pomalidomide"])[14:21] / np.asarray(one.kill["lenalidomide"])[14:21]
    assert 0.8 < ratio.min() < ratio.max() < 1.6
    assert float(other.effector[20]) > 1.0


def test_isatuximab_takes_cd38_and_effector_cells() -> None:
    """Occupancy of CD38 levels off at 80 % with 20 mg/kg (10.1038/s41408-019-0198-4); here weekly, for 75 kg.

    The tolerance is the spread of two readings of flow cytometry.
    """
    found = four_weeks({"isatuximab": (1500.0, "iv", (0, 7, 14, 21))})
    assert float(found.antibody[-1]) == pytest.approx(0.80, abs=0.05)
    assert float(found.effector[-1]) < 1.0
    kill = np.asarray(found.kill["isatuximab"])
    np.testing.assert_allclose(kill, np.asarray(found.antibody * found.effector), rtol=1e-5)


def test_ixazomib_takes_a_part_of_the_proteasome_that_lasts_over_the_week() -> None:
    """Weekly 4 mg, whose half-life is nine days: it acts on the last day of a week too, less than after the dose."""
    found = four_weeks({"ixazomib": (4.0, "oral", (0, 7, 14))})
    occupancy, kill = np.asarray(found.occupancy), np.asarray(found.kill["ixazomib"]).mean(axis=0)
    assert 0.0 < occupancy[13] < occupancy[8] < 1.0
    assert kill[13] > 0.0


def test_more_carfilzomib_kills_more_though_its_first_target_is_nearly_full() -> None:
    """56 against 27 mg/m2, for 1.9 m2: chymotrypsin-like sites are nearly full at both, the other sites are not."""
    days = (0, 1, 7, 8, 14, 15)
    usual, high = (four_weeks({"carfilzomib": (1.9 * dose, "iv", days)}) for dose in (27.0, 56.0))
    held = float(high.occupancy.mean() / usual.occupancy.mean())
    killed = float(np.mean(high.kill["carfilzomib"]) / np.mean(usual.kill["carfilzomib"]))
    assert 1.0 < held < 1.05
    need = model_parameters()["carfilzomib"]["kill_by_other_sites"]
    # Of these sites 46 and 72 % are held after one dose, more after the second, which leaves less to gain.
    assert held + 0.25 * need < killed < held + (0.72 / 0.46 - 1.0) * need


def test_dexamethasone_into_the_vein_acts() -> None:
    """Such an order once had no effect."""
    weekly = (0, 7, 14, 21)
    by_mouth, into_the_vein = (four_weeks({"dexamethasone": (40.0, route, weekly)}) for route in ("oral", "iv"))
    one, other = (np.asarray(found.kill["dexamethasone"]).mean() for found in (by_mouth, into_the_vein))
    assert other == pytest.approx(one, rel=0.1)
