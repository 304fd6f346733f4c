"""`cereblon cohort`: a user's own patients, beside what was simulated and published.

One module per command; its function gets its name in `app` here. The modules import nothing heavy at their top.
"""

from __future__ import annotations

from cereblon.cli.applies import CheckedCommand
from cereblon.cli.cohort import beside, emulate, example, observed, truth
from cereblon.cli.help_text import command_group

app = command_group()


@app.callback()
def cohort() -> None:
    """Ask what happened to your own patients: lines, response and outcomes from the records of a database.

    Example: cereblon cohort example --size 200 --out example
    """


app.command("build", cls=CheckedCommand)(observed.build)
app.command("check", cls=CheckedCommand)(observed.check)
app.command("report", cls=CheckedCommand)(observed.report)
app.command("why", cls=CheckedCommand)(observed.why)
app.command("compare", cls=CheckedCommand)(beside.compare)
app.command("pool", cls=CheckedCommand)(beside.pool)
app.command("emulate", cls=CheckedCommand)(emulate.emulate)
app.command("example", cls=CheckedCommand)(example.example)
app.command("score", cls=CheckedCommand)(truth.score)
