"""One subject from randomisation to the end of follow-up: weeks of measuring and deciding, days of drug and disease.

Written for one subject; `batch` maps it over many. Clinical rules read measured values only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeVar

import jax
import jax.numpy as jnp
from jax import Array

from cereblon.criteria import progression
from cereblon.myeloma import clones, mortality, proteins
from cereblon.pharmacology import daratumumab, melphalan
from cereblon.pharmacology.drugs import linear_drugs
from cereblon.simulation import effects, orders, records
from cereblon.simulation.boundary import stored
from cereblon.simulation.inputs import PROTEASOME_INHIBITORS, Layout, Program, Subject
from cereblon.simulation.records import Events, Week
from cereblon.toxicity import haemoglobin, neuropathy, neutrophils, platelets

WEEK = orders.WEEK
Numbers = Mapping[str, Mapping[str, Array]]
T = TypeVar("T")


class Body(NamedTuple):
    """The latent state that days advance."""

    drugs: effects.DrugState
    burden: clones.Clones
    m_protein: Array
    neutrophils: neutrophils.Chain
    platelets: platelets.Chain
    haemoglobin: Array
    occupancy_sum: Array  # over the days of the week
    lenalidomide_sum: Array


class Course(NamedTuple):
    """Where treatment stands."""

    line: Array
    cycle: Array
    day_in_cycle: Array
    on: Array  # treatment of this line is going on
    finished: Array  # no line is left after progression
    next_week: Array  # week in which the next line starts, -1 for none planned
    line_week: Array  # weeks since the line started
    marrow_week: Array  # weeks since the last marrow examination of this line, -1 for none


class State(NamedTuple):
    """Everything one subject carries from week to week."""

    body: Body
    course: Course
    rules: orders.Rules
    watch: progression.ProgressionState
    damage: Array
    death_load: Array  # cumulative hazard
    stop_load: Array
    alive: Array
    events: Events
    result_code: Array


class Traits(NamedTuple):
    """What is fixed for one subject."""

    biology: clones.Biology
    kill: dict[str, Array]
    kinetics: effects.Kinetics
    capacity: Array  # burden at which growth stops, relative to baseline
    protein_decay: Array
    neutrophil_rate: Array
    neutrophil_slope: Array
    platelet_rate: Array
    platelet_slope: Array
    release_sensitivity: Array
    haemoglobin_fall: Array
    nerve_susceptibility: Array
    melphalan_kill: Array
    death_threshold: Array
    death_cause_draw: Array
    stop_threshold: Array  # [line]
    stop_cause_draw: Array  # [line]
    transplant_death_draw: Array
    visit_noise: Array  # [week, 10]


def _key(root: Array, decision: str, number: Array) -> Array:
    from cereblon.luck import stream

    return jax.random.fold_in(stream(root, decision), number)


def kinetic_draws(subject: Subject, root: Array, layout: Layout) -> dict[str, Array]:
    """Draw one subject's standard normal numbers for the kinetics of each drug."""
    counts = {drug: module.N_ETA for drug, module in linear_drugs().items()}
    counts |= {"daratumumab": daratumumab.N_ETA, "melphalan": melphalan.N_ETA}
    return {
        drug: jax.random.normal(_key(root, f"kinetics of {drug}", subject.subject_id), (counts[drug],))
        for drug in layout.drugs
    }


