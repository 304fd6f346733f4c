"""What is given: drug orders, cycles, phases, regimens and lines of treatment."""

from cereblon.regimens.grid import OrderGrid as OrderGrid
from cereblon.regimens.grid import StrategyGrid as StrategyGrid
from cereblon.regimens.grid import grid_problems as grid_problems
from cereblon.regimens.grid import order_grid as order_grid
from cereblon.regimens.grid import strategy_grid as strategy_grid
from cereblon.regimens.library import load_regimen as load_regimen
from cereblon.regimens.library import load_strategy as load_strategy
from cereblon.regimens.library import regimen_names as regimen_names
from cereblon.regimens.library import resolve_lines as resolve_lines
from cereblon.regimens.library import strategy_names as strategy_names
from cereblon.regimens.reading import parse_regimen as parse_regimen
from cereblon.regimens.reading import parse_strategy as parse_strategy
from cereblon.regimens.regimen import Order as Order
from cereblon.regimens.regimen import Phase as Phase
from cereblon.regimens.regimen import Regimen as Regimen
from cereblon.regimens.regimen import Source as Source
from cereblon.regimens.regimen import Strategy as Strategy
from cereblon.regimens.regimen import joined as joined
from cereblon.regimens.regimen import length_days as length_days
