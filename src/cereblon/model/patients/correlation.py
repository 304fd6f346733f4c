"""The Gaussian copula: which standard normal scores of one patient move together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydantic import field_validator

from cereblon.core.errors import InputError, unknown_name
from cereblon.model.patients.quantities import Floats, Sourced

if TYPE_CHECKING:
    import jax

# One standard normal score a patient for each; new ones go to the end, so that the others keep their random numbers.
SCORES: tuple[str, ...] = (
    "age",
    "male",
    "height_cm",
    "weight_kg",
    "creatinine_mg_dl",
    "albumin_g_l",
    "b2m_mg_l",
    "high_risk_cytogenetics",
    "isotype",
    "m_protein_g_l",
    "involved_flc_mg_l",
    "uninvolved_flc_mg_l",
    "marrow_plasma_cells_percent",
    "neutrophils_1e9_l",
    "platelets_1e9_l",
    "haemoglobin_g_l",
    "ecog",
    "frailty_deficits",
    "prior_lines",
    "lenalidomide_refractory",
    "bortezomib_exposed",
    "baseline_neuropathy_grade",
    "cardiac_history",
    "involved_light_chain",
)
_BLOCK = 4096  # numbers are drawn in blocks of one size, so that it compiles once whatever the number of subjects
_LEAST_EIGENVALUE = 1e-6


class Correlation(Sourced):
    """Correlation of the scores of two covariates.

    For two continuous covariates it is the correlation after each is transformed to a normal distribution; their
    rank correlation is 6 / pi * arcsin(value / 2).
    """

    between: tuple[str, str]
    value: float

    @field_validator("value")
    @classmethod
    def _is_inside(cls, value: float) -> float:
        if not -1.0 < value < 1.0:
            raise ValueError("a correlation lies strictly between -1 and 1")
        return value


def correlation_matrix(pairs: Iterable[Correlation]) -> Floats:
    """Build the correlation matrix of `SCORES`; pairs that are not stated are 0.

    Raises
    ------
    InputError
        If a name is unknown, a pair is stated twice, or the matrix is not positive definite, which means that no
        joint distribution has all these correlations.
    """
    matrix = np.eye(len(SCORES))
    for pair in pairs:
        for name in pair.between:
            if name not in SCORES:
                raise unknown_name("covariate of a correlation", name, SCORES)
        first, second = (SCORES.index(name) for name in pair.between)
        if first == second or matrix[first, second] != 0.0:
            raise InputError(f"correlation of {' and '.join(pair.between)}: stated twice, or with itself")
        matrix[first, second] = matrix[second, first] = pair.value
    least = float(np.linalg.eigvalsh(matrix)[0])
    if least < _LEAST_EIGENVALUE:
        raise InputError(
            f"correlations: no joint distribution has all of them (smallest eigenvalue {least:.3g}; above"
            f" {_LEAST_EIGENVALUE:g} is needed)",
            hint="weaken the strongest pairs, or state the missing pairs between their partners",
        )
    return matrix


def correlated(independent: Floats, factor: Floats) -> dict[str, Floats]:
    """Give the correlated scores by covariate name.

    Parameters
    ----------
    independent
        Independent standard normal numbers, shape (subject, score).
    factor
        Lower Cholesky factor of the correlation matrix.
    """
    # Column by column and never as one matrix product: its last bits would depend on how many subjects there are.
    columns = [np.ascontiguousarray(independent[:, j]) for j in range(len(SCORES))]
    scores = {}
    for i, name in enumerate(SCORES):
        total = factor[i, i] * columns[i]
        for j in np.flatnonzero(factor[i, :i]):
            total = total + factor[i, j] * columns[j]
        scores[name] = total
    return scores


def independent_scores(root_key: jax.Array, decision: str, subject_id: NDArray[np.int64]) -> Floats:
    """Draw independent standard normal numbers, shape (subject, score), by seed, decision and subject only."""
    from cereblon.core.random_streams import normals

    blocks = []
    for start in range(0, len(subject_id), _BLOCK):
        ids = subject_id[start : start + _BLOCK]
        padded = np.concatenate([ids, np.zeros(_BLOCK - len(ids), dtype=np.int64)])
        blocks.append(normals(root_key, decision, padded, len(SCORES))[: len(ids)])
    if not blocks:
        return np.zeros((0, len(SCORES)))
    return np.concatenate(blocks).astype(np.float64)
