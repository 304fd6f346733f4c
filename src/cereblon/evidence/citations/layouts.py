"""Formats of one tag a line: RIS, MEDLINE of PubMed, the tagged export of the Web of Science, and EndNote's own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from cereblon.evidence.citations.reference import Kind


@dataclass(frozen=True, kw_only=True, slots=True)
class ReferenceLayout:
    """How a format writes a reference.

    Parameters
    ----------
    name, hint
        For messages.
    line
        Finds tag and text of a line.
    opens, closes
        Tags; an empty `closes` means that the next reference ends the one before it.
    kinds
        Kinds of document by the text of the tags in `kind_tags`; without one it is an article.
    once
        Field of a reference by tag.
    authors
        Groups of tags: of the first group that a record has, every author is taken; later ones name the same people.
    bodies
        Tags of bodies that wrote with, or instead of, people.
    years
        Tags in the order in which they are believed.
    continued
        Tags whose text may go on in the next line; None for all.
    frame
        Tags of the file itself.
    """

    name: str
    hint: str
    line: re.Pattern[str]
    opens: str
    closes: str = ""
    kind_tags: tuple[str, ...]
    kinds: Mapping[str, Kind]
    once: Mapping[str, str]
    authors: tuple[tuple[str, ...], ...]
    bodies: tuple[str, ...] = ()
    years: tuple[str, ...]
    pages: tuple[str, str] = ("", "")
    continued: frozenset[str] | None = None
    frame: frozenset[str] = field(default=frozenset())

    @property
    def telling(self) -> frozenset[str]:
        """Tags that only a reference has: of title and authors."""
        titles = {tag for tag, named in self.once.items() if named == "title"}
        return frozenset(titles.union(*self.authors))


RIS = ReferenceLayout(
    name="RIS",
    hint="a RIS line is a tag of two signs, two spaces, a hyphen and the text, as in `TY  - JOUR`",
    line=re.compile(r"([A-Z][A-Z0-9])  - ?(.*)$"),
    opens="TY",
    closes="ER",
    kind_tags=("TY",),
    kinds={
        **dict.fromkeys(("JOUR", "JFULL", "MGZN", "EJOUR", "INPR"), "article"),
        **dict.fromkeys(("ABST", "CONF", "CPAPER"), "conference"),
        **dict.fromkeys(("BOOK", "EBOOK", "EDBOOK"), "book"),
        **dict.fromkeys(("CHAP", "ECHAP"), "chapter"),
        **dict.fromkeys(("RPRT", "GOVDOC"), "report"),
        **dict.fromkeys(("ELEC", "WEB"), "web"),
        **dict.fromkeys(("GEN", "UNPB", "THES"), "other"),
    },
    once={
        **{"ID": "key", "TI": "title", "T1": "title", "CT": "title", "DO": "doi", "AN": "pmid", "UR": "address"},
        **dict.fromkeys(("T2", "BT", "JO", "JF", "JA", "J1", "J2"), "journal"),
        **{"VL": "volume", "IS": "issue", "PB": "publisher", "N1": "note"},
    },
    authors=(("AU", "A1"),),
    years=("PY", "Y1", "DA"),
    pages=("SP", "EP"),
    continued=frozenset({"TI", "T1", "CT", "T2", "BT", "JO", "JF", "AB", "N1", "N2", "KW", "AD", "PB", "CR", "C1"}),
)
MEDLINE = ReferenceLayout(
    name="MEDLINE",
    hint="a MEDLINE line is a tag of four signs, a hyphen and the text, as in `PMID- 27119237`",
    line=re.compile(r"([A-Z]{2,4}) {0,2}- ?(.*)$"),
    opens="PMID",
    kind_tags=("PT",),
    kinds={"Journal Article": "article", "Book": "book", "Book Chapter": "chapter", "Congress": "conference"},
    once={
        **{"PMID": "pmid", "TI": "title", "BTI": "journal", "JT": "journal", "TA": "journal", "VI": "volume"},
        **{"IP": "issue", "PG": "pages", "PB": "publisher", "LID": "doi", "AID": "doi"},
    },
    authors=(("FAU",), ("AU",)),
    bodies=("CN",),
    years=("DP",),
)
WEB_OF_SCIENCE = ReferenceLayout(
    name="Web of Science",
    hint="a record of the Web of Science opens with `PT J` and closes with `ER`",
    line=re.compile(r"([A-Z][A-Z0-9])(?: (.*))?$"),
    opens="PT",
    closes="ER",
    kind_tags=("PT",),
    kinds={"J": "article", "S": "article", "B": "book", "C": "conference", "P": "other"},
    once={
        **{"TI": "title", "SO": "journal", "VL": "volume", "IS": "issue", "PU": "publisher", "DI": "doi"},
        **{"PM": "pmid", "AR": "pages"},
    },
    authors=(("AF",), ("AU",)),
    bodies=("CA",),
    years=("PY",),
    pages=("BP", "EP"),
    frame=frozenset({"FN", "VR", "EF"}),
)
ENDNOTE = ReferenceLayout(
    name="EndNote",
    hint="a record of EndNote opens with `%0 Journal Article`; each line is a sign with % and the text",
    line=re.compile(r"(%[0-9A-Z@!#$&()*+\[\]^<>?=~|-])(?: (.*))?$"),
    opens="%0",
    kind_tags=("%0",),
    kinds={
        **{"Journal Article": "article", "Electronic Article": "article", "Book": "book", "Edited Book": "book"},
        **{"Book Section": "chapter", "Conference Proceedings": "conference", "Conference Paper": "conference"},
        **{"Report": "report", "Web Page": "web", "Generic": "other"},
    },
    once={
        **{"%T": "title", "%J": "journal", "%B": "journal", "%V": "volume", "%N": "issue", "%P": "pages"},
        **{"%I": "publisher", "%R": "doi", "%U": "address", "%F": "key", "%Z": "note", "%M": "pmid"},
    },
    authors=(("%A",),),
    years=("%D",),
)
LAYOUTS: dict[str, ReferenceLayout] = {"ris": RIS, "medline": MEDLINE, "wos": WEB_OF_SCIENCE, "endnote": ENDNOTE}
"""Layouts by the word of `--as`."""


def layout_of(text: str) -> str | None:
    """Tell the layout of a text by the first line that opens a reference of one; None if none does."""
    signs = {
        "ris": re.compile(r"TY  - ?\S"),
        "medline": re.compile(r"PMID ?- ?\d"),
        "wos": re.compile(r"(FN (Clarivate|Thomson|ISI)|PT [A-Z]$)"),
        "endnote": re.compile(r"%0 \S"),
    }
    for line in text.splitlines():
        for name, sign in signs.items():
            if sign.match(line.rstrip()):
                return name
    return None
