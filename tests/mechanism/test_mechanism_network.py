"""The network as written: formulas, edges, signs and evidence agree, and contradictions are refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from cereblon.core.errors import InputError, UnknownNameError
from cereblon.core.parameter import load_parameters
from cereblon.model.mechanism.drivers import drivers
from cereblon.model.mechanism.formulas import evaluate, names_in
from cereblon.model.mechanism.network import Edge, check, constants, load_network, parameters_used
from cereblon.model.mechanism.scenarios import PARTNERS, treatment
from cereblon.model.mechanism.solve import MarkerCourse, solve, untreated
from cereblon.model.mechanism.summary import edge_rows, full_labels, strengths
from cereblon.model.mechanism.treatment import Treatment, TreatmentDose, adult

NETWORK = load_network()
Solve = Callable[..., MarkerCourse]


@pytest.mark.parametrize("edge", NETWORK.edges, ids=lambda edge: f"{edge.source_node} to {edge.target}")
def test_a_formula_has_the_sign_that_the_evidence_gives(edge: Edge) -> None:
    """The derivative of the target's formula by the source, at twenty states between untreated and full effect."""
    everything = NETWORK.inputs | NETWORK.nodes
    rest = untreated() | dict.fromkeys(NETWORK.inputs, 0.0)
    numbers = constants() | ({edge.switch: 0.5} if edge.switch else {})
    formula = NETWORK.nodes[edge.target].formula
    derivative = jax.jit(jax.grad(lambda x, known: jnp.asarray(evaluate(formula, known | {edge.source_node: x}))))
    draws = np.random.default_rng(7)
    signs = set()
    for _ in range(20):
        share = draws.uniform(0.05, 0.95)
        known = {name: rest[name] + share * (thing.full - rest[name]) for name, thing in everything.items()}
        known = {name: jnp.float32(value) for name, value in (numbers | known).items()}
        signs.add(float(jnp.sign(derivative(known[edge.source_node], known))))
    wanted = 1.0 if edge.sign == "+" else -1.0
    assert wanted in signs
    assert signs <= {wanted, 0.0}  # 0 where max(a, b) takes the other branch


@pytest.mark.parametrize("edge", NETWORK.edges, ids=lambda edge: f"{edge.source_node} to {edge.target}")
def test_a_published_direction_names_its_document(edge: Edge) -> None:
    if edge.quality == "published":
        assert re.search(r"10\.\d{4,}/|PMID|https?://|labels", edge.source), edge.source


def test_every_named_marker_is_there() -> None:
    """The chain that the review of this project's origin names (10.3892/mco.2023.2705), and its neighbours."""
    named = {"cereblon", "ikaros", "aiolos", "irf4", "myc", "caspase_8", "cytochrome_c", "caspase_9", "caspase_3"}
    assert named | {"il_6", "vegf", "effector", "maturation"} <= set(NETWORK.nodes)
    assert len(set(full_labels().values())) == len(NETWORK.nodes)


def test_every_parameter_of_the_network_is_used() -> None:
    used = {name for node in NETWORK.nodes.values() for name in names_in(node.formula)}
    assert set(load_parameters("mechanism")) <= used


def test_every_parameter_of_the_network_is_explained_by_its_concept() -> None:
    page = (Path(__file__).parents[2] / "docs" / "concepts" / "mechanism.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`mechanism\.(\w+)`", page))
    assert named == set(load_parameters("mechanism"))


def test_an_edge_without_a_formula_and_a_formula_without_an_edge_are_refused() -> None:
    wrong = NETWORK.edges[0].model_copy(update={"source_node": "il_6"})
    with pytest.raises(InputError) as refused:
        check(NETWORK.model_copy(update={"edges": (wrong, *NETWORK.edges[1:])}), parameters_used(), where="here")
    assert "here, edge il_6 to cereblon: the formula of cereblon does not use il_6" in refused.value.message
    assert "here, cereblon: uses lenalidomide without an edge" in refused.value.message


def test_a_name_that_is_neither_node_nor_parameter_is_refused() -> None:
    node = NETWORK.nodes["myc"].model_copy(update={"rate": "irf4 - mycc"})
    with pytest.raises(InputError, match="myc: mycc is neither a node nor a parameter"):
        check(NETWORK.model_copy(update={"nodes": NETWORK.nodes | {"myc": node}}), parameters_used(), where="here")


