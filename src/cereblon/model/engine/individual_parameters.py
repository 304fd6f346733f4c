"""Draw one subject's individual parameters; each decision has its own random stream."""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array

from cereblon.core.draws_by_number import decision_keys, first_normals, first_uniforms
from cereblon.model.drugs.drug import drug_of, of_class
from cereblon.model.drugs.drugs import kinetic_model
from cereblon.model.engine.inputs import Subject
from cereblon.model.engine.kinetics import kinetics
from cereblon.model.engine.parameters import Numbers
from cereblon.model.engine.program import Layout
from cereblon.model.engine.state import IndividualParameters
from cereblon.model.engine.weekly_draws import weekly_streams
from cereblon.model.myeloma import clones, proteins
from cereblon.model.toxicity import events, neutrophils
from cereblon.model.toxicity.adverse_events import ADVERSE_EVENTS, DRAWN_TOGETHER


def kinetic_draws(subject: Subject, root: Array, once: Array, layout: Layout) -> dict[str, Array]:
    """Draw one subject's standard normal numbers for the kinetics of each drug."""
    counts = {f"kinetics of {drug}": kinetic_model(drug).N_ETA for drug in layout.drugs}
    drawn = first_normals(decision_keys(root, list(counts), subject.subject_id, once), counts, once)
    return {drug: drawn[f"kinetics of {drug}"] for drug in layout.drugs}


def typical_kill(p: Numbers) -> dict[str, Array]:
    """Give the kill rate of each drug at its full effect in the median tumour, 1/day."""
    return {
        drug: p[drug]["kill"]
        if "kill" in p[drug]
        else p[drug]["kill_ratio"] * p[of_class(drug_of(drug).drug_class)[0]]["kill"]
        for drug in clones.KILLING
    }


def individual_parameters(
    subject: Subject, root: Array, once: Array, p: Numbers, layout: Layout
) -> IndividualParameters:
    """Draw one subject's individual parameters; each decision has its own random stream."""
    lines = max(layout.n_lines, 1)
    normal = _normals(subject, root, once)
    counts = {"death": 3, "stop": 2 * lines, "thromboprophylaxis": 1}
    uniform = first_uniforms(decision_keys(root, list(counts), subject.subject_id, once), counts, once)
    tumour = clones.biology(
        normal["tumour"],
        prior_lines=subject.prior_lines,
        high_risk=subject.high_risk,
        iss=subject.iss,
        refractory=subject.refractory,
        exposed=subject.exposed,
        years_since_2010=subject.years_since_2010,
        trial_effect=normal["trial"][0],
        typical_kill=typical_kill(p),
        p=p["clones"],
    )
    marrow, nerve, death = normal["marrow"], normal["nerve"], uniform["death"]
    stop = uniform["stop"].reshape(lines, 2)  # by line, so that a further line changes none before it
    own = [normal["susceptibility"]]
    own += [normal[f"susceptibility to {term}"] for term in ADVERSE_EVENTS.with_own_stream]
    prophylaxis = uniform["thromboprophylaxis"][0] < p["thrombosis"]["prophylaxis"]
    n, t, h, u = p["neutrophils"], p["platelets"], p["haemoglobin"], p["neuropathy"]
    return IndividualParameters(
        biology=tumour,
        kill=tumour.kill,
        kinetics=kinetics(subject, kinetic_draws(subject, root, once, layout), once, p, layout),
        capacity=clones.capacity(subject.m_protein, subject.isotype == proteins.LIGHT_CHAIN, p["clones"]),
        protein_decay=proteins.m_protein_decay(subject.isotype, p["proteins"]),
        neutrophil_rate=neutrophils.rate(marrow[0], n),
        neutrophil_slope=n["slope_lenalidomide"] * jnp.exp(n["slope_lenalidomide_sd"] * marrow[1]),
        marrow_sensitivity=jnp.exp(n["sensitivity_sd"] * normal["marrow of other drugs"][0]),
        platelet_rate=t["maturation"],
        platelet_slope=t["slope_lenalidomide"] * jnp.exp(t["slope_lenalidomide_sd"] * marrow[2]),
        release_sensitivity=t["release_sensitivity"] * jnp.exp(t["release_sensitivity_sd"] * marrow[3]),
        haemoglobin_fall=h["fall_lenalidomide"] * jnp.exp(h["fall_lenalidomide_sd"] * marrow[4]),
        nerve_susceptibility=jnp.stack(
            [
                u["damage_bortezomib"] * jnp.exp(u["damage_bortezomib_sd"] * nerve[0]),
                u["damage_other"] * jnp.exp(u["damage_other_sd"] * nerve[1]),
            ]
        ),
        melphalan_kill=p["clones"]["kill_melphalan"] * jnp.exp(p["clones"]["kill_melphalan_sd"] * marrow[5]),
        death_threshold=-jnp.log1p(-death[0]),
        death_cause_draw=death[1],
        stop_threshold=-jnp.log1p(-stop[:, 0]),
        stop_cause_draw=stop[:, 1],
        transplant_death_draw=death[2],
        bmi=subject.weight_kg / (0.01 * subject.height_cm) ** 2,
        susceptibility=events.susceptibility(normal["tolerance"][0], jnp.concatenate(own), p["adverse_events"]),
        prophylaxis=prophylaxis.astype(jnp.float32),
        weekly_streams=weekly_streams(root, subject.subject_id, once),
    )


def _normals(subject: Subject, root: Array, once: Array) -> dict[str, Array]:
    """Draw what is standard normal, but for kinetics; the effect of the trial is that of its replicate."""
    counts = {
        "trial": 1,
        "tumour": clones.N_ETA,
        "marrow": 6,
        "nerve": 2,
        "marrow of other drugs": 1,
        "tolerance": 1,
        "susceptibility": DRAWN_TOGETHER,
        **{f"susceptibility to {term}": 1 for term in ADVERSE_EVENTS.with_own_stream},
    }
    numbers = jnp.stack([subject.replicate, *[subject.subject_id] * (len(counts) - 1)])
    return first_normals(decision_keys(root, list(counts), numbers, once), counts, once)