def traits(subject: Subject, root: Array, p: Numbers, layout: Layout) -> Traits:
    """Draw what is fixed for one subject; each decision has its own luck."""

    def normal(decision: str, count: int) -> Array:
        return jax.random.normal(_key(root, decision, subject.subject_id), (count,))

    def uniform(decision: str, count: int) -> Array:
        return jax.random.uniform(_key(root, decision, subject.subject_id), (count,))

    tumour = clones.biology(
        normal("tumour", clones.N_TRAITS),
        prior_lines=subject.prior_lines,
        high_risk=subject.high_risk,
        iss=subject.iss,
        refractory=subject.refractory,
        exposed=subject.exposed,
        trial_effect=jax.random.normal(_key(root, "trial", subject.replicate), ()),
        p=p["clones"],
    )
    marrow, nerve = normal("marrow", 6), normal("nerve", 2)
    lines = max(layout.n_lines, 1)
    death = uniform("death", 3)
    stop = uniform("stop", 2 * lines).reshape(lines, 2)  # by line, so that a further line changes none before it
    n, t, h, u = p["neutrophils"], p["platelets"], p["haemoglobin"], p["neuropathy"]
    return Traits(
        biology=tumour,
        kill=dict(zip(clones.DRUG_CLASS, tumour.kill, strict=True)),
        kinetics=effects.kinetics(subject, kinetic_draws(subject, root, layout), p, layout),
        capacity=clones.capacity(subject.m_protein, subject.isotype == proteins.LIGHT_CHAIN, p["clones"]),
        protein_decay=proteins.m_protein_decay(subject.isotype, p["proteins"]),
        neutrophil_rate=neutrophils.rate(marrow[0], n),
        neutrophil_slope=n["slope_lenalidomide"] * jnp.exp(n["slope_lenalidomide_sd"] * marrow[1]),
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
        visit_noise=jax.random.normal(_key(root, "visit", subject.subject_id), (layout.n_weeks, 10)),
    )


def start_body(subject: Subject, fixed: Traits, layout: Layout) -> Body:
    """Give the untreated body."""
    zero = jnp.zeros_like(subject.age)
    one = zero + 1.0
    return Body(
        drugs=effects.initial(fixed.kinetics, zero, layout),
        burden=fixed.biology.fraction,
        m_protein=subject.m_protein,
        neutrophils=(one,) * 5,
        platelets=(one,) * 4,
        haemoglobin=subject.haemoglobin,
        occupancy_sum=zero,
        lenalidomide_sum=zero,
    )


def start(subject: Subject, fixed: Traits, program: Program, p: Numbers, layout: Layout) -> State:
    """Give the state at randomisation."""
    zero, whole = jnp.zeros_like(subject.age), jnp.zeros_like(subject.arm)
    template = program.cycle_template[subject.arm, 0, 0]
    return State(
        body=start_body(subject, fixed, layout),
        course=Course(whole, whole, whole, whole == 0, whole == 1, whole - 1, whole, whole - 1),
        rules=orders.start_rules(subject, program.template_maintenance[template], p["us_label"]),
        watch=progression.start(
            _followed(subject, subject.m_protein, subject.involved_flc, subject.uninvolved_flc), jnp
        ),
        damage=zero,
        death_load=zero,
        stop_load=zero,
        alive=whole == 0,
        events=records.no_events(layout.n_lines)._replace(
            start_day=jnp.where(jnp.arange(layout.n_lines) == 0, 0.0, jnp.inf)
        ),
        result_code=whole,
    )


def _followed(subject: Subject, m_protein: Array, involved: Array, uninvolved: Array) -> Array:
    """Give the value in which progression is followed: dFLC in light-chain disease, otherwise M-protein."""
    return jnp.where(subject.isotype == proteins.LIGHT_CHAIN, involved - uninvolved, m_protein)


def simulate_subject(
    subject: Subject, root: Array, program: Program, p: Numbers, layout: Layout
) -> tuple[Week, Events, Array]:
    """Simulate one subject.

    Parameters
    ----------
    subject
        Covariates, arm and follow-up; scalars.
    root
        Key of the run.
    program
        Orders of all arms.
    p
        Parameter values by group.
    layout
        Static shape.

    Returns
    -------
        Weekly values (each with a leading week axis), dated events, result code.
    """
    fixed = stored(lambda: traits(subject, root, p, layout), program.once)
    state = start(subject, fixed, program, p, layout)

    def one(state: State, step: tuple[Array, Array]) -> tuple[State, Week]:
        return week(state, *step, subject, fixed, program, p, layout)

    state, weeks = jax.lax.scan(one, state, (jnp.arange(layout.n_weeks), fixed.visit_noise))
    return weeks, state.events, state.result_code


