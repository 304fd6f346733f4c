"""Best confirmed response so far, from the unconfirmed category of each assessment."""

from __future__ import annotations

import numpy as np

from cereblon.outcomes.response_category import MR, NE, PD, SD
from cereblon.outcomes.subject_index import Bools, Floats, Ints


def confirmed_at_visit(
    category: np.ndarray, line: Ints, needs_no_repeat: Bools, has_progressed: Bools, *, confirm: bool = True
) -> np.ndarray:
    """Give the category that each assessment proves together with the next one.

    A response is confirmed by the next assessment that was evaluable, in the same line (a visit on the first day of
    the next line still belongs to this one), at the lower of the two levels. Followed by progression, by the next
    line or by nothing, it proves stable disease. Stable disease needs no second assessment, progression that was not
    confirmed proves nothing, and from confirmed progression on there is no response any more.

    Parameters
    ----------
    category
        Unconfirmed codes, shape (visit, subject).
    line
        Line of each visit, same shape.
    needs_no_repeat
        Whether the category stands without a second assessment (marrow).
    has_progressed
        Whether the visit lies on or after confirmed progression in its line.
    confirm
        False takes every response at its first assessment.

    Source
    ------
    Kumar et al., Lancet Oncol 2016;17:e328; table of confirmed responses in the vignette "Creating ADRS with IMWG
    criteria" of the R package admiralonco (pharmaverse).
    """
    proved = np.zeros_like(category)
    next_category = np.zeros(category.shape[1], category.dtype)
    next_line = np.full(category.shape[1], -1, np.int64)
    for visit in range(len(category) - 1, -1, -1):
        here = category[visit]
        followed = (next_line == line[visit]) & (next_category > PD)
        repeated = np.where(followed, np.maximum(np.minimum(here, next_category), SD), SD)
        alone = needs_no_repeat[visit] if confirm else here >= MR
        response = np.where(alone, np.where(followed, np.maximum(repeated, here), here), repeated)
        proved[visit] = np.where(here >= SD, response, NE)
        proved[visit] = np.where(has_progressed[visit], PD, proved[visit])
        judged = (here != NE) & (line[visit] >= 1)
        next_category = np.where(judged, here, next_category)
        next_line = np.where(judged, line[visit], next_line)
    return proved


def best_so_far(proved: np.ndarray, line: Ints) -> np.ndarray:
    """Give the best category proved from the start of the line up to each visit."""
    best = np.zeros_like(proved)
    running = np.zeros(proved.shape[1], proved.dtype)
    current = np.zeros(proved.shape[1], np.int64)
    for visit in range(len(proved)):
        running = np.where((line[visit] >= 1) & (line[visit] != current), NE, running)
        current = np.where(line[visit] >= 1, line[visit], current)
        running = np.maximum(running, proved[visit])
        best[visit] = running
    return best


def progressed_by(day: Floats, line: Ints, progression_day: Floats) -> Bools:
    """Tell which visits lie on or after the confirmed progression of their line.

    Parameters
    ----------
    day, line
        Of each visit, shape (visit, subject).
    progression_day
        Shape (line, subject), infinite without one.
    """
    everyone = np.arange(day.shape[1])
    return (line >= 1) & (day >= progression_day[np.maximum(line - 1, 0), everyone])
