"""The days of one week: drugs act on tumour, proteins, blood and nerves."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array

from cereblon.core.batching import stored
from cereblon.model.engine import effects, orders
from cereblon.model.engine.inputs import Subject
from cereblon.model.engine.kinetics import WIDTHS
from cereblon.model.engine.parameters import Numbers
from cereblon.model.engine.program import Layout
from cereblon.model.engine.state import IndividualParameters, LatentState
from cereblon.model.mechanism.reduced import proliferation_loss
from cereblon.model.myeloma import clones, proteins
from cereblon.model.toxicity import haemoglobin, marrow, neuropathy, neutrophils, platelets

WEEK = orders.WEEK


def with_gains(body: LatentState, gcsf: Array, subject: Subject, once: Array, p: Numbers) -> LatentState:
    """Set what lifts blood cell production this week: the disease at its beginning, and G-CSF (1 if given)."""
    n, t = p["neutrophils"], p["platelets"]

    def gains() -> tuple[Array, Array]:
        burden = clones.total(body.burden)
        return (
            marrow.neutrophil_gain(marrow.aim(burden, subject.neutrophils, n), gcsf, n),
            marrow.platelet_gain(marrow.aim(burden, subject.platelets, t), t),
        )

    neutrophil_gain, platelet_gain = stored(gains, once)
    return body._replace(neutrophil_gain=neutrophil_gain, platelet_gain=platelet_gain)


def week_of_days(
    body: LatentState,
    ordered: orders.WeekOrders,
    subject: Subject,
    fixed: IndividualParameters,
    once: Array,
    p: Numbers,
    layout: Layout,
) -> LatentState:
    """Advance the latent state by one week of given doses; what a day needs is stored before it is used."""
    body = body._replace(occupancy_sum=body.occupancy_sum * 0.0, lenalidomide_sum=body.lenalidomide_sum * 0.0)

    # The week's doses stand in a queue of scalars that moves up every day: indexing an array of seven inside the
    # loop would keep the compiler from vectorising over subjects.
    queue = ordered.given

    def one(
        _: Array, carry: tuple[LatentState, dict[str, tuple[Array, ...]]]
    ) -> tuple[LatentState, dict[str, tuple[Array, ...]]]:
        body, queue = carry
        today = {drug: doses[0] for drug, doses in queue.items()}
        later = {drug: (*doses[1:], doses[0]) for drug, doses in queue.items()}
        drugs, acting = stored(lambda: effects.day(body.drugs, today, ordered.route, fixed.kinetics, p, layout), once)
        return day(body._replace(drugs=drugs), acting, subject, fixed, p), later

    after: LatentState = jax.lax.fori_loop(0, WEEK, one, (body, queue))[0]
    return after


def day(
    body: LatentState, acting: effects.DayEffects, subject: Subject, fixed: IndividualParameters, p: Numbers
) -> LatentState:
    """Advance tumour, proteins and blood by one day under the day's drug effects."""
    c, n, t = p["clones"], p["neutrophils"], p["platelets"]
    rates = clones.kill_rates(acting.kill, WIDTHS, fixed.kill, p)
    immune = c["kill_immune"] * jnp.maximum(acting.effector - 1.0, 0.0)
    # Melphalan acts within hours: its log-kill falls whole on the start of the day.
    spared = jnp.exp(-fixed.melphalan_kill * acting.melphalan_auc)
    struck = tuple(spared * cells for cells in body.burden)
    burden = clones.grow(struck, fixed.biology.growth, fixed.capacity, rates, immune)
    total = 0.5 * (clones.total(struck) + clones.total(burden))
    # What is bounded is bounded before it is averaged.
    steady = n["slope_proteasome"] * acting.occupancy + n["slope_daratumumab"] * acting.antibody
    steady = fixed.marrow_sensitivity * steady
    loss = tuple(
        1.0 - body.neutrophil_gain * (1.0 - proliferation_loss(fixed.neutrophil_slope, level, steady))
        for level in acting.marrow_intervals
    )
    block = tuple(jnp.minimum(fixed.release_sensitivity * drive, 0.95) for drive in acting.release)
    left = jnp.exp(-n["log_kill_melphalan"] * fixed.marrow_sensitivity * acting.melphalan_auc)
    cells = neutrophils.day(
        (*(left * stage for stage in body.neutrophils[:4]), body.neutrophils[4]),
        effects.substeps(loss),
        fixed.neutrophil_rate,
        n["feedback"],
    )
    left = jnp.exp(-t["log_kill_melphalan"] * fixed.marrow_sensitivity * acting.melphalan_auc)
    thrombocytes = platelets.day(
        (*(left * stage for stage in body.platelets[:3]), body.platelets[3]),
        tuple(fixed.platelet_slope * level for level in effects.substeps(acting.lenalidomide_intervals)),
        effects.substeps(block),
        fixed.platelet_rate,
        t["feedback"],
        body.platelet_gain,
    )
    red = haemoglobin.day(
        body.haemoglobin,
        baseline=subject.haemoglobin,
        male=subject.male,
        burden=total,
        lenalidomide=acting.lenalidomide,
        proteasome=acting.occupancy,
        fall=fixed.haemoglobin_fall,
        p=p["haemoglobin"],
    )
    return LatentState(
        drugs=body.drugs,
        burden=burden,
        m_protein=proteins.m_protein_day(body.m_protein, subject.m_protein, total, fixed.protein_decay),
        neutrophils=cells,
        platelets=thrombocytes,
        haemoglobin=red - p["haemoglobin"]["fall_melphalan"] * acting.melphalan_auc,
        neutrophil_gain=body.neutrophil_gain,
        platelet_gain=body.platelet_gain,
        occupancy_sum=body.occupancy_sum + acting.occupancy,
        lenalidomide_sum=body.lenalidomide_sum + acting.lenalidomide,
    )


def damage_nerves(
    damage: Array,
    body: LatentState,
    ordered: orders.WeekOrders,
    subject: Subject,
    fixed: IndividualParameters,
    once: Array,
    p: Numbers,
) -> Array:
    """Add the week's damage to the nerves, in units of one grade."""
    mg = orders.total(ordered.given["bortezomib"]) if "bortezomib" in ordered.given else jnp.zeros_like(damage)
    others = [
        p[drug]["nerve_days"] * orders.total(given)
        for drug, given in ordered.given.items()
        if "nerve_days" in p[drug]
    ]
    exposed = jnp.where(body.lenalidomide_sum > 0.01, 1.0, 0.0)
    route = ordered.route.get("bortezomib", jnp.zeros_like(subject.arm))
    return stored(
        lambda: neuropathy.week(
            damage,
            bortezomib_mg_m2=mg / subject.bsa_m2,
            other_days=sum(others, WEEK * exposed),
            route=route,
            occupancy=body.occupancy_sum / WEEK,
            susceptibility=fixed.nerve_susceptibility,
            p=p["neuropathy"],
        ),
        once,
    )