def week(
    state: State,
    number: Array,
    noise: Array,
    subject: Subject,
    fixed: Traits,
    program: Program,
    p: Numbers,
    layout: Layout,
) -> tuple[State, Week]:
    """Advance one subject by one week: visits and decisions on its first day, then seven days, then hazards.

    Parameters
    ----------
    number
        Weeks since randomisation.
    noise
        Standard normal draws of this week's visits, shape (10,).
    """
    day = WEEK * number.astype(jnp.float32)
    present = state.alive & (day <= subject.follow_up_days)
    state, seen, visit = _response_visit(state, number, day, present, noise, subject, p, layout)
    state = _move_lines(state, number, day, present, subject, program, p)
    state, template = _turn_cycle(state, day, present, subject, program)
    state, counts = _blood_visit(state, day, present, noise, template, subject, program, p, layout)
    on = state.course.on & present
    ordered = stored(
        lambda: orders.week_orders(
            program, template, state.course.day_in_cycle, on, subject, state.rules, p["us_label"], layout
        ),
        program.once,
    )
    state = _transplant(state, day, on, template, fixed, program, p)
    body = _days(state.body, ordered, subject, fixed, program.once, p, layout)
    damage = _nerves(state.damage, body, ordered, subject, fixed, p)
    state = _hazards(state._replace(body=body, damage=damage), day, present, on, ordered, subject, fixed, p, layout)
    course = state.course
    flags = (
        visit.response * records.VISIT_RESPONSE
        + counts.measured * records.VISIT_BLOOD
        + visit.marrow * records.VISIT_MARROW
        + (seen.immunofixation > 0.5) * records.IMMUNOFIXATION_POSITIVE
        + on * records.ON_TREATMENT
    )
    out = Week(
        flags=flags.astype(jnp.uint8),
        line=course.line.astype(jnp.uint8),
        cycle=course.cycle.astype(jnp.int16),
        m_protein=seen.m_protein,
        involved_flc=seen.involved_flc,
        uninvolved_flc=seen.uninvolved_flc,
        plasma_cells=seen.marrow_plasma_cells,
        clonal_share=seen.clonal_share,
        neutrophils=counts.neutrophils,
        platelets=counts.platelets,
        haemoglobin=counts.haemoglobin,
        neuropathy=counts.neuropathy.astype(jnp.uint8),
        planned_mg=_by_drug(ordered.planned, layout, jnp.sum),
        given_mg=_by_drug(ordered.given, layout, jnp.sum),
        planned_doses=_by_drug(ordered.planned, layout, jnp.count_nonzero).astype(jnp.uint8),
        given_doses=_by_drug(ordered.given, layout, jnp.count_nonzero).astype(jnp.uint8),
    )
    moved = course._replace(
        day_in_cycle=course.day_in_cycle + WEEK,
        line_week=course.line_week + 1,
        marrow_week=jnp.where(visit.marrow, 0, jnp.where(course.marrow_week >= 0, course.marrow_week + 1, -1)),
    )
    return state._replace(course=moved), out


def _by_drug(doses: Mapping[str, Array], layout: Layout, reduce: object) -> Array:
    return jnp.stack([reduce(doses[drug]) for drug in layout.drugs])  # type: ignore[operator]


class _Visit(NamedTuple):
    response: Array
    marrow: Array


