"""The tables and files of a finished calibration."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from abm.calibration.diagnosis import KNOWN, conflicts, identification, weighted_quantiles
from abm.calibration.finalists import Finalists, candidates, judge
from abm.calibration.points import DEFAULTS
from abm.calibration.recovery import RecoveryTask, recover
from abm.calibration.recovery import summary as recovery_summary
from abm.calibration.refine import Measured
from abm.calibration.rows import BETWEEN, distance
from abm.calibration.sampling import quiet_arviz
from abm.errors import OmlandError
from abm.folder import forget_report
from abm.language import say
from abm.parameters import Parameters
from abm.tabular import check, incomplete, read_csv, sound
from abm.units import UnitStore, to_parquet

if TYPE_CHECKING:
    import pandas as pd

    from abm.calibration.run import CalibrationResult
    from abm.calibration.work import Fit, Work

FloatArray = NDArray[np.float64]

TABLES = ("rows", "identification", "conflicts", "pareto", "recovery", "heldout")
"""Tables that are written as CSV files of that name."""
COLUMNS: dict[str, dict[str, Any]] = {
    "rows": {"texts": ("id", "scenario", "quantity", "kind"), "blank": ("surrogate",)},
    "identification": {"texts": ("parameter", "identified"), "blank": ("ridge_with",)},
    "conflicts": {"texts": ("kind", "row"), "blank": ("other",), "rows": False},
    "pareto": {"texts": ("row", "other"), "rows": False},
    "recovery": {"texts": ("parameter",), "rows": False},
    "heldout": {"texts": ("id", "scenario", "quantity"), "rows": False},
}
"""Columns of text of the tables, see :func:`abm.tabular.check`; all others are numbers."""
NUMBERS: dict[str, tuple[str, ...]] = {
    "rows": (
        *("priority", "weight", "study", "low", "high", "prior_mean", "prior_p05", "prior_p95"),
        *("posterior_mean", "posterior_p05", "posterior_p95", "best"),
    ),
    "identification": ("prior_low", "prior_high", "mean", "low", "high", "sd_ratio", "kl", "correlation"),
    "conflicts": ("nearest", "nearest_other", "gap"),
    "pareto": ("value", "value_other", "gap", "gap_other"),
    "recovery": ("truth", "value", "mean", "low", "high", "rank"),
    "heldout": ("low", "high", "all_mean"),
}
"""Columns of numbers that the tables need to have."""
EMPTY = {"ridge_with": "", "other": ""}
"""What stands for a text that may be empty."""
POSTERIOR, POINTS, BEST, RECORD = "posterior.parquet", "points.parquet", "best.toml", "calibration.json"
CLOUD = 13
"""Points at which conflicts are looked for, as a power of two, beside those of the posterior."""
RECOVERY_STEPS = 0.25
"""Steps of the chains of the recovery, relative to those of the posterior."""


def build(work: Work, fit: Fit, draws: FloatArray) -> CalibrationResult:
    """Weigh the draws by what the check has told, and make all tables.

    Args:
        work: the calibration, with all of its points evaluated.
        fit: the posterior before the check.
        draws: float64[draws, parameters] of it in the unit cube, the checked ones first.
    """
    import pandas as pd

    from abm.calibration.run import CalibrationResult

    s, points, prior = work.settings, work.points, work.prior
    checked = points.wave == len(s.wave) + 1
    before = fit.likelihood(draws)
    foretold = work.bank.predict(points.unit[checked])
    # The checked draws teach the surrogates where it matters; draws are weighed by what they then seem worth.
    bank = work.bank.refit(points.unit[points.learnt], points.figures[points.learnt])
    likelihood, echo = work.likelihood(bank, fit.rows, fit.weights, points.learnt)
    after = likelihood(draws)
    weights, k_hat = _weights(after - before)
    mean, variance = bank.predict(draws)
    positions = [bank.names.index(row.name) for row in fit.rows]
    far = work.distances()[checked]
    n = int(checked.sum())
    posterior = pd.DataFrame(
        {
            "draw": np.arange(len(draws), dtype=np.int32),
            "weight": weights,
            "log_likelihood": after,
            "distance": distance(mean[:, positions], fit.rows, fit.weights),
            "distance_measured": np.concatenate([far, np.full(len(draws) - n, math.nan)]),
            "point": pd.array([*points.key[checked], *[None] * (len(draws) - n)], dtype="Int32"),
            **dict(zip(prior.names, prior.values(draws).T, strict=True)),
            **dict(zip(bank.names, mean.T, strict=True)),
        }
    )
    defaults = points.unit[points.wave == DEFAULTS][0]
    chosen, which = candidates(likelihood, draws, after, defaults, s.posterior.finalists, s.seed)
    measured = work.refined(bank, Measured(chosen, work.finals(chosen), s.posterior.final_replicates))
    which = (*which, *(f"refinement {k + 1}" for k in range(s.posterior.refinements)))
    tried = judge(measured.unit, which, measured.figures, fit.rows, fit.weights)
    last = tried.unit[tried.last]
    names = tuple(tried.which[k] for k in tried.last)
    judged = judge(last, names, work.judged(last, tried.last), fit.rows, fit.weights)
    best = bank.predict(judged.unit[[judged.best]])[0][0]
    cloud_unit = np.concatenate(
        [prior.sobol(CLOUD, s.seed, "conflicts"), fit.chains.even(2048, s.seed), points.unit, draws]
    )
    cloud = bank.take([row.name for row in fit.rows]).predict(cloud_unit)[0]
    found, pareto = conflicts(cloud, mean[:, positions], weights, fit.rows)
    tables = {
        "rows": _rows(work, fit, echo, weights, mean, variance, foretold, checked, best),
        "identification": identification(prior, draws, weights),
        "conflicts": found,
        "pareto": pareto,
        "recovery": _recovery(work, fit, echo),
        "heldout": _heldout(work, weights, mean, bank),
    }
    expected = distance(bank.predict(points.unit)[0][:, positions], fit.rows, fit.weights)
    record = _record(work, fit, tables, weights, k_hat, tried, judged, posterior, foretold, checked, expected)
    evaluated = pd.DataFrame(
        {
            "point": points.key.astype(np.int32),
            "wave": points.wave.astype(np.int32),
            "distance": work.distances(),
            "expected_distance": expected,
            **dict(zip(prior.names, prior.values(points.unit).T, strict=True)),
            **dict(zip(bank.names, points.figures.T, strict=True)),
        }
    )
    return CalibrationResult(work.store.folder, record, posterior, evaluated, **tables)


def _weights(ratio: FloatArray) -> tuple[FloatArray, float]:
    """Importance weights that add up to one, their largest smoothed (Pareto), and the shape k-hat of the tail.

    Above 0.7 a few draws carry most of the weight, and the figures made of them cannot be relied on.
    """
    if np.ptp(ratio) < 1e-9:
        return np.full(len(ratio), 1.0 / len(ratio)), 0.0
    log, k_hat = quiet_arviz().psislw(ratio - ratio.max())
    weights = np.exp(np.asarray(log, dtype=np.float64))
    return weights / weights.sum(), float(k_hat)


def _rows(
    work: Work,
    fit: Fit,
    echo: FloatArray,
    weights: FloatArray,
    mean: FloatArray,
    variance: FloatArray,
    foretold: tuple[FloatArray, FloatArray],
    checked: NDArray[np.bool_],
    best: FloatArray,
) -> pd.DataFrame:
    """A row a row of the study's table."""
    import pandas as pd

    points = work.points
    first = points.figures[points.wave == 1]
    measured = points.figures[checked]
    own = weights[: len(measured)] / weights[: len(measured)].sum()
    echoes = dict(zip((row.name for row in fit.rows), echo, strict=True))
    error = (measured - foretold[0]) / _check_deviation(work, foretold[1])
    told = []
    for j, (row, surrogate) in enumerate(zip(work.rows, work.bank.rows, strict=True)):
        inside = (row.low <= mean[:, j]) & (mean[:, j] <= row.high)
        here = np.isfinite(measured[:, j])
        told.append(
            {
                "id": row.id,
                "scenario": row.scenario,
                "quantity": row.quantity,
                "priority": row.priority,
                "kind": row.kind,
                "weight": fit.weights.get(row.name, 0.0),
                "echo": echoes.get(row.name, math.nan),
                "study": row.study,
                "low": row.low,
                "high": row.high,
                **_spread("prior", first[:, j], np.full(len(first), 1.0 / len(first))),
                **_spread("posterior", mean[:, j], weights),
                "posterior_inside": float(weights @ inside),
                "measured_mean": float(own[here] @ measured[here, j] / own[here].sum())
                if here.any()
                else math.nan,
                "measured_inside": float(own @ ((row.low <= measured[:, j]) & (measured[:, j] <= row.high))),
                "best": best[j],
                "surrogate": surrogate.kind,
                "explained": surrogate.explained,
                "error": surrogate.error,
                "check_bias": float(np.mean(error[here, j])) if here.any() and surrogate.scale else math.nan,
                "check_spread": float(np.sqrt(np.mean(error[here, j] ** 2)))
                if here.any() and surrogate.scale
                else math.nan,
                "surface_sd": float(np.sqrt(weights @ variance[:, j])),
                "luck_sd": float(np.sqrt(points.luck[j])),
            }
        )
    return pd.DataFrame(told)


