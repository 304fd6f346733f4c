"""`cereblon evidence over-time`: several trials synthesised without proportional hazards."""

from __future__ import annotations

from cereblon.cli.applies import Applies, applies
from cereblon.cli.asks import Asked, Asks, Gathers, asks
from cereblon.cli.outputs import Output


@applies(Applies("--powers", without=("--changes",), because="the ratio is a step function or a polynomial"))
@asks(
    Asks(of="questions.over_time.over_time", said={"data": "CSV of individuals: study, treatment, month, event."}),
    Gathers(Output),
)
def over_time(asked: Asked, output: Output) -> None:
    """Synthesise trials whose hazards are not proportional: the hazard ratio as a function of time.

    Every study keeps its own baseline hazard; effects are shared (fixed effect), as steps or fractional polynomials.
    Individuals come from a file, for example rebuilt by `cereblon evidence curve --individuals`.

    Example: cereblon evidence over-time --data trials.csv --reference Rd --changes 12,24
    """
    import cereblon as cb

    output.give(cb.over_time(**asked))
