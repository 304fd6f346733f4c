"""`cereblon evidence network` and `league`: all treatments of one setting against each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cereblon.cli.applies import applies
from cereblon.cli.evidence.printing import print_json, print_rows, print_table, print_text
from cereblon.cli.evidence.synthesis_input import Material, load_material, run_network, run_sampler
from cereblon.cli.evidence.synthesis_options import (
    OF_MATERIAL,
    OF_PICTURE,
    OF_SAMPLER,
    Asked,
    AskedOfSampler,
    takes,
)

if TYPE_CHECKING:
    from cereblon.synthesis.bayes import BayesianNetwork
    from cereblon.synthesis.frequentist import NetworkResult, Ranking
    from cereblon.synthesis.frequentist.measure import Row

_PICTURES = ("network", "forest", "league", "ranks", "funnel")


@applies(*OF_MATERIAL, *OF_SAMPLER, *OF_PICTURE)
@takes(Asked, AskedOfSampler)
def network(
    asked: Asked,
    sampler: AskedOfSampler,
    picture: Annotated[
        str, typer.Option(help="Picture for --png and --svg: network, forest, league, ranks or funnel.")
    ] = "network",
) -> None:
    """Compare all treatments of one setting in a network meta-analysis.

    Randomised trials of the evidence library, or a CSV of your own. Every comparison is printed with --json or --csv;
    without them the effects against the reference.

    Example: cereblon evidence network --endpoint pfs_hr --setting ndmm-tie
    """
    from cereblon.synthesis.frequentist import rank_treatments

    if picture not in _PICTURES:
        raise typer.BadParameter(f"--picture is {picture}; one of {', '.join(_PICTURES)}")
    material = load_material(asked)
    result = run_network(material, asked)
    posterior = run_sampler(result, asked, sampler)
    ranking = rank_treatments(
        result, smaller_is_better=material.smaller_is_better, seed=sampler.seed, level=asked.level
    )
    if asked.png is not None or asked.svg is not None:
        from cereblon.cli.evidence.synthesis_pictures import save_pictures

        save_pictures(_picture(picture, material, result, ranking, posterior), asked.png, asked.svg)
    if asked.html is not None:
        _write_page(material, asked, result, ranking, posterior)
    rows = result.to_rows()
    if asked.as_json:
        print_json(_for_machines(material, result, ranking, posterior))
    elif print_rows(rows, list(rows[0]), as_json=False, as_csv=asked.as_csv):
        material.print_notes_beside_csv([*result.notes, *ranking.notes()])
    else:
        _print(material, result, ranking, posterior)


@applies(*OF_MATERIAL)
@takes(Asked, without=("reference",))
def league(asked: Asked) -> None:
    """Print the league table: every treatment against every other.

    Below the diagonal the column treatment against the row treatment from the whole network, above it the row
    treatment against the column treatment from head-to-head trials alone; best treatments first.

    Example: cereblon evidence league --endpoint pfs_hr --setting rrmm
    """
    from cereblon.synthesis.frequentist import league_table, rank_treatments

    material = load_material(asked)
    result = run_network(material, asked)
    ranking = rank_treatments(result, smaller_is_better=material.smaller_is_better, level=asked.level)
    table = league_table(result, ranking.treatments)
    if asked.png is not None or asked.svg is not None:
        from cereblon.cli.evidence.synthesis_pictures import draw_league, save_pictures

        save_pictures(draw_league(result, ranking.treatments, material.smaller_is_better), asked.png, asked.svg)
    if asked.html is not None:
        _write_page(material, asked, result, ranking, None, only_league=True)
    rows, notes = table.to_rows(), [*result.notes, *ranking.notes()]
    if asked.as_json:
        content = {**material.about, "measure": result.measure, "level": result.level, "order": ranking.treatments}
        print_json({**content, "table": rows, **material.remarks(notes)})
    elif print_rows(rows, list(rows[0]), as_json=False, as_csv=asked.as_csv):
        material.print_notes_beside_csv(notes)
    else:
        print_text(f"{material.title}: {_shown(result)}, network below the diagonal, head to head above")
        typer.echo()
        print_table(list(rows[0]), [[str(cell) for cell in row.values()] for row in rows])
        print_remarks(material, notes)


def summary_row(result: NetworkResult) -> Row:
    """Give model and heterogeneity under the names that readers know."""
    h = result.heterogeneity
    return {
        "measure": result.measure,
        "model": result.model,
        "interval": result.interval,
        "level": result.level,
        "reference": result.reference,
        "tau2": h.tau2,
        "tau2_low": h.tau2_low,
        "tau2_high": h.tau2_high,
        "tau2_method": h.tau2_method,
        "Q": h.q,
        "df": h.df,
        "p_Q": h.p,
        "I2": h.i2,
    }


def _for_machines(
    material: Material, result: NetworkResult, ranking: Ranking, posterior: BayesianNetwork | None
) -> dict[str, Any]:
    from cereblon.synthesis.frequentist import assess_inconsistency, split_nodes
    from cereblon.synthesis.frequentist.separation import unbounded_against

    scores = {str(row["treatment"]): row["p_score"] for row in ranking.to_rows()}
    content: dict[str, Any] = {
        **material.about,
        **summary_row(result),
        "treatments": result.treatments,
        "studies": result.data.studies,
        "patients": dict(material.patients),
        "patients_incomplete": material.incomplete,
        "smaller_is_better": material.smaller_is_better,
        "without_finite_estimate": unbounded_against(result.data, result.reference),
        "p_scores": scores,
        "effects": result.to_rows(),
        "ranking": ranking.to_rows(),
        "inconsistency": assess_inconsistency(result.data, tau2_method=result.heterogeneity.tau2_method).to_rows(),
        "node_splits": split_nodes(result).to_rows(),
        "contrasts": result.data.to_rows(result.level),
        **material.remarks([*result.notes, *ranking.notes()]),
    }
    if posterior is not None:
        content["bayesian"] = posterior_content(posterior, material.smaller_is_better)
    return content


def posterior_content(posterior: BayesianNetwork, smaller_is_better: bool) -> dict[str, Any]:
    """Give a posterior for machines."""
    return {
        "model": posterior.model,
        "has_converged": posterior.has_converged,
        "divergences": posterior.divergences,
        "convergence": posterior.convergence,
        **posterior.fit.to_row(),
        **posterior.heterogeneity_row(),
        "effects": posterior.to_rows(),
        "ranking": posterior.rank(smaller_is_better=smaller_is_better).to_rows(),
        "seed": posterior.seed,
        "notes": posterior.notes,
    }


def _shown(result: NetworkResult) -> str:
    from cereblon.synthesis.frequentist.measure import shown_as

    return f"{shown_as(result.measure)} with {100 * result.level:g} % interval"


def span(row: Row) -> str:
    """Write value and interval of a row."""
    return f"{row['value']:.2f} ({row['low']:.2f} to {row['high']:.2f})"


def heterogeneity_text(result: NetworkResult) -> str:
    """Say model and heterogeneity in one sentence."""
    h = result.heterogeneity
    model = "random effects" if result.model == "random" else "fixed effects"
    if h.i2 is None or h.tau2 is None or h.p is None:
        return f"{model}; heterogeneity cannot be estimated"
    tau2 = f"tau2 {h.tau2:.3g} ({h.tau2_method}, {h.tau2_low:.3g} to {h.tau2_high:.3g})"
    kind = "" if result.interval == "wald" else f", {result.interval} intervals"
    return f"{model}{kind}; {tau2}, Q {h.q:.2f} on {h.df} df (p={h.p:.2g}), I2 {100 * h.i2:.0f} %"


def consistency_text(result: NetworkResult) -> str:
    """Say in one sentence whether parts of a network that can be checked against each other agree."""
    from cereblon.synthesis.frequentist import assess_inconsistency, split_nodes

    whole = assess_inconsistency(result.data, tau2_method=result.heterogeneity.tau2_method).interaction
    testable = split_nodes(result).testable
    if not testable or whole.df == 0 or whole.p is None:
        return "consistency: no comparison has both direct and indirect evidence, so nothing can be checked"
    apart = sum(split.p is not None and split.p < 0.1 for split in testable)
    return (
        f"consistency: whole network p={whole.p:.2g}; of {len(testable)} comparisons with direct and indirect"
        f" evidence {apart} differ (p below 0.1)"
    )


def _print(material: Material, result: NetworkResult, ranking: Ranking, posterior: BayesianNetwork | None) -> None:
    from cereblon.synthesis.frequentist.measure import shown_as

    n, more = sum(material.patients.values()), " in arms of known size" if material.incomplete else ""
    known = f", {n} patients{more}" if n else ""
    print_text(f"{material.title}: {len(result.data.studies)} trials, {len(result.treatments)} treatments{known}")
    print_text(heterogeneity_text(result))
    print_text(consistency_text(result))
    typer.echo()
    scores = {str(row["treatment"]): row for row in ranking.to_rows()}
    effects = {str(row["treatment"]): row for row in result.to_rows(result.reference)}
    columns = ["treatment", f"{shown_as(result.measure)} v {result.reference}", "trials", "P-score", "SUCRA"]
    columns += ["Bayesian"] if posterior is not None else []
    lines = []
    for name in ranking.treatments:
        effect, score = effects.get(name), scores[name]
        cells = [name, span(effect) if effect else "reference", str(effect["direct_trials"]) if effect else ""]
        cells += [f"{score['p_score']:.2f}", _sucra(score)]
        if posterior is not None:
            own = (
                posterior.compare(name, result.reference).to_row(result.measure, posterior.level) if effect else None
            )
            cells.append(span(own) if own else "")
        lines.append(cells)
    print_table(columns, lines)
    notes = [*result.notes, *ranking.notes()]
    if posterior is not None:
        state = "converged" if posterior.has_converged else "NOT converged"
        tau = posterior.heterogeneity_row()
        fit = posterior.fit
        print_text(
            f"Bayesian, {posterior.model} effects, {state}: tau {tau['tau']:.2f} ({tau['tau_low']:.2f} to "
            f"{tau['tau_high']:.2f}), residual deviance {fit.residual_deviance:.1f} on {fit.data_points} data "
            f"points, pD {fit.effective_parameters:.1f}, DIC {fit.dic:.1f}, seed {posterior.seed}"
        )
        notes += [note for note in posterior.notes if note not in notes]
    print_remarks(material, notes)


def _sucra(row: Row) -> str:
    return f"{row['sucra']:.2f} ({row['sucra_low']:.2f} to {row['sucra_high']:.2f})"


def print_remarks(material: Material, notes: Sequence[str]) -> None:
    """Print the notes, what was left out, and the sources."""
    if notes:
        typer.echo("\nnotes")
        for note in notes:
            print_text(f"- {note}")
    trials = [row for row in material.left_out if not str(row["why"]).startswith("not a randomised trial")]
    others = [str(row["study"]) for row in material.left_out if row not in trials]
    if material.left_out:
        typer.echo("\nleft out")
        for row in trials:
            print_text(f"- {row['study']}, {row['what']}: {row['why']}")
        if others:
            print_text(f"- not randomised trials: {', '.join(others)}")
    if material.used:
        typer.echo("\nnumbers used")
        references: dict[str, int] = {}
        for row in material.used:
            mark = references.setdefault(str(row["reference"]), len(references) + 1)
            pair = f"{row['treatment']} v {row['versus']}" if row["versus"] else str(row["treatment"])
            cut = f", cut {row['cut']}" if row["cut"] else ""
            print_text(f"- {row['study']}, {pair}: {row['printed']}{cut} [{mark}]")
        for reference, mark in references.items():
            typer.echo(f"[{mark}] {reference}")


def _picture(
    name: str, material: Material, result: NetworkResult, ranking: Ranking, posterior: BayesianNetwork | None
) -> Any:
    from cereblon.cli.evidence import synthesis_pictures as pictures

    if name == "forest":
        return pictures.network_forest(result, material.smaller_is_better, posterior)
    if name == "league":
        return pictures.draw_league(result, ranking.treatments, material.smaller_is_better)
    if name == "ranks":
        return pictures.draw_ranks(ranking)
    if name == "funnel":
        return pictures.draw_funnel(result, ranking.treatments)
    return pictures.draw_network(result, material.patients, material.incomplete)


def _write_page(
    material: Material,
    asked: Asked,
    result: NetworkResult,
    ranking: Ranking,
    posterior: BayesianNetwork | None,
    *,
    only_league: bool = False,
) -> None:
    from cereblon.report.saving import Panel, save_page
    from cereblon.synthesis.frequentist import assess_inconsistency, split_nodes

    def drawn(name: str) -> Any:
        return _picture(name, material, result, ranking, posterior)

    league = Panel("League table", drawn("league"))
    panels = [league]
    if not only_league:
        inconsistency = assess_inconsistency(result.data, tau2_method=result.heterogeneity.tau2_method)
        panels = [
            Panel("Network", drawn("network"), sentences=[heterogeneity_text(result)]),
            Panel("Effects", drawn("forest"), result.to_rows(result.reference)),
            league,
            Panel("Ranks", drawn("ranks"), ranking.to_rows(), ["A rank says nothing about how much better."]),
            Panel("Consistency", None, inconsistency.to_rows(), [consistency_text(result)]),
            Panel("Small trials", drawn("funnel")),
        ]
        if split_nodes(result).testable:
            rows = [row for row in split_nodes(result).to_rows() if row["p"] is not None]
            panels.insert(5, Panel("Direct against indirect evidence", None, rows))
        if posterior is not None:
            panels.append(
                Panel(
                    "Bayesian", None, posterior.to_rows(result.reference), [f"- {note}" for note in posterior.notes]
                )
            )
            panels.append(Panel("Convergence", None, posterior.convergence))
    panels += remark_panels(material, result.notes)
    assert asked.html is not None
    typer.echo(f"written: {save_page(asked.html, material.title, [heterogeneity_text(result)], panels)}", err=True)


def remark_panels(material: Material, notes: Sequence[str]) -> list[Any]:
    """Give the last parts of a page: notes, what was left out, and the numbers with their sources."""
    from cereblon.report.saving import Panel

    panels = [Panel("Notes", sentences=[f"- {note}" for note in notes])] if notes else []
    if material.left_out:
        panels.append(Panel("Left out", None, material.left_out))
    if material.used:
        panels.append(Panel("Numbers and sources", None, material.used))
    return panels
