"""`cereblon evidence compare`: two treatments, from all trials of a setting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cereblon.cli.applies import Applies, applies
from cereblon.cli.evidence.network import posterior_content, print_remarks, remark_panels, span, summary_row
from cereblon.cli.evidence.printing import print_json, print_rows, print_table, print_text
from cereblon.cli.evidence.synthesis_input import (
    Material,
    load_material,
    lost_with,
    run_network,
    run_sampler,
    run_split,
)
from cereblon.cli.evidence.synthesis_options import OF_MATERIAL, OF_SAMPLER, Asked, AskedOfSampler, takes

if TYPE_CHECKING:
    from cereblon.synthesis.bayes import BayesianNetwork
    from cereblon.synthesis.frequentist import Comparison
    from cereblon.synthesis.frequentist.measure import Row


@applies(*OF_MATERIAL, *OF_SAMPLER, Applies("--seed", with_any=("--bayes",), because="nothing else is drawn"))
@takes(Asked, AskedOfSampler, without=("reference", "part"))
def compare(
    asked: Asked,
    sampler: AskedOfSampler,
    treatment: Annotated[str, typer.Argument(help="Treatment above the line, for example DRd.")],
    versus: Annotated[str, typer.Argument(help="Treatment below the line, for example VRd.")],
) -> None:
    """Compare two treatments: head to head, indirectly, and from the whole network, with how sure that is.

    With --bayes also the posterior, and direct against indirect evidence in a posterior of their own (node-splitting)
    where there are both.

    Example: cereblon evidence compare VRd DRd --setting ndmm-tie
    """
    from cereblon.synthesis.frequentist import compare_treatments

    whole = load_material(asked, whole=True)
    treatment, versus = whole.find(treatment), whole.find(versus)
    material = _joined(whole, treatment, versus)
    result = run_network(material, asked)
    comparison = compare_treatments(result, treatment, versus)
    posterior = run_sampler(result, asked, sampler)
    rows = comparison.to_rows()
    if posterior is not None:
        above, below = comparison.split.treatment, comparison.split.versus
        own = posterior.compare(above, below).to_row(result.measure, posterior.level)
        kept: Row = {name: own[name] for name in rows[0] if name in own}
        rows.append({"evidence": "Bayesian network", **kept, "trials": None})
    split = run_split(result, comparison.split.treatment, comparison.split.versus, asked, sampler)
    if split is not None:
        rows += [{name: row.get(name) for name in rows[0]} for row in split.to_rows()]
    said = comparison.sentences(smaller_is_better=material.smaller_is_better)
    if posterior is not None:
        said.insert(-1, _posterior_sentence(comparison, posterior, material.smaller_is_better))
    if split is not None:
        said.insert(-1, split.sentence())
    if asked.png is not None or asked.svg is not None:
        from cereblon.cli.evidence.synthesis_pictures import save_pictures

        save_pictures(_chart(comparison, rows, material), asked.png, asked.svg)
    if asked.html is not None:
        from cereblon.report.saving import Panel, save_page

        panels = [
            Panel("All evidence", _chart(comparison, rows, material), rows),
            *remark_panels(material, result.notes),
        ]
        typer.echo(f"written: {save_page(asked.html, material.title, said, panels)}", err=True)
    if asked.as_json:
        content: dict[str, Any] = {**material.about, **summary_row(result), "evidence": rows, "sentences": said}
        content["how_sure"] = comparison.trust
        content["chain"] = [step.__dict__ for step in comparison.chain]
        if posterior is not None:
            content["bayesian"] = posterior_content(posterior, material.smaller_is_better)
        if split is not None:
            content["bayesian_split"] = {
                "direct": split.direct.__dict__,
                "indirect": split.indirect.__dict__,
                "difference": split.difference.__dict__,
                "p": split.p,
                "has_converged": split.posterior.has_converged,
                "divergences": split.posterior.divergences,
                "convergence": split.posterior.convergence,
                **split.posterior.heterogeneity_row(),
            }
        print_json({**content, **material.remarks(result.notes)})
    elif print_rows(rows, list(rows[0]), as_json=False, as_csv=asked.as_csv):
        material.print_notes_beside_csv(result.notes)
    else:
        _print(material, rows, said, [*result.notes, *(posterior.notes if posterior else ())])


def _joined(material: Material, above: str, below: str) -> Material:
    """Keep the part of the network that holds both treatments, or say that no chain of trials joins them."""
    from dataclasses import replace

    from cereblon.core.errors import InputError
    from cereblon.synthesis.trial_networks import keep_part

    if above == below:
        raise InputError(f"{above} cannot be compared with itself")
    data, gone = keep_part(material.data, above)
    if below not in data.treatments:
        joined = ", ".join(name for name in data.treatments if name != above)
        raise InputError(
            f"{material.title}: no chain of trials joins {above} and {below}",
            hint=f"{above} is joined to {joined}",
        )
    why = "no trial joins it to the two treatments"
    left_out: list[Row] = [{"study": study, "what": what, "why": why} for study, what in gone]
    used = tuple(row for row in material.used if row["study"] in data.studies)
    lost = (*material.lost, *lost_with(material.data, data, left_out))
    return replace(material, data=data, used=used, left_out=(*material.left_out, *left_out), lost=lost)


def _posterior_sentence(comparison: Comparison, posterior: BayesianNetwork, smaller_is_better: bool) -> str:
    effect = posterior.compare(comparison.split.treatment, comparison.split.versus)
    below = effect.p_below_zero
    better = below if smaller_is_better else 1.0 - below
    state = "" if posterior.has_converged else " (the sampler has NOT converged)"
    return f"Bayesian{state}: {effect.treatment} is the better of the two with probability {better:.2f}."


def _chart(comparison: Comparison, rows: list[Row], material: Material) -> Any:
    from cereblon.cli.evidence.synthesis_pictures import draw_forest, favours
    from cereblon.report.synthesis.forest import ForestLine, Kind

    kinds: dict[str, Kind] = {"direct": "pooled", "network": "network", "Bayesian network": "bayesian"}
    lines = [ForestLine("heading", f"{comparison.split.treatment} versus {comparison.split.versus}")]
    for row in rows:
        value, low, high = (float(row[name] or 0.0) for name in ("value", "low", "high"))
        kind = kinds.get(str(row["evidence"]), "pooled")
        lines.append(ForestLine(kind, str(row["evidence"]), value, low, high))
    sides = favours(material.smaller_is_better, comparison.split.treatment, comparison.split.versus)
    return draw_forest(lines, material.data.measure, sides)


def _print(material: Material, rows: list[Row], said: list[str], notes: list[str]) -> None:
    print_text(material.title)
    typer.echo()
    columns = ["evidence", str(rows[0]["unit"]), "trials"]
    shown = [[str(row["evidence"]), span(row), "" if row["trials"] is None else str(row["trials"])] for row in rows]
    print_table(columns, shown)
    typer.echo()
    for sentence in said:
        print_text(sentence)
    print_remarks(material, list(dict.fromkeys(notes)))