def _response_visit(
    state: State,
    number: Array,
    day: Array,
    present: Array,
    noise: Array,
    subject: Subject,
    p: Numbers,
    layout: Layout,
) -> tuple[State, proteins.Measured, _Visit]:
    """Measure the disease if a visit is due, and let the doctor watch for progression."""
    burden = clones.total(state.body.burden)
    chains = proteins.light_chains(subject.involved_flc, subject.uninvolved_flc, burden, p["proteins"])
    seen = proteins.measure(state.body.m_protein, chains, subject.plasma_cells, burden, noise[:6], p["proteins"])
    first = number == 0
    seen = seen._replace(
        m_protein=jnp.where(first, subject.m_protein, seen.m_protein),
        involved_flc=jnp.where(first, subject.involved_flc, seen.involved_flc),
        uninvolved_flc=jnp.where(first, subject.uninvolved_flc, seen.uninvolved_flc),
        marrow_plasma_cells=jnp.where(first, subject.plasma_cells, seen.marrow_plasma_cells),
    )
    seen = seen._replace(
        # A laboratory reports one decimal of M-protein in g/L and whole mg/L of light chains.
        m_protein=jnp.round(seen.m_protein, 1),
        involved_flc=jnp.round(seen.involved_flc, 1),
        uninvolved_flc=jnp.round(seen.uninvolved_flc, 1),
    )
    missed = jax.scipy.special.ndtr(noise[6]) < p["proteins"]["missed_visit"]
    due = present & (number % layout.response_every_weeks == 0) & (~missed | first)
    value = _followed(subject, seen.m_protein, seen.involved_flc, seen.uninvolved_flc)
    measure = jnp.where(subject.isotype == proteins.LIGHT_CHAIN, progression.DFLC, progression.SERUM)
    counts = due & ~first & ~state.course.finished
    watch = progression.step(state.watch, value, day, counts, measure, jnp)
    since = state.course.marrow_week
    marrow = due & (first | ((seen.immunofixation < 0.5) & ((since < 0) | (since >= 48))))
    return state._replace(watch=watch), seen, _Visit(due, marrow)


def _move_lines(
    state: State, number: Array, day: Array, present: Array, subject: Subject, program: Program, p: Numbers
) -> State:
    """End the line at confirmed progression, plan and start the next one."""
    course, events = state.course, state.events
    line, fresh = course.line, state.watch.progressed & jnp.isinf(state.events.progression_day[state.course.line])
    fresh = fresh & present & ~course.finished
    last = line + 1 >= program.n_lines[subject.arm]
    events = events._replace(
        progression_day=records.note(events.progression_day, line, fresh, state.watch.progression_day),
        confirmed_day=records.note(events.confirmed_day, line, fresh, day),
        stop_day=records.note(events.stop_day, line, fresh & course.on, day),
        stop_cause=records.note(events.stop_cause, line, fresh & course.on, jnp.array(1, jnp.int32)),
    )
    next_week = jnp.where(fresh & ~last, number + program.gap_weeks[subject.arm], course.next_week)
    begins = (next_week == number) & present
    line = jnp.where(begins, line + 1, line)
    zero = jnp.zeros_like(line)
    course = Course(
        line=line,
        cycle=jnp.where(begins, zero, course.cycle),
        day_in_cycle=jnp.where(begins, zero, course.day_in_cycle),
        on=(course.on & ~fresh) | begins,
        finished=course.finished | (fresh & last),
        next_week=jnp.where(begins, -1, next_week),
        line_week=jnp.where(begins, zero, course.line_week),
        marrow_week=jnp.where(begins, zero - 1, course.marrow_week),
    )
    restart = progression.start(state.watch.previous_value, jnp)._replace(previous_day=day)
    template = program.cycle_template[subject.arm, line, 0]
    rules = orders.start_rules(subject, program.template_maintenance[template], p["us_label"])
    return state._replace(
        course=course,
        events=events._replace(start_day=records.note(events.start_day, line, begins, day)),
        watch=_choose(begins, restart, state.watch),
        rules=_choose(begins, rules, state.rules),
        stop_load=jnp.where(begins, 0.0, state.stop_load),
    )


def _choose(condition: Array, yes: T, no: T) -> T:
    chosen: T = jax.tree.map(lambda a, b: jnp.where(condition, a, b), yes, no)
    return chosen


