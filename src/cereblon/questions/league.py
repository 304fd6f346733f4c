"""`league`: every treatment of a setting against every other, as one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cereblon.core.plain_text import paragraph, table_text
from cereblon.questions import synthesis_pictures as pictures
from cereblon.questions.network import network
from cereblon.questions.pooling import PoolingModel
from cereblon.questions.synthesis_answer import SynthesisAnswer, heterogeneity_text, lines, ranked_text
from cereblon.report.document import Document, part
from cereblon.synthesis.frequentist.measure import Row, shown_as
from cereblon.synthesis.trial_networks.chosen_trials import TrialSelection

if TYPE_CHECKING:
    import altair as alt

    from cereblon.core.given_tables import GivenTable
    from cereblon.report.narrow import NarrowLine
    from cereblon.synthesis.frequentist import LeagueTable, NetworkResult


def league(
    setting: str | None = None,
    *,
    endpoint: str | None = None,
    data: GivenTable | None = None,
    selection: TrialSelection | None = None,
    pooling: PoolingModel | None = None,
) -> League:
    """Lay out the league table: every treatment against every other, the best first.

    Below the diagonal the column treatment against the row treatment from the whole network, above it the row
    treatment against the column treatment from head-to-head trials alone.

    Parameters
    ----------
    setting, endpoint, data, selection, pooling
        As of `network`.

    Returns
    -------
        Tables `league` (a text cell per treatment), `used` and `left_out`; picture `league`.

    Raises
    ------
    UnknownNameError
        If an endpoint, setting, treatment or study is not known, with the nearest ones.
    ArgumentError
        If neither or both of setting and data are given, or something given would change nothing.
    InputError
        If the trials cannot be synthesised.

    Source
    ------
    As `network`; order by P-score.

    Examples
    --------
    >>> import cereblon as cb
    >>> cb.league("rrmm").table()["treatment"][0]
    'DRd'
    """
    from cereblon.synthesis.frequentist import league_table

    found = network(setting, endpoint=endpoint, data=data, selection=selection, pooling=pooling)
    return League(found.trials, found.remarks, found.result, league_table(found.result, found.ranking.treatments))


@dataclass(frozen=True, repr=False)
class League(SynthesisAnswer):
    """Every treatment against every other.

    Attributes
    ----------
    result
        The network meta-analysis.
    cells
        The league table; its treatments are in the order of rank.
    """

    result: NetworkResult
    cells: LeagueTable

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give the league table, numbers used and left out."""
        return {"league": self.cells.to_rows(), "used": self.trials.used, "left_out": self.trials.left_out}

    def charts(self) -> Mapping[str, alt.TopLevelMixin]:
        """Draw the league table, shaded by effect."""
        return {"league": pictures.draw_league(self.result, self.cells.treatments, self.trials.smaller_is_better)}

    def lists(self) -> Mapping[str, Sequence[NarrowLine]]:
        """Give the league table as a list."""
        return {"league": pictures.list_league(self.result, self.cells.treatments)}

    def content(self) -> Mapping[str, object]:
        """Give the table with its order, and the numbers used."""
        about = {**self.trials.about, "measure": self.result.measure, "level": self.result.level}
        return {**about, "order": self.cells.treatments, "table": self.cells.to_rows(), **self.last_content()}

    def text(self) -> str:
        """Give the table, and the sources."""
        shown = f"{shown_as(self.result.measure)} with {100 * self.result.level:g} % interval"
        rows = self.cells.to_rows()
        return lines(
            paragraph(f"{self.trials.title}: {shown}, network below the diagonal, head to head above"),
            paragraph(self.sentence),
            "",
            table_text(list(rows[0]), [[str(cell) for cell in row.values()] for row in rows], narrowest=11),
            self.sources(),
        ).rstrip("\n")

    @property
    def sentence(self) -> str:
        """Each treatment against the reference, best first."""
        return ranked_text(self.result, self.cells.treatments)

    def document(self) -> Document:
        """Give picture and sources as a document."""
        panels = [part("League table", self.chart(), lines=self.lists()["league"]), *self.last_panels()]
        return Document(
            title=self.trials.title, lead=[self.sentence, heterogeneity_text(self.result)], sections=panels
        )
