"""Experiments: TOML files that say which worlds to run, what is uncertain and what is looked at.

:mod:`abm.montecarlo` runs them, :mod:`abm.sensitivity` asks which of the uncertain figures matter.
"""

from abm.experiment.files import list_experiments, load_experiment
from abm.experiment.model import MIXTURE, Experiment, Lever, ParameterChoice, Stop
from abm.experiment.outcomes import Outcome, parse_outcome
from abm.experiment.plan import Inputs, Plan, make_plan

__all__ = [
    "MIXTURE",
    "Experiment",
    "Inputs",
    "Lever",
    "Outcome",
    "ParameterChoice",
    "Plan",
    "Stop",
    "list_experiments",
    "load_experiment",
    "make_plan",
    "parse_outcome",
]
