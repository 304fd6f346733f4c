"""Other structures of the model: data, not code, and scored by studies that they were not fitted to."""

from dataclasses import replace

import pytest

from cereblon.calibration.evaluation import QUICK, pose
from cereblon.calibration.structures import MODEL, log_score_difference, structure, structures
from cereblon.core.errors import InputError, UnknownNameError


def test_the_structures_that_were_asked_about_are_there():
    assert list(structures()) == [
        MODEL,
        "one-resistant-clone",
        "additive-kill",
        "shared-sensitivity",
        "without-immune-part",
    ]


def test_the_model_itself_holds_nothing():
    assert structure(MODEL).hold == {}
    assert structure(MODEL).priors == {}


@pytest.mark.parametrize("name", list(structures()))
def test_what_a_structure_holds_does_not_move(name):
    problem = pose(replace(QUICK, structure=name))
    moving = {one.label for one in problem.free}
    for label, value in structure(name).hold.items():
        group, _, parameter = label.partition(".")
        assert label not in moving
        assert problem.base[group][parameter] == value


def test_one_resistant_clone_is_as_large_beforehand_as_the_classes_together_may_be():
    """The fitted log odds are -2.3, -4.3, -3.4 and -7.7, together about -1.9; the prior covers -6 to 0."""
    (multi,) = [
        one
        for one in pose(replace(QUICK, structure="one-resistant-clone")).free
        if one.name == "log_odds_multi_resistant"
    ]
    assert (multi.centre, multi.sd) == (-3.0, 1.5)


def test_an_unknown_structure_is_refused():
    with pytest.raises(UnknownNameError, match="additive"):
        structure("additive")


def test_a_parameter_held_by_hand_adds_to_those_of_the_structure():
    problem = pose(replace(QUICK, structure="additive-kill", held=(("clones.growth", 0.002),)))
    assert (problem.base["clones"]["additivity"], problem.base["clones"]["growth"]) == (1.0, 0.002)
    with pytest.raises(InputError, match=r"clones\.grwth does not exist"):
        pose(replace(QUICK, held=(("clones.grwth", 0.002),)))


def test_the_difference_is_summed_over_studies_with_its_standard_error():
    """Differences 1, 2 and 3: sum 6, standard deviation 1, standard error of the sum root 3."""
    difference, error = log_score_difference({"a": 1.0, "b": 3.0, "c": 5.0}, {"a": 0.0, "b": 1.0, "c": 2.0})
    assert difference == pytest.approx(6.0)
    assert error == pytest.approx(3.0**0.5)
