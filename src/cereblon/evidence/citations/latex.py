"""Accents and signs as BibTeX files write them, and back.

Ours rather than pylatexenc: its release 2.11 takes a bare `%` for a comment, so that "The 100% response" becomes
"The 100".
"""

from __future__ import annotations

import re
import unicodedata

# Combining character of each accent command.
_ACCENTS = {
    "`": "\u0300",
    "'": "\u0301",
    "^": "\u0302",
    "~": "\u0303",
    '"': "\u0308",
    "=": "\u0304",
    ".": "\u0307",
    "u": "\u0306",
    "v": "\u030c",
    "H": "\u030b",
    "c": "\u0327",
    "k": "\u0328",
    "r": "\u030a",
    "d": "\u0323",
    "b": "\u0331",
}
_SIGNS = {
    "ss": "ß",
    "o": "ø",
    "O": "Ø",
    "l": "ł",
    "L": "Ł",
    "ae": "æ",
    "AE": "Æ",
    "oe": "œ",
    "OE": "Œ",
    "aa": "å",
    "AA": "Å",
    "i": "ı",
    "j": "ȷ",
    "textendash": "–",
    "textemdash": "—",
    "textbackslash": "\\",
    "textasciitilde": "~",
    "textasciicircum": "^",
    "textgreater": ">",
    "textless": "<",
    "textbar": "|",
    "textquotesingle": "'",
    "textquotedbl": '"',
    "textquoteright": "’",
    "textquoteleft": "‘",
    "textquotedblleft": "“",
    "textquotedblright": "”",
    "textregistered": "®",
    "texttrademark": "™",
    "textdegree": "°",
    "textperiodcentered": "·",
    "textellipsis": "…",
    "ldots": "…",
    "dots": "…",
    "cdot": "·",
    "geq": "≥",
    "ge": "≥",
    "leq": "≤",
    "le": "≤",
    "pm": "±",
    "times": "×",
    "approx": "≈",
    "sim": "∼",
    "slash": "/",
}
# Of style, which plain text does not have.
_STYLES = frozenset(
    {"textit", "emph", "textbf", "textrm", "textsc", "textsf", "texttt", "textup", "textnormal", "textsuperscript"}
    | {"textsubscript", "mathrm", "mathit", "mathbf", "ensuremath", "mbox", "it", "bf", "em", "rm", "sc"}
)
_GREEK = ["alpha", "beta", "gamma", "delta", "epsilon", "eta", "theta", "kappa", "lamda", "mu", "pi", "rho", "sigma"]
_GREEK += ["tau", "phi", "chi", "psi", "omega", "zeta", "iota", "nu", "xi"]
_SIGNS |= {name: unicodedata.lookup(f"GREEK SMALL LETTER {name}") for name in _GREEK}
_SIGNS["lambda"] = _SIGNS.pop("lamda")  # as Unicode spells it
# A formula holds a command or a sign of one; other dollars are money.
_FORMULA = re.compile(r"(?<!\\)\$(?=[^$]*[\\^_<>=])((?:[^$\\]|\\.)*)\$")
_ESCAPED = "&%$#_{}"
_TOKEN = re.compile(
    r"""\\(?P<escaped>[&%$\#_{}])
      | \\(?P<accent>[`'^~"=.]) \s* (?P<open>\{)? \s* (?:\\(?P<dotless>[ij])(?![A-Za-z])|(?P<letter>[A-Za-z])) \s*
        (?(open)\})
      | \\(?P<named>[uvHckrdb]) (?: \s*\{\s*(?P<inner>[A-Za-z])\s*\} | \s+(?P<spaced>[A-Za-z]) )
      | \\(?P<sign>[A-Za-z]+) (?:\{\}|\s+|(?![A-Za-z]))
      | (?P<brace>[{}])
      | (?P<tie>~)
      | (?P<dash>---?)
    """,
    re.VERBOSE,
)


def from_latex(text: str) -> tuple[str, tuple[str, ...]]:
    """Turn accents, escapes and grouping braces into plain characters.

    Parameters
    ----------
    text
        The value of a BibTeX field.

    Returns
    -------
        The text, and the commands in it that are not known; these stay in the text as written.
    """
    unknown: list[str] = []

    def plain(match: re.Match[str]) -> str:
        part = match.groupdict()
        if part["escaped"]:
            return str(part["escaped"])
        if part["accent"]:
            return _composed(part["dotless"] or part["letter"], part["accent"])
        if part["named"]:
            return _composed(part["inner"] or part["spaced"], part["named"])
        if part["sign"]:
            if part["sign"] in _STYLES:
                return ""
            if part["sign"] not in _SIGNS:
                unknown.append(f"\\{part['sign']}")
                return match[0]
            return _SIGNS[part["sign"]]
        if part["dash"]:
            return "–" if len(part["dash"]) == 2 else "—"
        return "\u00a0" if part["tie"] else ""

    return " ".join(_TOKEN.sub(plain, _FORMULA.sub(r"{\1}", text)).replace("\u00a0", " ").split()), tuple(unknown)


def _composed(letter: str, accent: str) -> str:
    return unicodedata.normalize("NFC", letter + _ACCENTS[accent])


def to_latex(text: str) -> str:
    """Escape what BibTeX would read as a command; accented letters stay as they are (UTF-8)."""
    written = []
    for sign in text:
        if sign in _ESCAPED:
            written.append(f"\\{sign}")
        elif sign in "\\~^":
            name = {"\\": "textbackslash", "~": "textasciitilde", "^": "textasciicircum"}[sign]
            written.append(f"\\{name}{{}}")
        else:
            written.append(sign)
    # Two hyphens are a dash to BibTeX: an empty group keeps them apart.
    return re.sub(r"-(?=-)", "-{}", "".join(written))
