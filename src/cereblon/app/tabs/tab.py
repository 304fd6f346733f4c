"""What a tab is: a form, and the calls that its values make."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cereblon.app.calls import Call
from cereblon.app.forms import Field, Value


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One answer of a tab.

    Parameters
    ----------
    title
        Above it.
    call
        What is asked.
    chart
        Picture that is shown; the main one if None, none if empty.
    table
        Table that is shown; the main one if None, none if empty.
    columns
        Of the table that are shown, the export has all; every one that holds anything if empty.
    has_open_table, has_open_words
        Whether table and words are shown at once; else behind a fold.
    has_words
        Whether the words are shown; one answer in several pictures says them once.
    links
        Address and words of the pages that the marks of the picture lead to, for those who have no mouse.
    """

    title: str
    call: Call
    chart: str | None = None
    table: str | None = None
    columns: Sequence[str] = ()
    has_open_table: bool = False
    has_open_words: bool = False
    has_words: bool = True
    links: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Tab:
    """One tab.

    Parameters
    ----------
    key, title, intro
        In the address, in the bar, and above the form.
    fields
        Gives the fields; called when the tab is opened, and told what was chosen so far.
    parts
        Gives the answers to ask for, from the values of the form.
    start
        What the button says that sends the form to `/KEY/start`; no button if empty.
    at_times
        Names of fields that the form has after other choices only.
    """

    key: str
    title: str
    intro: str
    fields: Callable[[Mapping[str, Sequence[str]]], tuple[Field, ...]]
    parts: Callable[[Mapping[str, Value]], tuple[Part, ...]]
    start: str = ""
    at_times: tuple[str, ...] = ()
