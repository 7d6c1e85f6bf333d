"""Monte Carlo experiments: many replicates of paired worlds, and what they add up to.

In a few lines::

    from abm import montecarlo

    if __name__ == "__main__":
        result = montecarlo.run("behavioural", out="results/behavioural", runs=20, scale=0.1)
        print(result.named)
        print(montecarlo.load("results/behavioural").risk)

:func:`run` goes on with what is in the folder, so the same lines after a stop do only what is missing.
"""

from abm.montecarlo.results import MonteCarloResult, load
from abm.montecarlo.run import run

__all__ = ["MonteCarloResult", "load", "run"]
