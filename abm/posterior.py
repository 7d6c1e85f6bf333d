"""The calibrated distribution of the behavioural parameters: weighted draws, and where they come from."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abm.errors import OmlandError
from abm.language import say
from abm.parameters import PARAMETER, Parameters
from abm.resources import data_path

if TYPE_CHECKING:
    import pandas as pd

SHIPPED = ("posterior", "norrland.parquet")
"""Where the posterior that travels with Omland is."""

SPLIT = {"reservation_wage": "unemployment_benefit"}
"""Parameters that were one with another when older files were written, whose value goes for both then."""


@dataclass(frozen=True)
class Posterior:
    """Weighted draws of the calibrated parameters.

    Attributes:
        parameters: values of each parameter by name, all of equal length.
        weights: weight of each draw; they add up to one.
        metadata: what the calibration tells: rows, hashes, diagnostics.
        table: everything that is told of each draw; None if only parameters and weights are known.
    """

    parameters: Mapping[str, tuple[float, ...]]
    weights: tuple[float, ...]
    metadata: Mapping[str, Any]
    table: pd.DataFrame | None = None

    def __len__(self) -> int:
        return len(self.weights)

    @cached_property
    def hash(self) -> str:
        """SHA-256 of draws, weights and what was held: all that decides the parameters of a replicate."""
        content = [dict(self.parameters), list(self.weights), self.held]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    @cached_property
    def held(self) -> dict[str, float]:
        """The parameters that the calibration did not vary, at the values it held them at.

        A draw means something together with these only; the defaults may have moved since. Parameters that the
        file does not tell, or that there are no more, are left out.
        """
        told = dict(self.metadata.get("identity", {}).get("defaults", {}))
        for name, former in SPLIT.items():
            if former in told:
                told.setdefault(name, told[former])
        return {
            name: float(value)
            for name, value in told.items()
            if name in PARAMETER and name not in self.parameters
        }

    def pick(self, chance: float) -> dict[str, float]:
        """The draw at a point of the cumulated weights.

        Args:
            chance: a number from 0 to 1, drawn evenly.
        """
        reached = 0.0
        row = len(self.weights) - 1
        for i, weight in enumerate(self.weights):
            reached += weight
            if chance < reached:
                row = i
                break
        return {name: column[row] for name, column in self.parameters.items()}

    def drawn(self, seed: int, replicate: int) -> dict[str, float]:
        """The draw of a replicate, by a chance of its own: the same whichever others are run."""
        from abm.experiment.chance import uniform  # an experiment reads posteriors in its turn

        return self.pick(uniform(seed, replicate, "posterior"))

    def replicate(self, seed: int, replicate: int) -> Parameters:
        """All parameters of a replicate: its draw, and what the calibration held as it held it."""
        return Parameters({**self.held, **self.drawn(seed, replicate)})

    def best(self) -> Parameters:
        """The best values of the calibration: most of the fitted rows inside, by weight, then the least distance.

        Raises:
            OmlandError: the file does not tell it.
        """
        best = self.metadata.get("best")
        if best is None:
            raise OmlandError(say("The posterior does not tell its best draw."))
        return Parameters({**self.held, **best["values"]})

    def to_arviz(self) -> Any:
        """The draws as ArviZ' ``InferenceData``, with the weights among the sample statistics.

        ArviZ takes draws as they are: for weighted figures, weigh with ``sample_stats.weight``.

        Raises:
            OmlandError: ArviZ is not installed.
        """
        try:
            from abm.calibration.sampling import quiet_arviz

            arviz = quiet_arviz()
        except ImportError:
            raise OmlandError(
                say('This needs the package "arviz"; install it with pip install "omland[calibration]".')
            ) from None
        import numpy as np

        draws = {name: np.array([column]) for name, column in self.parameters.items()}
        statistics = {"weight": np.array([self.weights])}
        if self.table is not None:
            for name, column in (("lp", "log_likelihood"), ("distance", "distance")):
                if column in self.table:
                    statistics[name] = self.table[column].to_numpy()[None]
        return arviz.from_dict(posterior=draws, sample_stats=statistics)


def load_posterior(path: str | Path | None = None) -> Posterior:
    """Read a posterior.

    Args:
        path: ``posterior.parquet`` of a calibration, or its folder; the one that travels with Omland unless told.

    Raises:
        OmlandError: there is none, or it is not usable.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if path is None:
        try:
            path = data_path(*SHIPPED)
        except OmlandError:
            raise OmlandError(
                say(
                    'this copy of Omland comes without calibrated draws ({path}); "omland calibrate" makes '
                    "them",
                    path="/".join(SHIPPED),
                )
            ) from None
    path = Path(path)
    if path.is_dir():
        path = path / "posterior.parquet"
    if not path.is_file():
        raise OmlandError(say("There is no posterior {path}.", path=path))
    try:
        read = pq.ParquetFile(path).read()
        table = read.to_pandas()
        metadata = json.loads((read.schema.metadata or {}).get(b"omland", b"{}"))
    except (OSError, ValueError, pa.ArrowException) as error:
        raise OmlandError(
            say("{path} cannot be read as a posterior: {error}.", path=path, error=error)
        ) from None
    names = [str(name) for name in table.columns if name in PARAMETER]
    if not names or "weight" not in table.columns or table.empty:
        raise OmlandError(
            say(
                "{path} is no posterior: it needs a column weight, one a parameter, and a row a draw.",
                path=path,
            )
        )
    figures = table[["weight", *names]].to_numpy(dtype=float)
    weights = figures[:, 0]
    total = float(weights.sum())
    if not all(math.isfinite(v) for v in figures.ravel()) or (weights < 0).any() or not total > 0:
        raise OmlandError(
            say("{path}: needs a finite number in every cell, and weights that are not negative.", path=path)
        )
    return Posterior(
        {name: tuple(map(float, table[name])) for name in names},
        tuple(float(w) / total for w in weights),
        metadata,
        table,
    )
