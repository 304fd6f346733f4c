"""`cereblon pk`: which exposure a dose gives, in one kind of patient or a population."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cereblon.cli.applies import CheckedCommand, applies
from cereblon.cli.pk_options import CONDITIONS
from cereblon.cli.running import AsCsv, AsJson

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cereblon.cli.pk_runs import Answer, Setting

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command(cls=CheckedCommand)
@applies(*CONDITIONS)
def pk(
    context: typer.Context,
    drug: Annotated[str | None, typer.Argument(help="lenalidomide, bortezomib, daratumumab ...")] = None,
    dose: Annotated[
        str | None, typer.Option(help='"25 mg", "1.3 mg/m2", "16 mg/kg"; the usual one if left out.')
    ] = None,
    schedule: Annotated[
        str | None,
        typer.Option(help='Days of a cycle as "1-21/28" or "21 of 28 days", an interval as q24h or q7d, or once.'),
    ] = None,
    route: Annotated[str | None, typer.Option(help="oral, iv or sc.")] = None,
    regimen: Annotated[
        str | None, typer.Option(help="Take dose, schedule and route from this regimen of the library.")
    ] = None,
    infusion: Annotated[float | None, typer.Option(help="Length of an infusion, minutes.")] = None,
    fed: Annotated[bool, typer.Option("--fed", help="Taken with a high-fat meal (lenalidomide).")] = False,
    cycles: Annotated[
        int | None,
        typer.Option(min=1, max=400, help="Number of cycles given, and shown unless --days says otherwise."),
    ] = None,
    days: Annotated[float | None, typer.Option(min=0.01, max=4000.0, help="Length of the curve, days.")] = None,
    steady_state: Annotated[
        bool, typer.Option("--steady-state", help="Show doses at steady state, not the first.")
    ] = False,
    sex: Annotated[str | None, typer.Option(help="male or female.")] = None,
    weight: Annotated[str | None, typer.Option(help="kg, or with its unit.")] = None,
    height: Annotated[str | None, typer.Option(help="cm, or with its unit.")] = None,
    crcl: Annotated[str | None, typer.Option(help="Creatinine clearance, mL/min, or with its unit.")] = None,
    albumin: Annotated[str | None, typer.Option(help="g/L, or with its unit.")] = None,
    isotype: Annotated[str | None, typer.Option(help="IgG, IgA, light_chain.")] = None,
    b2m: Annotated[str | None, typer.Option(help="Beta-2 microglobulin, mg/L, or with its unit.")] = None,
    m_protein: Annotated[str | None, typer.Option(help="Serum M-protein, g/L, or with its unit.")] = None,
    protein: Annotated[str | None, typer.Option(help="Total serum protein, g/L, or with its unit.")] = None,
    asian: Annotated[str | None, typer.Option(help="yes or no.")] = None,
    partner: Annotated[str | None, typer.Option(help="Partner of elotuzumab: lenalidomide or pomalidomide.")] = None,
    population: Annotated[
        str | None, typer.Option(help="Draw people of this population; a covariate stated beside it holds for all.")
    ] = None,
    n: Annotated[int, typer.Option("-n", "--subjects", min=1, max=100_000, help="Number of subjects.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Same seed, same subjects.")] = 1,
    typical: Annotated[bool, typer.Option("--typical", help="Leave out what varies between subjects.")] = False,
    measured: Annotated[
        bool, typer.Option("--measured", help="Add residual error to the curve, as assayed.")
    ] = False,
    compare: Annotated[
        str | None, typer.Option(help='A second patient or dose, as "crcl=25" or "crcl=25,dose=10 mg".')
    ] = None,
    change: Annotated[
        list[str] | None,
        typer.Option(
            help='What changes so many days after the first dose, as "14: crcl=30,dose=15 mg"; may be repeated.'
        ),
    ] = None,
    allow_implausible: Annotated[
        bool, typer.Option("--allow-implausible", help="Accept a dose far outside what is given.")
    ] = False,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    parquet: Annotated[Path | None, typer.Option(help="Write the curve into this Parquet file.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write an interactive page.")] = None,
    png: Annotated[Path | None, typer.Option(help="Draw into this PNG file.")] = None,
    svg: Annotated[Path | None, typer.Option(help="Draw into this SVG file.")] = None,
    log: Annotated[bool, typer.Option("--log", help="Logarithmic axis in PNG and SVG.")] = False,
    events: Annotated[Path | None, typer.Option(help="Write doses and observations as NONMEM-style CSV.")] = None,
    simulate_events: Annotated[
        Path | None, typer.Option(help="Read such a data set, print concentrations at its observations as CSV.")
    ] = None,
    time_unit: Annotated[
        str | None, typer.Option(help="Of times, intervals and rates in --simulate-events: hours or days.")
    ] = None,
    in_order: Annotated[
        bool,
        typer.Option("--in-order", help="In --simulate-events, the order of rows at one time counts, as in NONMEM."),
    ] = False,
    checks: Annotated[bool, typer.Option("--checks", help="Print observed against simulated exposure.")] = False,
) -> None:
    """Show which exposure a dose gives: concentration over time and its metrics.

    A patient not described is a man of 65 years, 75 kg and 172 cm, creatinine clearance 90 mL/min, albumin 37 g/L,
    IgG myeloma. Bands run from 5 to 95 % of subjects. Steady state is computed in closed form.

    Example: cereblon pk lenalidomide --crcl 40 --dose "10 mg" --compare "crcl=90,dose=25 mg"
    """
    from cereblon.cli.pk_options import options_given, refuse_idle
    from cereblon.cli.running import print_notes

    notes: list[str] = []
    drug = _read_drug(drug, notes)
    if checks:
        print_notes(notes)
        _print_checks(drug, as_json=as_json, as_csv=as_csv)
        return
    if drug is None:
        raise typer.BadParameter("name a drug, e.g. cereblon pk lenalidomide")
    from cereblon.cli.pk_questions import first_question, from_regimen, other_question
    from cereblon.cli.pk_runs import Setting, answer, notes_of
    from cereblon.cli.pk_words import COMPARABLE, read_change, read_pairs
    from cereblon.model.drugs.kinetics import load_kinetics

    setting = Setting(
        kinetics=load_kinetics(drug),
        n=n,
        seed=seed,
        population=population,
        typical=typical,
        cycles=cycles,
        days=days,
        steady_state=steady_state,
        changes=tuple(read_change(one) for one in change or ()),
        measured=measured,
    )
    if simulate_events is not None:
        from cereblon.cli.pk_events import Reading, print_predictions

        reading = Reading(time_unit=time_unit, in_order=in_order, allow_implausible=allow_implausible)
        print_predictions(setting, simulate_events, reading, options_given(context), notes, as_json=as_json)
        return
    given = {
        **{"sex": sex, "weight": weight, "height": height, "crcl": crcl, "albumin": albumin},
        **{"isotype": isotype, "b2m": b2m, "m-protein": m_protein, "protein": protein, "asian": asian},
        "partner": partner,
    }
    if regimen is not None:
        ordered = from_regimen(regimen, drug)
        dose, schedule, route = (
            mine or theirs for mine, theirs in zip((dose, schedule, route), ordered, strict=True)
        )
    first = first_question(
        {name: value for name, value in given.items() if value is not None},
        population=population,
        dose=dose,
        schedule=schedule,
        route=route,
        fed=fed,
        infusion_min=infusion,
        allow_implausible=allow_implausible,
    )
    questions = [first] if compare is None else [first, other_question(first, compare)]
    compared = read_pairs("--compare", compare, COMPARABLE) if compare is not None else {}
    refuse_idle(options_given(context), compared, questions, setting)
    answers = [answer(question, setting) for question in questions]
    notes += notes_of(answers, setting)
    print_notes(notes)
    if events is not None:
        _write_events(answers[0], setting, events)
    for path in (parquet, html, png, svg):
        if path is not None:
            _write(
                answers, setting, path, kind="parquet" if path is parquet else path.suffix, log=log, page=path is html
            )
    _print(answers, setting, notes, as_json=as_json, as_csv=as_csv)


def _read_drug(written: str | None, notes: list[str]) -> str | None:
    """Find the drug that is meant, by its name, brand or short form; another name is remarked."""
    from cereblon.model.drugs import KINETIC_DRUGS
    from cereblon.vocabulary.drugs import need_drug

    if written is None:
        return None
    drug = need_drug(written, KINETIC_DRUGS)
    if drug != written:
        notes.append(f"drug {written!r} is read as {drug}")
    return drug


def _print(answers: Sequence[Answer], setting: Setting, notes: Sequence[str], *, as_json: bool, as_csv: bool) -> None:
    """Print curve and metrics: for people, as JSON or as CSV."""
    from cereblon.cli.pk_answers import MARKS, aligned, curve_of, metric_rows, metrics_of, sketch
    from cereblon.cli.running import print_csv, print_json

    labels = [one.question.label for one in answers]
    exposures = [one.exposure for one in answers]
    curves = [curve_of(exposure) for exposure in exposures]
    if as_json:
        parts = [
            {"metrics": metrics_of(exposure), "curve": curve}
            for exposure, curve in zip(exposures, curves, strict=True)
        ]
        drug = setting.kinetics.drug
        if len(parts) == 1:
            print_json({"drug": drug, "notes": notes, **parts[0]})
        else:
            named = [{"patient": label, **part} for label, part in zip(labels, parts, strict=True)]
            print_json({"drug": drug, "notes": notes, "compare": named})
        return
    if as_csv:
        print_csv([{"patient": label, **row} for label, curve in zip(labels, curves, strict=True) for row in curve])
        return
    for line in _words(answers, setting):
        typer.echo(line)
    typer.echo(sketch(curves))
    marks = ", ".join(
        f"{dot} median and {shade} 5 to 95 % of {label}" for label, (shade, dot) in zip(labels, MARKS, strict=False)
    )
    typer.echo(f"{' ' * 10}{marks}\n")
    typer.echo("median (5 to 95 % of subjects)")
    typer.echo(aligned(metric_rows(labels, exposures)))


def _words(answers: Sequence[Answer], setting: Setting) -> list[str]:
    """Say what was asked, of whom, and what the curve is."""
    from cereblon.cli.pk_answers import who
    from cereblon.cli.pk_questions import describe, say_change

    lines = []
    for one in answers:
        names = who(one.patient, setting.kinetics.covariates)
        lines.append(describe(one.question, setting.kinetics, one.order, names))
    n = len(answers[0].patient.weight_kg)
    varied = "typical values" if setting.typical else f"{n:,} subjects, seed {setting.seed}"
    when = "at steady state" if setting.steady_state else "from the first dose"
    one = answers[0]
    lines += [say_change(change, setting.kinetics, one.order.route, one.question) for change in setting.changes]
    return [*lines, f"{varied}; {when}{', with residual error' if setting.measured else ''}"]


def _write(answers: Sequence[Answer], setting: Setting, path: Path, *, kind: str, log: bool, page: bool) -> None:
    """Write the curve as Parquet, as a picture, or as an interactive page."""
    from cereblon.cli.pk_answers import curve_of, metric_rows

    rows = [{"who": one.question.label, **row} for one in answers for row in curve_of(one.exposure)]
    if kind == "parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        from cereblon.core.errors import InputError

        try:
            pq.write_table(pa.Table.from_pylist(rows), path)
        except OSError as error:
            raise InputError(f"{path}: cannot be written ({error})", hint="check the folder") from error
    else:
        from cereblon.report.concentration import concentration_chart, save_page
        from cereblon.report.static import save_picture

        words = _words(answers, setting)
        title = f"{setting.kinetics.drug}: concentration over time"
        band = "5 to 95 % of subjects"
        unit = setting.kinetics.unit

        def chart(logarithmic: bool, name: str) -> Any:
            return concentration_chart(rows, unit=unit, title=name, band=band, log=logarithmic)

        if page:
            table = metric_rows([one.question.label for one in answers], [one.exposure for one in answers])
            charts = [chart(False, "linear axis"), chart(True, "logarithmic axis")]
            save_page(path, title=title, lead=words, charts=charts, table=table)
        else:
            save_picture(chart(log, words[0] if len(answers) == 1 else title), path)
    typer.echo(f"wrote {path}", err=True)


def _write_events(found: Answer, setting: Setting, path: Path) -> None:
    from cereblon.cli.pk_runs import write_events
    from cereblon.model.exposure.event_columns import centre, compartments

    rows = write_events(found, setting, path)
    places = ", ".join(f"{number} {name}" for number, name in compartments(setting.kinetics).items())
    typer.echo(
        f"wrote {path}: {rows} rows; TIME and II in h, AMT in mg, RATE in mg/h; doses into {places}, concentrations "
        f"of {centre(setting.kinetics)}",
        err=True,
    )


def _print_checks(drug: str | None, *, as_json: bool, as_csv: bool) -> None:
    """Print the check-values, of one drug or of all."""
    from cereblon.cli.pk_answers import aligned, number
    from cereblon.cli.running import print_csv, print_json
    from cereblon.model.drugs.kinetics import load_kinetics
    from cereblon.verification.exposure_checks.checks import check_rows

    if drug is not None:
        load_kinetics(drug)
    rows = [row for row in check_rows() if drug in (None, row.observation.drug)]
    full: list[dict[str, object]] = [
        {
            **{"key": row.key, "drug": row.observation.drug, "quantity": row.observation.quantity},
            **{"observed": row.observation.observed, "simulated": row.simulated, "unit": row.observation.unit},
            **{"ratio": row.ratio, "band_low": row.observation.band[0], "band_high": row.observation.band[1]},
            **{"verdict": row.verdict, "grade": row.observation.grade, "reason": row.observation.reason},
            "source": row.observation.source,
        }
        for row in rows
    ]
    if as_json:
        print_json(full)
    elif as_csv:
        print_csv(full)
    else:
        shown = [
            {
                "drug": row.observation.drug,
                "quantity": row.observation.quantity,
                "observed": number(row.observation.observed),
                "simulated": number(row.simulated),
                "unit": "" if row.observation.unit == "1" else row.observation.unit,
                "ratio": f"{row.ratio:.2f}",
                "band": f"{row.observation.band[0]:g} to {row.observation.band[1]:g}",
                "verdict": row.verdict,
            }
            for row in rows
        ]
        typer.echo(aligned(shown))
