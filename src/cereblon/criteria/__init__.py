"""Clinical rules as arithmetic: IMWG response and progression, CTCAE grades; shared by engine and outcomes."""

from cereblon.criteria.progression import DFLC as DFLC
from cereblon.criteria.progression import SERUM as SERUM
from cereblon.criteria.progression import ProgressionState as ProgressionState
from cereblon.criteria.rules import IMWG_2006 as IMWG_2006
from cereblon.criteria.rules import IMWG_2016 as IMWG_2016
from cereblon.criteria.rules import IMWG_2016_RENAL as IMWG_2016_RENAL
from cereblon.criteria.rules import RENAL_FLC_RATIO as RENAL_FLC_RATIO
from cereblon.criteria.rules import Rules as Rules