def _turn_cycle(state: State, day: Array, present: Array, subject: Subject, program: Program) -> tuple[State, Array]:
    """Begin the next cycle when the last one is over, or complete the line."""
    course = state.course
    n_cycles, repeats = program.n_cycles[subject.arm, course.line], program.repeats[subject.arm, course.line]

    def template_of(cycle: Array) -> Array:
        return program.cycle_template[subject.arm, course.line, jnp.minimum(cycle, n_cycles - 1)]

    over = course.on & (course.day_in_cycle >= program.template_days[template_of(course.cycle)])
    cycle = jnp.where(over, course.cycle + 1, course.cycle)
    completed = over & (cycle >= n_cycles) & ~repeats
    cause = jnp.array(records.STOP_CAUSES.index("completed"), jnp.int32)
    events = state.events._replace(
        stop_day=records.note(state.events.stop_day, course.line, completed & present, day),
        stop_cause=records.note(state.events.stop_cause, course.line, completed & present, cause),
    )
    course = course._replace(
        cycle=jnp.where(completed, course.cycle, cycle),
        day_in_cycle=jnp.where(over, 0, course.day_in_cycle),
        on=course.on & ~completed,
    )
    return state._replace(course=course, events=events), template_of(course.cycle)


class _Counts(NamedTuple):
    measured: Array
    neutrophils: Array
    platelets: Array
    haemoglobin: Array
    neuropathy: Array


def _blood_visit(
    state: State,
    day: Array,
    present: Array,
    noise: Array,
    template: Array,
    subject: Subject,
    program: Program,
    p: Numbers,
    layout: Layout,
) -> tuple[State, _Counts]:
    """Count cells and grade neuropathy if a visit is due, and apply the dose rules.

    Counts are weekly in the first eight weeks of a line, around a transplant and while a drug is held, every second
    week to week twelve, then every fourth.
    """
    week = state.course.line_week
    due = (week < 8) | ((week < 12) & (week % 2 == 0)) | (week % 4 == 0) | orders.any_held(state.rules)
    due = due | (program.template_transplant_day[template] > 0)
    due = due & present & (state.course.on | (week % 4 == 0))
    body, first = state.body, (week == 0) & (state.course.line == 0)
    anc = subject.neutrophils * body.neutrophils[4] * jnp.exp(p["neutrophils"]["assay_proportional"] * noise[7])
    thrombocytes = subject.platelets * body.platelets[3] * jnp.exp(p["platelets"]["assay_proportional"] * noise[8])
    h = p["haemoglobin"]
    spread = jnp.hypot(h["assay_proportional"] * body.haemoglobin, h["wander"])
    haemoglobin_ = jnp.maximum(body.haemoglobin + spread * noise[9], 20.0)
    counts = _Counts(
        measured=due,
        neutrophils=jnp.where(first, subject.neutrophils, anc),
        platelets=jnp.where(first, subject.platelets, thrombocytes),
        haemoglobin=jnp.where(first, subject.haemoglobin, haemoglobin_),
        neuropathy=neuropathy.grade(state.damage, subject.neuropathy),
    )
    if not layout.apply_rules:
        return state, counts
    highest = program.template_dose[template].max(axis=0)
    rules = orders.decide(
        state.rules,
        neutrophils=counts.neutrophils,
        platelets=counts.platelets,
        measured=due & state.course.on,
        neuropathy_grade=counts.neuropathy,
        highest=highest,
        maintenance=program.template_maintenance[template],
        p=p["us_label"],
        layout=layout,
    )
    ordered = jnp.zeros_like(present)
    if "bortezomib" in layout.drugs:
        ordered = highest[layout.drugs.index("bortezomib")] > 0.0
    stopped = rules.bortezomib.stopped & ordered & state.course.on & present
    events = state.events._replace(
        bortezomib_stopped_day=records.note(state.events.bortezomib_stopped_day, state.course.line, stopped, day)
    )
    return state._replace(rules=rules, events=events), counts


