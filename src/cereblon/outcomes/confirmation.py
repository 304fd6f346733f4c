"""Best confirmed response so far, from the unconfirmed category of each assessment."""

from __future__ import annotations

import numpy as np

from cereblon.outcomes.assessment import AssessedVisits
from cereblon.outcomes.response_category import CATEGORIES, MR, NE, PD, SD
from cereblon.outcomes.subject_index import Bools, Floats


def confirmed_at_visit(visits: AssessedVisits, has_progressed: Bools, *, confirm: bool = True) -> np.ndarray:
    """Give the category that each assessment proves together with the next one.

    A response is confirmed by the next assessment that was evaluable, in the same line (a visit on the first day of
    the next line still belongs to this one), at the lower of the two levels. Followed by progression, by the next
    line or by nothing, it proves stable disease. Stable disease needs no second assessment, progression that was not
    confirmed proves nothing, and from confirmed progression on there is no response any more.

    Parameters
    ----------
    visits
        With their unconfirmed categories.
    has_progressed
        Whether each lies on or after confirmed progression in its line.
    confirm
        False takes every response at its first assessment.

    Source
    ------
    Kumar et al., Lancet Oncol 2016;17:e328; table of confirmed responses in the vignette "Creating ADRS with IMWG
    criteria" of the R package admiralonco (pharmaverse).
    """
    here, subject, line, count = visits.category, visits.subject, visits.line, len(visits.category)
    if not count:
        return here
    judged = np.where(here != NE, np.arange(count), count)
    following = np.r_[np.minimum.accumulate(judged[::-1])[::-1][1:], count]
    other = np.minimum(following, count - 1)
    followed = (following < count) & (subject[other] == subject) & (line[other] == line) & (here[other] > PD)
    repeated = np.where(followed, np.maximum(np.minimum(here, here[other]), SD), SD)
    alone = visits.needs_no_repeat if confirm else here >= MR
    response = np.where(alone, np.where(followed, np.maximum(repeated, here), here), repeated)
    return np.where(has_progressed, PD, np.where(here >= SD, response, NE)).astype(here.dtype)


def best_so_far(visits: AssessedVisits, proved: np.ndarray) -> np.ndarray:
    """Give the best category proved from the start of the line up to each visit."""
    begins = (np.diff(visits.subject, prepend=-1) != 0) | (np.diff(visits.line, prepend=-1) != 0)
    ahead = len(CATEGORIES) * np.cumsum(begins)  # what a later line proved is above all of an earlier one
    best: np.ndarray = np.maximum.accumulate(ahead + proved) - ahead
    return best.astype(proved.dtype)


def progressed_by(visits: AssessedVisits, progression_day: Floats) -> Bools:
    """Tell which visits lie on or after the confirmed progression of their line.

    Parameters
    ----------
    visits
        With their lines.
    progression_day
        Shape (line, subject), infinite without one.
    """
    has_progressed: Bools = visits.day >= progression_day[visits.line - 1, visits.subject]
    return has_progressed
