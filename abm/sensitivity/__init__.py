"""Sensitivity: which of the uncertain figures decide an outcome, and how much of it is luck.

Every point of the design is run with the same replicates, so with the same chance: what differs between points is
what the figures do. In a few lines::

    from abm import sensitivity

    if __name__ == "__main__":
        result = sensitivity.run("migration_risk", out="results/morris", method="morris", scale=0.1)
        print(result.indices)

:func:`analyse` takes any function instead of an experiment.
"""

from abm.sensitivity.agreement import agreement
from abm.sensitivity.design import Problem
from abm.sensitivity.discovery import Box, discover
from abm.sensitivity.results import SensitivityResult, load
from abm.sensitivity.run import analyse, run

__all__ = ["Box", "Problem", "SensitivityResult", "agreement", "analyse", "discover", "load", "run"]