def _check_deviation(work: Work, variance: FloatArray) -> FloatArray:
    """Standard deviation of what the check measures from what was foretold.

    The surface is not known for sure, and the point has luck of its own.
    """
    return np.asarray(np.sqrt(np.maximum(variance + work.bank.noise, 1e-300)))


def _spread(name: str, values: FloatArray, weights: FloatArray) -> dict[str, float]:
    """Weighted mean and 5 % and 95 % quantiles of the defined figures.

    The mean of figures that are all 1 is 1, and not 1.0000000000000007, which would be outside of what ends at 1.
    """
    there = np.isfinite(values)
    if not there.any():
        return {f"{name}_mean": math.nan, f"{name}_p05": math.nan, f"{name}_p95": math.nan}
    values, weights = values[there], weights[there] / weights[there].sum()
    low, high = weighted_quantiles(values, weights, (0.05, 0.95))
    mean = np.clip(weights @ values, values.min(), values.max())
    return {f"{name}_mean": float(mean), f"{name}_p05": float(low), f"{name}_p95": float(high)}


def _recovery(work: Work, fit: Fit, echo: FloatArray) -> pd.DataFrame:
    """Points of the first wave taken as the truth."""
    s, points = work.settings, work.points
    here = np.flatnonzero((points.wave > 0) & (points.wave <= len(s.wave)))
    positions = [work.bank.names.index(row.name) for row in fit.rows]
    task = RecoveryTask(
        work.bank.take([row.name for row in fit.rows]),
        work.prior,
        points.unit[here],
        points.figures[here][:, positions],
        np.flatnonzero(points.wave[here] == 1).tolist(),
        fit.rows,
        fit.weights,
        echo,
        truths=s.posterior.recovery,
        steps=max(60, int(s.posterior.steps * RECOVERY_STEPS)),
        seed=s.seed,
    )
    return recover(
        task,
        work.crew,
        lambda done, total: work.tell(say("recovery, {done} of {total} truths", done=done, total=total)),
    )