@pytest.mark.parametrize(
    ("formula", "complaint"),
    [
        ("a ** 2", "BinOp"),
        ("min(a, b)", "Call"),
        ("a if b else 1", "IfExp"),
        ("a +", "cannot be read"),
        ("'x'", "Const"),
    ],
)
def test_a_formula_that_is_not_arithmetic_is_refused(formula: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        names_in(formula)


def test_a_formula_is_computed_as_written() -> None:
    assert float(evaluate("max(0.5, a - b) * -(2 / c)", {"a": 1.0, "b": 0.25, "c": 4.0})) == pytest.approx(-0.375)


def test_signals_of_the_drawing_are_shares(course: Solve) -> None:
    for key in ("r", "rda", "rv"):
        found = strengths(course(key))
        assert set(found) == set(NETWORK.inputs) | set(NETWORK.nodes)
        assert all(-1.0 <= value <= 1.0 for value in found.values())
    off = {(row["from"], row["to"]) for row in edge_rows(course("r"), constants()) if row["off"]}
    assert off == {("proteasome", "ikaros"), ("proteasome", "aiolos"), ("exhaustion", "effector")}


@pytest.mark.parametrize("partner", PARTNERS)
def test_every_partner_can_be_given(partner: str) -> None:
    given = treatment((partner,), adult(), cycles=2)
    assert {dose.drug for dose in given.doses} == {"lenalidomide", partner}
    assert max(given.doses[0].days) == 48


def test_impossible_treatments_and_questions_are_refused() -> None:
    person = adult()
    with pytest.raises(InputError, match="-1 mg is not possible"):
        treatment((), person, mg=-1.0)
    with pytest.raises(UnknownNameError, match="thalidomide"):
        treatment(("thalidomide",), person)
    with pytest.raises(InputError, match="named twice"):
        treatment(("bortezomib", "bortezomib"), person)
    with pytest.raises(InputError, match="carfilzomib is given iv, not oral"):
        TreatmentDose(drug="carfilzomib", mg=50.0, route="oral", days=(0,))
    with pytest.raises(InputError, match="different whole numbers"):
        TreatmentDose(drug="bortezomib", mg=2.0, route="sc", days=(0, 0))
    with pytest.raises(InputError, match="given twice"):
        once = TreatmentDose(drug="bortezomib", mg=2.0, route="sc", days=(0,))
        Treatment(name="twice", doses=(once, once))
    with pytest.raises(InputError, match="crcl_ml_min -5 is not possible"):
        adult({"crcl_ml_min": -5.0})
    nothing = [Treatment(name="nothing", doses=())]
    with pytest.raises(InputError, match="0 days"):
        solve(nothing, days=0)
    with pytest.raises(UnknownNameError, match="ikaross"):
        solve(nothing, knockout=["ikaross"])
    with pytest.raises(UnknownNameError, match="irf5_rate"):
        solve(nothing, changes={"irf5_rate": 1.0})
    with pytest.raises(InputError, match="irf4_fall: 3 1 is outside"):
        solve(nothing, changes={"irf4_fall": 3.0})


@pytest.mark.slow
def test_unequal_doses_are_those_of_as_many_treatments_together() -> None:
    """Kinetics of dexamethasone are linear: half a dose and a quarter add up."""
    person = adult()

    def level(*doses: TreatmentDose) -> np.ndarray:
        courses = [drivers(Treatment(name="d", doses=(dose,)), person, 9).dexamethasone for dose in doses]
        return np.sum([np.asarray(one) for one in courses], axis=0)

    with jax.enable_x64(True):
        both = level(TreatmentDose(drug="dexamethasone", mg=40.0, route="oral", days=(0, 7), relative=(0.5, 0.25)))
        first = TreatmentDose(drug="dexamethasone", mg=20.0, route="oral", days=(0,))
        second = TreatmentDose(drug="dexamethasone", mg=10.0, route="oral", days=(7,))
        np.testing.assert_allclose(both, level(first, second), rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("relative", [(1.0,), (1.0, 0.0), (1.0, -1.0)])
def test_relative_amounts_that_cannot_be_are_refused(relative: tuple[float, ...]) -> None:
    with pytest.raises(InputError, match="2 days need as many relative amounts above 0"):
        TreatmentDose(drug="dexamethasone", mg=40.0, route="oral", days=(0, 7), relative=relative)
