"""Published trials that several tests of evidence synthesis share."""

from __future__ import annotations

import numpy as np

from cereblon.synthesis.frequentist import ArmCount, Contrast, ContrastData, assemble
from reference_data import kept_rows

# BCG vaccine against tuberculosis: cases and people, vaccinated then control, and latitude. Colditz et al., JAMA
# 1994; 271: 698-702, as in R metadat dat.bcg.
BCG = np.array(
    [
        (4, 123, 11, 139, 44),
        (6, 306, 29, 303, 55),
        (3, 231, 11, 220, 42),
        (62, 13598, 248, 12867, 52),
        (33, 5069, 47, 5808, 13),
        (180, 1541, 372, 1451, 44),
        (8, 2545, 10, 629, 19),
        (505, 88391, 499, 88391, 13),
        (29, 7499, 45, 7277, 27),
        (17, 1716, 65, 1665, 42),
        (186, 50634, 141, 27338, 18),
        (5, 2498, 3, 2341, 33),
        (27, 16913, 29, 17854, 33),
    ],
    dtype=float,
)

# Smoking cessation: quitters and people per arm. Hasselblad, Medical Decision Making 1998; 18: 37-43, as in R metadat
# dat.hasselblad1998.
SMOKING = {
    "Reid et al. 1974": {"no_contact": (75, 731), "ind_counseling": (363, 714)},
    "Cottraux et al. 1983": {"no_contact": (9, 140), "ind_counseling": (23, 140), "grp_counseling": (10, 138)},
    "Slama et al. 1990": {"no_contact": (2, 106), "ind_counseling": (9, 205)},
    "Jamrozik et al. 1984": {"no_contact": (58, 549), "ind_counseling": (237, 1561)},
    "Rabkin et al. 1984": {"no_contact": (0, 33), "ind_counseling": (9, 48)},
    "Decker and Evans 1989": {"self_help": (20, 49), "ind_counseling": (16, 43)},
    "Richmond et al. 1986": {"no_contact": (3, 100), "ind_counseling": (31, 98)},
    "Leung 1991": {"no_contact": (1, 31), "ind_counseling": (26, 95)},
    "Mothersill et al. 1988": {"self_help": (11, 78), "ind_counseling": (12, 85), "grp_counseling": (29, 170)},
    "Langford et al. 1983": {"no_contact": (6, 39), "ind_counseling": (17, 77)},
    "Gritz et al. 1992": {"no_contact": (79, 702), "self_help": (77, 694)},
    "Campbell et al. 1986": {"no_contact": (18, 671), "self_help": (21, 535)},
    "Sanders et al. 1989": {"no_contact": (64, 642), "ind_counseling": (107, 761)},
    "Hilleman et al. 1993": {"ind_counseling": (12, 76), "grp_counseling": (20, 74)},
    "Gillams et al. 1984": {"ind_counseling": (9, 55), "grp_counseling": (3, 26)},
    "Mogielnicki et al. 1986": {"self_help": (7, 66), "grp_counseling": (32, 127)},
    "Page et al. 1986": {"no_contact": (5, 62), "ind_counseling": (8, 90)},
    "Vetter and Ford 1990": {"no_contact": (20, 234), "ind_counseling": (34, 237)},
    "Williams and Hall 1988": {"no_contact": (0, 20), "grp_counseling": (9, 20)},
    "Pallonen et al. 1994": {"no_contact": (8, 116), "self_help": (19, 149)},
    "Russell et al. 1983": {"no_contact": (95, 1107), "ind_counseling": (143, 1031)},
    "Stewart and Rosser 1982": {"no_contact": (15, 187), "ind_counseling": (36, 504)},
    "Russell et al. 1979": {"no_contact": (78, 584), "ind_counseling": (73, 675)},
    "Kendrick et al. 1995": {"no_contact": (69, 1177), "ind_counseling": (54, 888)},
}


def smoking(measure: str = "log_or") -> ContrastData:
    arms = [
        ArmCount(study, treatment, events, n)
        for study, own in SMOKING.items()
        for treatment, (events, n) in own.items()
    ]
    return assemble(arms=arms, measure=measure)


def ndmm() -> ContrastData:
    """Maintenance after induction, simulated progression-free survival, by coxph of R survival per trial."""
    rows = kept_rows("ndmm_cox.csv")
    contrasts = [
        Contrast(row["study"], row["treatment"], row["versus"], float(row["log_hr"]), float(row["se"]))
        for row in rows
    ]
    return assemble(contrasts, measure="log_hr")


def senn_contrasts() -> list[Contrast]:
    """Diabetes drugs, change of HbA1c (Senn et al. 2013), 26 trials of which one has three arms."""
    return [
        Contrast(row["studlab"], row["treat1"], row["treat2"], float(row["TE"]), float(row["seTE"]))
        for row in kept_rows("senn2013.csv")
    ]


def senn() -> ContrastData:
    return assemble(senn_contrasts(), measure="difference")