def _heldout(work: Work, weights: FloatArray, mean: FloatArray, bank: Any) -> pd.DataFrame:
    """Every row as foretold by the whole fit and by each other selection, side by side."""
    import pandas as pd

    s = work.settings
    sources: dict[str, tuple[set[str], FloatArray, FloatArray]] = {
        "all": ({row.name for row in work.fitted}, weights, mean)
    }
    for name, selection in s.also_fit.items():
        fit = work.fit(selection, work.points.learnt, name, bank)
        draws = fit.chains.even(s.posterior.draws, s.seed)
        even = np.full(len(draws), 1.0 / len(draws))
        sources[name] = {row.name for row in fit.rows}, even, bank.predict(draws)[0]
    told = []
    for j, row in enumerate(work.rows):
        cells: dict[str, Any] = {"id": row.id, "scenario": row.scenario, "quantity": row.quantity}
        cells |= {"priority": row.priority, "study": row.study, "low": row.low, "high": row.high}
        for name, (fitted, weight, figures) in sources.items():
            cells[f"{name}_fitted"] = row.name in fitted
            cells |= _spread(name, figures[:, j], weight)
            cells[f"{name}_inside"] = row.low <= cells[f"{name}_mean"] <= row.high
        told.append(cells)
    return pd.DataFrame(told)