def _transplant(
    state: State, day: Array, on: Array, template: Array, fixed: Traits, program: Program, p: Numbers
) -> State:
    """Note a transplant of this week; who dies of it dies on that day."""
    offset = program.template_transplant_day[template] - 1 - state.course.day_in_cycle
    here = on & (program.template_transplant_day[template] > 0) & (offset >= 0) & (offset < WEEK)
    at = day + offset.astype(jnp.float32)
    fatal = here & (fixed.transplant_death_draw < p["mortality"]["transplant_mortality"]) & state.alive
    events = state.events._replace(
        transplant_day=records.note(state.events.transplant_day, state.course.line, here, at),
        death_day=jnp.where(fatal, at + 14.0, state.events.death_day),
        death_cause=jnp.where(fatal, records.DEATH_CAUSES.index("toxicity"), state.events.death_cause),
    )
    return state._replace(events=events, alive=state.alive & ~fatal)


def _days(
    body: Body, ordered: orders.WeekOrders, subject: Subject, fixed: Traits, once: Array, p: Numbers, layout: Layout
) -> Body:
    body = body._replace(occupancy_sum=body.occupancy_sum * 0.0, lenalidomide_sum=body.lenalidomide_sum * 0.0)

    # The week's doses stand in a queue of scalars that moves up every day: indexing an array of seven inside the
    # loop would keep the compiler from vectorising over subjects.
    queue = {drug: tuple(mg[i] for i in range(WEEK)) for drug, mg in ordered.given.items()}

    def one(_: int, carry: tuple[Body, dict[str, tuple[Array, ...]]]) -> tuple[Body, dict[str, tuple[Array, ...]]]:
        body, queue = carry
        today = {drug: doses[0] for drug, doses in queue.items()}
        later = {drug: (*doses[1:], doses[0]) for drug, doses in queue.items()}
        drugs, acting = stored(lambda: effects.day(body.drugs, today, ordered.route, fixed.kinetics, p, layout), once)
        return day(body._replace(drugs=drugs), acting, subject, fixed, p), later

    after: Body = jax.lax.fori_loop(0, WEEK, one, (body, queue))[0]
    return after


