"""Does the procedure find parameters that are known?

A point of the first wave is a draw from the prior, and its rows are what the model makes of it. It is left out, the
surrogates are learnt from the others, and a made-up study tells its rows: intervals as wide as the true study's,
put at random so that they hold the figure. The posterior of that study should hold the parameters of the
point: nine in ten of its 90 % intervals, and the rank of the truth among the draws should be even.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from abm.calibration.prior import Prior, stream
from abm.calibration.rows import Row
from abm.calibration.sampling import Likelihood, sample
from abm.calibration.surrogate import Bank
from abm.errors import OmlandError
from abm.language import say
from abm.units import Crew, to_parquet

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]

LEVEL = 0.90
"""Level of the intervals."""
COLUMNS = ("truth", "parameter", "value", "mean", "sd", "low", "high", "inside", "rank")


@dataclass(frozen=True)
class RecoveryTask:
    """Takes evaluated points as the truth; sent to the workers.

    Attributes:
        bank: surrogates of the rows, learnt from all points.
        prior: the prior.
        unit: float64[n, parameters], evaluated points.
        figures: float64[n, rows] there.
        candidates: positions of the points that are draws from the prior.
        rows: the fitted rows.
        weights: their weights by name.
        echo: float64[rows], their echoes.
        truths: how many of the candidates.
        steps: steps of the chains.
        seed: seed.
    """

    bank: Bank
    prior: Prior
    unit: FloatArray
    figures: FloatArray
    candidates: Sequence[int]
    rows: Sequence[Row]
    weights: Mapping[str, float]
    echo: FloatArray
    truths: int
    steps: int
    seed: int

    @property
    def numbers(self) -> range:
        """Numbers of the truths; there may be fewer candidates than asked for."""
        return range(min(self.truths, len(self.candidates)))

    def _made_up(self) -> tuple[NDArray[np.int64], FloatArray, FloatArray]:
        """Positions of the truths, how far each interval's middle is beside the figure, and half of its width."""
        rng = stream(self.seed, "recovery")
        chosen = rng.permutation(np.asarray(self.candidates))[: self.truths]
        half = np.array([row.half_width for row in self.rows])
        return chosen, rng.uniform(-half, half, size=(len(chosen), len(half))), half

    def __call__(self, number: int) -> bytes:
        """The rows of one truth as a Parquet file, see :func:`recover`."""
        import pyarrow as pa
        from threadpoolctl import threadpool_limits

        with threadpool_limits(1):  # sums in another order have other last digits
            table = self._recovered(number)
        return to_parquet(pa.Table.from_pandas(table, preserve_index=False), {"truth": number})

    def _recovered(self, number: int) -> pd.DataFrame:
        import pandas as pd

        chosen, shifts, half = self._made_up()
        prior, figures, i = self.prior, self.figures, chosen[number]
        others = np.arange(len(self.unit)) != i
        left = self.bank.refit(self.unit[others], figures[others])
        known = np.isfinite(figures[i])
        centre = np.where(known, figures[i] + shifts[number], 0.0)
        weight = np.array([self.weights[row.name] for row in self.rows]) / self.echo
        # The made-up study is a single evaluation, so all of its own luck is in it.
        likelihood = Likelihood(left, centre - half, centre + half, np.where(known, weight, 0.0), left.noise)
        chains = sample(likelihood, prior, self.steps, self.seed, f"recovery {number}", ensembles=1)
        draws = prior.values(chains.unit.reshape(-1, prior.size))
        truth = prior.values(self.unit[i])
        low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
        return pd.DataFrame(
            {
                "truth": number,
                "parameter": prior.names,
                "value": truth,
                "mean": draws.mean(axis=0),
                "sd": draws.std(axis=0),
                "low": low,
                "high": high,
                "inside": (low <= truth) & (truth <= high),
                "rank": (draws < truth).mean(axis=0),
            }
        )


def recover(
    task: RecoveryTask, crew: Crew, report: Callable[[int, int], None] = lambda done, total: None
) -> pd.DataFrame:
    """Take evaluated points as the truth, each by itself.

    Args:
        task: which, and what is known of them.
        crew: who computes.
        report: told of the truths done.

    Returns:
        ``truth, parameter, value, mean, sd, low, high, inside, rank``: `low` and `high` of the 90 % interval, in the
        parameter's unit; `rank` is the share of the draws below the truth.

    Raises:
        OmlandError: a truth failed, or the workers are lost.
    """
    import pandas as pd
    import pyarrow.parquet as pq

    told: dict[int, pd.DataFrame] = {}
    for finished in crew.run(task, task.numbers):
        if finished.payload is None:
            why = (finished.error or {}).get("message", "")
            raise OmlandError(say("The recovery of a known truth failed: {why}", why=why))
        told[finished.key] = pq.read_table(io.BytesIO(finished.payload)).to_pandas()
        report(len(told), len(task.numbers))
    if not told:
        return pd.DataFrame(columns=list(COLUMNS))
    return pd.concat([told[number] for number in sorted(told)], ignore_index=True)


def summary(recovery: pd.DataFrame) -> dict[str, Any]:
    """Coverage of the intervals and evenness of the ranks, overall and by parameter.

    ``rank_p`` is the chance of ranks at least as uneven if they were even (Kolmogorov and Smirnov); small values are a
    sign of a posterior that is too narrow, too wide or off.
    """
    from scipy.stats import kstest

    if recovery.empty:
        return {}
    return {
        "truths": int(recovery["truth"].nunique()),
        "level": LEVEL,
        "coverage": float(recovery["inside"].mean()),
        "parameters": {
            str(name): {
                "coverage": float(part["inside"].mean()),
                "mean_rank": float(part["rank"].mean()),
                "rank_p": float(kstest(part["rank"], "uniform").pvalue),
            }
            for name, part in recovery.groupby("parameter", sort=False)
        },
    }
