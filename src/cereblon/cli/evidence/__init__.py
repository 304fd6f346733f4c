"""`cereblon evidence`: look up published numbers, each with its source, and put them together.

One module per group of commands; its functions get their names in `app` here. The modules import nothing heavy at
their top.
"""

from __future__ import annotations

from cereblon.cli.applies import CheckedCommand
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
from cereblon.cli.help_text import command_group

app = command_group()


@app.callback()
def evidence() -> None:
    """Look up published numbers, each with its source.

    Example: cereblon evidence table --endpoint orr --setting rrmm
    """


app.command("list", cls=CheckedCommand)(look_up.list_studies)
app.command("show", cls=CheckedCommand)(look_up.show)
app.command("table", cls=CheckedCommand)(look_up.table)
app.command("endpoints", cls=CheckedCommand)(look_up.endpoints)
app.command("check", cls=CheckedCommand)(look_up.check)
app.command("regimen", cls=CheckedCommand)(look_up.regimen)
app.command("import", cls=CheckedCommand)(importing.import_file)
app.command("cite", cls=CheckedCommand)(citing.cite)
app.command("curve", cls=CheckedCommand)(curve.curve)
app.command("forest", cls=CheckedCommand)(forest.forest)
app.command("network", cls=CheckedCommand)(network.network)
app.command("league", cls=CheckedCommand)(network.league)
app.command("compare", cls=CheckedCommand)(compare.compare)
app.command("adjust", cls=CheckedCommand)(adjust.adjust)
app.command("over-time", cls=CheckedCommand)(over_time.over_time)
app.command("practice", cls=CheckedCommand)(practice.practice)