def _record(
    work: Work,
    fit: Fit,
    tables: Mapping[str, pd.DataFrame],
    weights: FloatArray,
    k_hat: float,
    tried: Finalists,
    judged: Finalists,
    posterior: pd.DataFrame,
    foretold: tuple[FloatArray, FloatArray],
    checked: NDArray[np.bool_],
    expected: FloatArray,
) -> dict[str, Any]:
    """Content of ``calibration.json``; `expected` are the points' distances without luck.

    ``finalists`` is what all candidates gave when they were tried, ``judged`` what the last few gave under fresh luck.
    """
    s, points, rows = work.settings, work.points, tables["rows"]
    far = work.distances()
    effective = float(1.0 / (weights**2).sum())
    runs = (len(tried.which) + len(judged.which)) * s.posterior.final_replicates
    replicates = s.noise_replicates + s.replicates * (len(points.key) - 1) + runs
    fitted = rows[rows["weight"] > 0]
    changing = np.array([row.scale > 0 for row in work.bank.rows])
    deviation = _check_deviation(work, foretold[1])
    error = (np.abs(points.figures[checked] - foretold[0]) / deviation)[:, changing]
    known = error[~np.isnan(error)]
    held = float((known <= 1.645).mean()) if known.size else np.nan
    values = work.prior.named(judged.unit[judged.best])
    return {
        "name": s.name,
        "parameters": {name: list(pair) for name, pair in work.prior.bounds.items()},
        "rows": [row.name for row in fit.rows],
        "identity": work.store.record()["identity"],
        "provenance": work.store.record()["provenance"],
        "cost": {
            "points": len(points.key) + len(tried.which),
            "worlds": replicates * work.worlds,
            "draws": len(posterior),
            "effective_draws": effective,
            "worlds_per_effective_draw": replicates * work.worlds / effective,
        },
        "waves": [
            {
                "wave": int(wave),
                "points": int((points.wave == wave).sum()),
                "median_distance": _finite(np.nanmedian(far[points.wave == wave])),
                "expected_distance": float(np.median(expected[points.wave == wave])),
                "least_distance": _finite(np.nanmin(far[points.wave == wave])),
                **next((space for space in work.spaces if space["wave"] == wave), {}),
            }
            for wave in dict.fromkeys(points.wave)
        ],
        "chains": {
            "r_hat": dict(zip(work.prior.names, map(float, fit.chains.r_hat), strict=True)),
            "effective": dict(zip(work.prior.names, map(float, fit.chains.effective), strict=True)),
            "accepted": fit.chains.accepted,
        },
        "check": {"pareto_k": k_hat, "inside_90_percent": _finite(held)},
        "surrogates": {
            f"{id_} | {scenario}": {"form": form, "explained": _finite(explained), "error": _finite(error)}
            for id_, scenario, form, explained, error in zip(
                rows["id"],
                rows["scenario"],
                rows["surrogate"],
                rows["explained"],
                rows["error"],
                strict=True,
            )
        },
        "fitted_rows_inside": int(
            ((fitted["posterior_mean"] >= fitted["low"]) & (fitted["posterior_mean"] <= fitted["high"])).sum()
        ),
        "fitted_rows": len(fitted),
        "recovery": recovery_summary(tables["recovery"]),
        "finalists": tried.told(),
        "judged": judged.told(),
        "best": {
            **judged.told()[judged.best],
            "parameter_hash": Parameters(values).hash,
            "values": values,
        },
    }


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


# --- files --------------------------------------------------------------------------------------


