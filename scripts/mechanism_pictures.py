"""Table and pictures of the page on the mechanism: `.venv/bin/python -m scripts.mechanism_pictures`."""

from __future__ import annotations

from pathlib import Path

import altair as alt
import vl_convert

import cereblon as cb
from cereblon.model.mechanism.fidelity import CASES, MARKERS, QUANTITIES, Pair, markdown_table, pair
from cereblon.questions.mechanism_content import report_data_of
from cereblon.report import style

DOCS = Path(__file__).parents[1] / "docs"
PAGE = DOCS / "concepts" / "mechanism.md"
SHOWN = ("25 mg daily, 90 mL/min", "10 mg daily, 45 mL/min", "5 mg daily, 90 mL/min")
FORMS = {"network": style.SIMULATED[0], "reduced": style.SIMULATED[1]}


def reduction_chart(pairs: list[Pair]) -> alt.VConcatChart:
    """Draw day averages of both forms, a row for each quantity and a column for each case."""
    lines = []
    for quantity in QUANTITIES:
        panels = []
        for one in (one for one in pairs if one.case.name in SHOWN):
            rows = [
                {"day": day + 0.5, "form": form, "value": round(float(value), 4)}
                for form, days in (("network", one.full), ("reduced", one.reduced))
                for day, value in enumerate(days[quantity.name])
            ]
            panels.append(
                style.chart(rows)
                .mark_line(strokeWidth=1.6, point=alt.OverlayMarkDef(size=14))
                .encode(
                    x=alt.X("day:Q", axis=dict(title=None, tickCount=5, grid=False)),
                    y=alt.Y("value:Q", axis=dict(title=None, tickCount=4, minExtent=30, maxExtent=30)),
                    color=alt.Color(
                        "form:N", scale=dict(domain=list(FORMS), range=list(FORMS.values())), legend=None
                    ),
                )
                .properties(width=260, height=120, title=f"{quantity.name.replace('_', ' ')}: {one.case.name}")
            )
            panels[-1].encoding.y.scale = alt.Scale(zero=quantity.name == "direct_killing")
        lines.append(alt.hconcat(*panels, spacing=16))
    keys = [style.Key("line", f"{form}, day average", color) for form, color in FORMS.items()]
    return style.styled(alt.vconcat(style.legend(keys), *lines, spacing=10))


def main() -> None:
    """Write the table into the page and the pictures beside the others."""
    pairs = [pair(case) for case in CASES]
    MARKERS.write(PAGE, markdown_table(pairs))
    chart = vl_convert.vegalite_to_svg(reduction_chart(pairs).to_dict(validate=False))
    (DOCS / "images" / "mechanism-reduction.svg").write_text(chart, encoding="utf-8")
    found = cb.mechanism(("dexamethasone", "bortezomib"))
    drawing = report_data_of(found.courses).drawings[0].svg()
    (DOCS / "images" / "mechanism-network.svg").write_text(drawing, encoding="utf-8")


if __name__ == "__main__":
    main()
