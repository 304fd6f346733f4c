"""`cereblon cohort build`, `check`, `report` and `why`: what happened to a user's own patients."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from cereblon.cli.applies import Applies, applies
from cereblon.cli.outputs import Html, ending, folder_place, print_result, refuse_places, save_result
from cereblon.cli.running import AsCsv, AsJson, tell

Source = Annotated[
    str,
    typer.Argument(
        help="DuckDB file, folder with a CSV or Parquet file per table, postgresql://USER@HOST/DATABASE, "
        "spark:cdm for a schema of Spark, or a mapping file (.yaml) of your tables."
    ),
]
Folder = Annotated[Path, typer.Argument(help="Folder of a built cohort.")]
Definition = Annotated[
    str, typer.Option(help="treated, newly_diagnosed, newly_diagnosed_strict, maintenance, or a YAML file.")
]
Minutes = Annotated[float, typer.Option(help="How long it may take before it is stopped.")]
By = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        help="Kind of response and progression: strict, relaxed or real_world; that of the definition unless given."
    ),
]


def build(
    source: Source,
    out: Annotated[Path, typer.Option(help="Folder for the tables.", callback=folder_place)],
    definition: Definition = "treated",
    estimand: By = None,
    minutes: Minutes = 60.0,
    html: Html = None,
    as_json: AsJson = False,
) -> None:
    """Build a cohort from a database of the OMOP Common Data Model, which is opened read-only.

    Small numbers are masked in what is printed and on the page; the folder holds rows of patients.

    Example: cereblon cohort build cdm.duckdb --out cohort --definition newly_diagnosed --html cohort.html
    """
    refuse_places(html)
    import cereblon as cb

    answer = cb.cohort.build(source, definition=definition, out=out, estimand=estimand, minutes=minutes)
    save_result(answer, html)
    print_result(answer, as_json=as_json)


def check(
    source: Source, definition: Definition = "treated", minutes: Minutes = 60.0, as_json: AsJson = False
) -> None:
    """Say what would be read of a source, with counts, and what a definition asks for.

    Example: cereblon cohort check mapping.yaml --definition newly_diagnosed
    """
    import cereblon as cb

    print_result(cb.cohort.check(source, definition=definition, minutes=minutes), as_json=as_json)


@applies(Applies("--site", with_any=("--share",), because="the page and what is printed name no site"))
def report(
    folder: Folder,
    estimand: By = None,
    html: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="Write a page that works offline.", callback=ending(".html")),
    ] = None,
    share: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="Write what may leave the house: no row of a patient.", callback=ending(".json")),
    ] = None,
    weights: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="Table of person_id and weight, by which patients count in outcomes."),
    ] = None,
    site: Annotated[str, typer.Option(help="Name of the site in shared results.")] = "site",
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Print the outcomes of a built cohort, or write its page: attrition, lines of therapy, outcomes, courses.

    Shared results hold estimates and counts alone, with small numbers masked; `cohort pool` pools those of sites.

    Example: cereblon cohort report cohort --html cohort.html
    """
    refuse_places(html, share)
    import cereblon as cb

    answer = cb.cohort.report(folder, estimand=estimand, weights=weights)
    if share is not None:
        tell(f"wrote {answer.share(share, site=site)}")
    save_result(answer, html)
    print_result(answer, as_json=as_json, as_csv=as_csv)


def why(
    folder: Folder,
    person: Annotated[str, typer.Argument(help="Name of the patient in the source.")],
    as_json: AsJson = False,
) -> None:
    """Show the course of one patient, with each decision, its rule and the rows behind it.

    Example: cereblon cohort why cohort 17
    """
    import cereblon as cb

    print_result(cb.cohort.why(folder, person), as_json=as_json)
