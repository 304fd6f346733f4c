"""`cereblon evidence`: look up published numbers, each with its source, and put them together.

One module per group of commands; its functions get their names in `app` here. The modules import nothing heavy at
their top.
"""

from __future__ import annotations

import typer

from cereblon.cli.evidence import (
    adjust,
    citing,
    compare,
    curve,
    forest,
    importing,
    look_up,
    network,
    over_time,
    practice,
)

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False, no_args_is_help=True)


@app.callback()
def evidence() -> None:
    """Look up published numbers, each with its source.

    Example: cereblon evidence table --endpoint orr --setting rrmm
    """


app.command("list")(look_up.list_studies)
app.command("show")(look_up.show)
app.command("table")(look_up.table)
app.command("endpoints")(look_up.endpoints)
app.command("check")(look_up.check)
app.command("import")(importing.import_file)
app.command("cite")(citing.cite)
app.command("curve")(curve.curve)
app.command("forest")(forest.forest)
app.command("network")(network.network)
app.command("league")(network.league)
app.command("compare")(compare.compare)
app.command("adjust")(adjust.adjust)
app.command("over-time")(over_time.over_time)
app.command("practice")(practice.practice)