def day(body: Body, acting: effects.DayEffects, subject: Subject, fixed: Traits, p: Numbers) -> Body:
    """Advance tumour, proteins and blood by one day under the day's drug effects."""
    c, n, t = p["clones"], p["neutrophils"], p["platelets"]
    rates = clones.kill_rates(acting.kill, fixed.kill, c)
    immune = c["kill_immune"] * jnp.maximum(acting.effector - 1.0, 0.0)
    # Melphalan acts within hours: its log-kill falls whole on the start of the day.
    spared = jnp.exp(-fixed.melphalan_kill * acting.melphalan_auc)
    struck = tuple(spared * cells for cells in body.burden)
    burden = clones.grow(struck, fixed.biology.growth, fixed.capacity, rates, immune)
    total = 0.5 * (clones.total(struck) + clones.total(burden))
    # What is bounded is bounded before it is averaged.
    steady = n["slope_proteasome"] * acting.occupancy + n["slope_daratumumab"] * acting.antibody
    loss = tuple(
        jnp.minimum(fixed.neutrophil_slope * level + steady, 0.98) for level in acting.lenalidomide_intervals
    )
    block = tuple(jnp.minimum(fixed.release_sensitivity * drive, 0.95) for drive in acting.release)
    left = jnp.exp(-n["log_kill_melphalan"] * acting.melphalan_auc)
    cells = neutrophils.day(
        (*(left * stage for stage in body.neutrophils[:4]), body.neutrophils[4]),
        effects.substeps(loss),
        fixed.neutrophil_rate,
        n["feedback"],
    )
    left = jnp.exp(-t["log_kill_melphalan"] * acting.melphalan_auc)
    thrombocytes = platelets.day(
        (*(left * stage for stage in body.platelets[:3]), body.platelets[3]),
        tuple(fixed.platelet_slope * level for level in effects.substeps(acting.lenalidomide_intervals)),
        effects.substeps(block),
        fixed.platelet_rate,
        t["feedback"],
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
    return Body(
        drugs=body.drugs,
        burden=burden,
        m_protein=proteins.m_protein_day(body.m_protein, subject.m_protein, total, fixed.protein_decay),
        neutrophils=cells,
        platelets=thrombocytes,
        haemoglobin=red - p["haemoglobin"]["fall_melphalan"] * acting.melphalan_auc,
        occupancy_sum=body.occupancy_sum + acting.occupancy,
        lenalidomide_sum=body.lenalidomide_sum + acting.lenalidomide,
    )


def _nerves(
    damage: Array, body: Body, ordered: orders.WeekOrders, subject: Subject, fixed: Traits, p: Numbers
) -> Array:
    mg = ordered.given["bortezomib"].sum() if "bortezomib" in ordered.given else jnp.zeros_like(damage)
    route = ordered.route.get("bortezomib", jnp.zeros_like(subject.arm))
    return neuropathy.week(
        damage,
        bortezomib_mg_m2=mg / subject.bsa_m2,
        route=route,
        occupancy=body.occupancy_sum / WEEK,
        exposed=jnp.where(body.lenalidomide_sum > 0.01, 1.0, 0.0),
        susceptibility=fixed.nerve_susceptibility,
        p=p["neuropathy"],
    )


def _hazards(
    state: State,
    day: Array,
    present: Array,
    on: Array,
    ordered: orders.WeekOrders,
    subject: Subject,
    fixed: Traits,
    p: Numbers,
    layout: Layout,
) -> State:
    """Let death, stopping and acquired resistance act over the week."""
    m, line = p["mortality"], state.course.line
    burden = clones.total(state.body.burden)
    treated = on.astype(jnp.float32)
    failed = line.astype(jnp.float32) + state.course.finished
    background = mortality.background_hazard(subject.age + day / 365.25, subject.male, subject.frailty, m)
    disease = mortality.disease_hazard(burden, subject.iss, failed, m)
    toxic = mortality.treatment_hazard(subject.age, treated, m)
    load = WEEK * (background + disease + toxic)
    after = state.death_load + load
    dies = present & state.alive & (after >= fixed.death_threshold)
    at = day + WEEK * jnp.clip((fixed.death_threshold - state.death_load) / load, 0.0, 1.0)
    dies = dies & (at <= subject.follow_up_days)
    share = jnp.stack([disease, disease + toxic]) / (background + disease + toxic)
    cause = jnp.where(fixed.death_cause_draw < share[0], 1, jnp.where(fixed.death_cause_draw < share[1], 2, 3))
    inhibited = jnp.zeros_like(treated)
    for drug in layout.drugs:
        if drug in PROTEASOME_INHIBITORS:
            inhibited = jnp.maximum(inhibited, jnp.where(ordered.planned[drug].sum() > 0.0, 1.0, 0.0))
    stop_load = state.stop_load + WEEK * mortality.stop_hazard(subject.age, treated, inhibited, m)
    stops = on & (stop_load >= fixed.stop_threshold[line]) & ~dies
    reported = fixed.stop_cause_draw[line] < m["stop_share_toxicity"]
    events = state.events._replace(
        death_day=jnp.where(dies, at, state.events.death_day),
        death_cause=jnp.where(dies, cause, state.events.death_cause),
        stop_day=records.note(state.events.stop_day, line, stops, day + WEEK),
        stop_cause=records.note(state.events.stop_cause, line, stops, jnp.where(reported, 2, 3)),
    )
    code = jnp.where(jnp.isfinite(after + stop_load), 0, 4)
    code = jnp.where(jnp.isfinite(burden), code, 1)
    code = jnp.where(jnp.isfinite(state.body.neutrophils[4] + state.body.platelets[3]), code, 2)
    code = jnp.where(jnp.isfinite(state.body.occupancy_sum + state.body.lenalidomide_sum), code, 3)
    body = state.body._replace(burden=clones.acquire(state.body.burden, p["clones"]["acquisition"], WEEK))
    return state._replace(
        body=body,
        course=state.course._replace(on=state.course.on & ~stops),
        death_load=after,
        stop_load=stop_load,
        alive=state.alive & ~dies,
        events=events,
        result_code=jnp.maximum(state.result_code, code),
    )
