"""What is given: drug orders, cycles, phases, regimens and lines of treatment."""

from cereblon.model.regimens.grid import OrderGrid as OrderGrid
from cereblon.model.regimens.grid import StrategyGrid as StrategyGrid
from cereblon.model.regimens.grid import grid_problems as grid_problems
from cereblon.model.regimens.grid import order_grid as order_grid
from cereblon.model.regimens.grid import strategy_grid as strategy_grid
from cereblon.model.regimens.library import load_regimen as load_regimen
from cereblon.model.regimens.library import regimen_names as regimen_names
from cereblon.model.regimens.library import resolve_lines as resolve_lines
from cereblon.model.regimens.order import Order as Order
from cereblon.model.regimens.order import RegimenSource as RegimenSource
from cereblon.model.regimens.phase import Phase as Phase
from cereblon.model.regimens.reading import parse_regimen as parse_regimen
from cereblon.model.regimens.reading import parse_strategy as parse_strategy
from cereblon.model.regimens.regimen import Regimen as Regimen
from cereblon.model.regimens.regimen import joined as joined
from cereblon.model.regimens.regimen import length_days as length_days
from cereblon.model.regimens.strategy import Strategy as Strategy
