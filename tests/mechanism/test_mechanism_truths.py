"""What is known of lenalidomide's mechanism without numbers: directions, order in time, what depends on what."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from cereblon.model.mechanism.network import load_network
from cereblon.model.mechanism.solve import MarkerCourse
from cereblon.model.mechanism.summary import half_day, mean

Solve = Callable[..., MarkerCourse]
NODES = load_network().nodes
DOWN = ("cereblon", "ikaros", "aiolos", "irf4", "myc", "c_flip", "il_6", "vegf", "growth", "t_cell_ikaros")
DOWN_IN_MARROW = ("progenitor_ikaros", "pu_1", "maturation")
UP = ("growth_arrest", "caspase_8", "cytochrome_c", "caspase_9", "caspase_3", "direct_killing", "il_2", "effector")


def average(course: MarkerCourse, marker: str) -> float:
    return mean(course.markers[marker])


def test_without_drugs_nothing_moves(course: Solve) -> None:
    """The untreated state is a rest of the equations, to rounding in 64 bit."""
    for name, values in course("nothing").markers.items():
        np.testing.assert_allclose(values, NODES[name].untreated, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("marker", DOWN + DOWN_IN_MARROW)
def test_lenalidomide_lowers(course: Solve, marker: str) -> None:
    """Directions of PMID 24292623, 21707574 and 12036884, 10.1111/bjh.12708, and Blood Advances 2018;2:492."""
    assert average(course("r"), marker) < 0.99
    assert course("r").markers[marker].max() <= 1.0 + 1e-9


@pytest.mark.parametrize("marker", UP)
def test_lenalidomide_raises(course: Solve, marker: str) -> None:
    """Directions of PMID 12036884 (caspase-8), 10.3892/mco.2023.2705 (cytochrome c) and 10.1111/bjh.12708."""
    assert average(course("r"), marker) > NODES[marker].untreated + 0.01


@pytest.mark.parametrize("marker", ["proteasome", "glucocorticoid", "antibody", "antibody_killing"])
def test_lenalidomide_alone_leaves_the_targets_of_other_drugs_alone(course: Solve, marker: str) -> None:
    np.testing.assert_array_equal(course("r").markers[marker], NODES[marker].untreated)


def test_events_come_in_the_published_order(course: Solve) -> None:
    """IKZF1 within hours, IRF4 by 8 h, MYC with it, then arrest, caspases, death by day 5 (PMID 21707574)."""
    order = ["cereblon", "ikaros", "irf4", "myc", "growth_arrest", "c_flip", "caspase_8", "caspase_3"]
    days = [half_day(course("r"), marker) for marker in order]
    assert days == sorted(days)
    assert len(set(days)) == len(days)


def test_the_published_times_are_met(course: Solve) -> None:
    """IKZF1 at its lowest within 6 h (from memory), IRF4 down and no arrest at 8 h, death signal by day 5."""
    markers, day = course("r").markers, course("r").day
    at = {hours: int(np.argmin(np.abs(day - hours / 24.0))) for hours in (3, 6, 8, 24, 120)}
    assert markers["ikaros"][at[3]] < 0.3
    assert markers["ikaros"][: at[24]].argmin() < at[6]
    assert markers["irf4"][at[8]] < 0.65
    assert markers["growth_arrest"][at[8]] < 0.3
    assert markers["direct_killing"][at[120]] > 0.85 * markers["direct_killing"].max()


def test_ikzf1_is_back_a_day_after_the_last_dose_and_killing_is_not(course: Solve) -> None:
    """Recovery within one to three days after wash-out (from memory); the chain behind it takes two days more."""
    markers, day = course("r").markers, course("r").day
    a_day_after = int(np.argmin(np.abs(day - 22.0)))
    assert markers["ikaros"][a_day_after] > 0.9
    assert markers["direct_killing"][a_day_after] > 0.4 * markers["direct_killing"].max()


def test_dexamethasone_and_lenalidomide_do_more_on_caspase_3_than_their_sum(course: Solve) -> None:
    """Extrinsic plus intrinsic pathway exceed their sum (product label, section 12.1; PMID 12036884)."""
    rise = {key: average(course(key), "caspase_3") - 1.0 for key in ("r", "d", "rd")}
    assert rise["d"] > 0.0
    assert rise["rd"] > 1.02 * (rise["r"] + rise["d"])


def test_without_the_synergy_parameter_caspase_3_is_the_sum(course: Solve) -> None:
    rise = {
        key: average(course(key, changes=[("caspase_3_synergy", 0.0)]), "caspase_3") - 1.0 for key in ("r", "d", "rd")
    }
    assert rise["rd"] == pytest.approx(rise["r"] + rise["d"], rel=1e-9)


def test_bortezomib_and_lenalidomide_do_more_on_caspase_3_than_their_sum(course: Solve) -> None:
    """Analogues potentiate bortezomib (PMID 12036884)."""
    rise = {key: average(course(key), "caspase_3") - 1.0 for key in ("r", "v", "rv")}
    assert rise["rv"] > 1.02 * (rise["r"] + rise["v"])


def test_dexamethasone_lowers_the_immune_part_and_nothing_of_direct_killing(course: Solve) -> None:
    """NK killing raised by lenalidomide falls under dexamethasone (Hsu 2011); at weekly doses not all of it."""
    gain = {key: average(course(key), "effector") - 1.0 for key in ("r", "rd")}
    assert 0.0 < gain["rd"] < 0.95 * gain["r"]
    np.testing.assert_array_equal(course("rd").markers["direct_killing"], course("r").markers["direct_killing"])


def test_dexamethasone_every_day_takes_nearly_the_whole_immune_gain(course: Solve) -> None:
    """In the dish, where dexamethasone stays, the whole gain goes (Hsu 2011)."""
    gain = {key: average(course(key), "effector") - 1.0 for key in ("r", "rd daily")}
    assert gain["rd daily"] < 0.1 * gain["r"]


def test_loss_of_cereblon_in_the_clone_removes_direct_killing_only(course: Solve) -> None:
    """Resistant to lenalidomide, not to bortezomib or dexamethasone (Blood 2011;118:4771); immunity keeps its own."""
    whole, lost = course("rda"), course("rda", knockout=["cereblon"])
    np.testing.assert_array_equal(lost.markers["direct_killing"], 0.0)
    for marker in ("ikaros", "irf4", "myc", "c_flip", "caspase_8"):
        np.testing.assert_array_equal(lost.markers[marker], 1.0)
    for marker in ("effector", "antibody_killing", "il_6", "vegf", "t_cell_ikaros", "maturation", "glucocorticoid"):
        np.testing.assert_array_equal(lost.markers[marker], whole.markers[marker])


@pytest.mark.parametrize("key", ["d", "v"])
def test_loss_of_cereblon_leaves_other_drugs_as_they_are(course: Solve, key: str) -> None:
    for marker, values in course(key).markers.items():
        np.testing.assert_array_equal(course(key, knockout=["cereblon"]).markers[marker], values, err_msg=marker)


def test_loss_of_effector_response_leaves_direct_killing(course: Solve) -> None:
    lost = course("rda", knockout=["effector"])
    np.testing.assert_array_equal(lost.markers["direct_killing"], course("rda").markers["direct_killing"])
    np.testing.assert_allclose(lost.markers["antibody_killing"], lost.markers["antibody"], rtol=1e-12)


@pytest.mark.parametrize("marker", DOWN + DOWN_IN_MARROW + UP)
def test_a_higher_dose_does_more(course: Solve, marker: str) -> None:
    moved = [abs(average(course(key), marker) - NODES[marker].untreated) for key in ("r5", "r10", "r")]
    assert moved[0] < moved[1] < moved[2]


@pytest.mark.parametrize("marker", DOWN + DOWN_IN_MARROW + UP)
def test_renal_impairment_makes_every_effect_of_lenalidomide_stronger(course: Solve, marker: str) -> None:
    moved = [abs(average(course("r", crcl=crcl), marker) - NODES[marker].untreated) for crcl in (None, 30.0)]
    assert moved[1] > 1.05 * moved[0]


def test_killing_saturates_with_dose_more_than_the_marrow_block(course: Solve) -> None:
    """From 5 to 25 mg exposure is fivefold; neutropenia follows exposure, killing much less."""
    killing, block = (
        abs(average(course("r"), name) - NODES[name].untreated)
        / abs(average(course("r5"), name) - NODES[name].untreated)
        for name in ("direct_killing", "maturation")
    )
    assert killing < 2.5 < 3.5 < block < 5.0


def test_bortezomib_leaves_the_proteasome_faster_than_carfilzomib(course: Solve) -> None:
    """Reversible binding against renewal: of the highest occupancy more than half is left two days after carfilzomib.

    Carfilzomib: 80 % inhibition kept for 48 h (label). Bortezomib is given weekly here, so day 2 follows one dose;
    carfilzomib on days 0 and 1, so two days later is day 3.
    """
    left = {}
    for key, day in (("v", 2.0), ("k", 3.0)):
        occupied = course(key).inputs["proteasome_occupancy"]
        left[key] = occupied[np.argmin(np.abs(course(key).day - day))] / occupied.max()
    assert left["k"] > 0.5
    assert left["v"] < 0.5


@pytest.mark.parametrize("key", ["v", "k", "i"])
def test_every_proteasome_inhibitor_acts_through_the_intrinsic_pathway(course: Solve, key: str) -> None:
    assert 0.0 < course(key).inputs["proteasome_occupancy"].max() <= 1.0
    assert average(course(key), "caspase_9") > 1.01
    np.testing.assert_array_equal(course(key).markers["direct_killing"], 0.0)


def test_daratumumab_kills_by_bound_target_times_effector_state(course: Solve) -> None:
    """Lenalidomide raises antibody killing (van der Veer 2011); daratumumab itself lowers effectors (fratricide)."""
    for key in ("a", "ra", "rda"):
        m = course(key).markers
        np.testing.assert_allclose(m["antibody_killing"], m["antibody"] * m["effector"], rtol=1e-12)
    assert average(course("a"), "effector") < 1.0
    assert average(course("ra"), "antibody_killing") > 1.05 * average(course("a"), "antibody_killing")


def test_exhaustion_limits_the_effector_state_once_it_is_on(course: Solve) -> None:
    tired = course("r", changes=[("effector_exhaustion", 0.5)])
    assert average(tired, "effector") < average(course("r"), "effector")


def test_a_proteasome_that_is_needed_for_degradation_spares_ikzf1(course: Solve) -> None:
    """The antagonism seen in cell lines (PMC8936587), off by default."""
    needed = course("rv", changes=[("proteasome_on_degradation", 1.0)])
    assert average(needed, "ikaros") > average(course("rv"), "ikaros")
    np.testing.assert_array_equal(course("rv").markers["ikaros"], course("r").markers["ikaros"])