def write(result: CalibrationResult, store: UnitStore) -> None:
    """Write all files of a finished calibration."""
    import pyarrow as pa

    forget_report(store.folder)
    record = result.record
    details = {
        key: record[key] for key in ("name", "parameters", "rows", "identity", "chains", "check", "best")
    }
    for name, table, told in (
        (POINTS, result.points, {"parameters": record["parameters"]}),
        (POSTERIOR, result.posterior, details),
    ):
        store.write_file(name, to_parquet(pa.Table.from_pandas(table, preserve_index=False), told))
    for name in TABLES:
        buffer = io.StringIO()
        getattr(result, name).to_csv(buffer, index=False, lineterminator="\n")
        store.write_file(f"{name}.csv", buffer.getvalue().encode())
    store.write_file(BEST, best_toml(result).encode())
    text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
    store.write_file(RECORD, text.encode())


def best_toml(result: CalibrationResult) -> str:
    """The best values as a file for ``--params``."""
    best = result.record["best"]
    name, far = result.record["name"], best["distance"]
    lines = [
        f'# Best values of the calibration "{name}": {best["which"]}, distance {far:.3f}.',
        *(f"{name} = {value!r}" for name, value in best["values"].items()),
    ]
    return "\n".join(lines) + "\n"


def load(folder: str | Path) -> CalibrationResult:
    """Read the results of a finished calibration.

    Raises:
        OmlandError: there are none in the folder.
    """
    import pandas as pd

    from abm.calibration.run import CalibrationResult

    folder = Path(folder)
    try:
        text = (folder / RECORD).read_text(encoding="utf-8")
        posterior, points = (pd.read_parquet(folder / name) for name in (POSTERIOR, POINTS))
        tables = {
            name: read_csv(folder / f"{name}.csv", numbers=NUMBERS[name], rest=True, **COLUMNS[name])
            for name in TABLES
        }
        record = _checked(folder, text, posterior, points, tables)
        tables = {
            name: table.fillna({key: empty for key, empty in EMPTY.items() if key in table})
            for name, table in tables.items()
        }
    except (OSError, ValueError) as error:
        raise OmlandError(
            say("{folder} holds no finished calibration: {why}.", folder=folder, why=error)
        ) from None
    return CalibrationResult(folder, record, posterior.astype({"point": "Int32"}), points, **tables)


def _checked(
    folder: Path, text: str, posterior: pd.DataFrame, points: pd.DataFrame, tables: Mapping[str, pd.DataFrame]
) -> dict[str, Any]:
    """The record, if it and the tables have what they are read for.

    Raises:
        OmlandError: one of the files has not.
    """
    with sound(folder / RECORD):
        record = dict(json.loads(text))
        names, rows = [str(name) for name in record["parameters"]], [str(name) for name in record["rows"]]
        figures = [
            *record["chains"]["r_hat"].values(),
            *(record["best"]["values"][name] for name in names),
            record["check"]["inside_90_percent"],
            *(record["cost"][key] for key in ("points", "worlds", "draws", "effective_draws")),
            record["cost"]["worlds_per_effective_draw"],
            *(wave["expected_distance"] for wave in record["waves"]),
            *(record["recovery"][key] for key in ("truths", "coverage") if record["recovery"]),
            *(record["best"]["distance"], record["fitted_rows_inside"], record["fitted_rows"]),
        ]
        if not all(isinstance(figure, int | float) for figure in figures if figure is not None):
            raise TypeError(figures)
    for name, table, first in ((POSTERIOR, posterior, "weight"), (POINTS, points, "wave")):
        check(folder / name, table, numbers=("point", "distance", first, *names, *rows))
    told = tables["rows"]["id"] + BETWEEN + tables["rows"]["scenario"]
    if not set(rows) <= set(told) or told.duplicated().any():
        raise incomplete(folder / "rows.csv")
    if sorted(tables["identification"]["parameter"]) != sorted(names):
        raise incomplete(folder / "identification.csv")
    if not set(tables["identification"]["identified"]) <= set(KNOWN):
        raise incomplete(folder / "identification.csv")
    if not set(tables["recovery"]["parameter"]) <= set(names):
        raise incomplete(folder / "recovery.csv")
    return record
