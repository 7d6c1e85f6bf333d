"""A calibration under way: its points, the surrogates that learn from them, and the posteriors drawn on these."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from abm.calibration.finalists import LAST, peak
from abm.calibration.matching import explore, implausibility, next_wave
from abm.calibration.points import Batch, figures_of, read_design, read_points
from abm.calibration.prior import Prior
from abm.calibration.refine import Corrected, Measured, expected_inside
from abm.calibration.rows import Row, distance, select, weights_of
from abm.calibration.sampling import Chains, Likelihood, echoes, sample
from abm.calibration.settings import Calibration
from abm.calibration.surrogate import Bank
from abm.calibration.unit import Model, PointTask
from abm.errors import OmlandError
from abm.language import say, spoken
from abm.parameters import PARAMETER
from abm.units import Crew, Finished, Pace, UnitStore, fill

FloatArray = NDArray[np.float64]


class Watch(Protocol):
    """Told of the progress of a calibration."""

    def __call__(self, done: int, total: int, pace: Pace, note: str) -> None:
        """Points done and in all, how fast, and what goes on."""


@dataclass(frozen=True)
class Fit:
    """A posterior: from which rows, by which surrogates.

    Attributes:
        rows: fitted rows.
        weights: their weights by name, as asked for.
        echo: float64[fitted rows], see :func:`abm.calibration.sampling.echoes`.
        likelihood: the likelihood.
        chains: the sample.
    """

    rows: tuple[Row, ...]
    weights: Mapping[str, float]
    echo: FloatArray
    likelihood: Likelihood
    chains: Chains


class Work:
    """A calibration under way.

    Args:
        model: the model.
        settings: the calibration.
        rows: all rows.
        store: folder of the points.
        crew: who computes.
        watch: told of the progress.
        worlds: worlds of a replicate.
    """

    def __init__(
        self,
        model: Model,
        settings: Calibration,
        rows: tuple[Row, ...],
        store: UnitStore,
        crew: Crew,
        watch: Watch | None,
        worlds: int,
    ) -> None:
        self.model, self.settings, self.rows = model, settings, rows
        self.store, self.crew, self.watch, self.worlds = store, crew, watch, worlds
        self.prior = Prior.declared(settings.parameters)
        self.fitted = select(settings.rows, rows, "rows")
        self.weights = weights_of(settings, self.fitted, rows)
        self.thorough = {row.name for row in self.fitted}
        for name, selection in settings.also_fit.items():
            self.thorough |= {row.name for row in select(selection, rows, name)}
        self.batches: list[Batch] = []
        self.spaces: list[dict[str, float]] = []
        self.pace = Pace(crew.size)
        self.done = 0
        posterior = settings.posterior
        self.first_check = 1 + sum(wave.points for wave in settings.wave)
        self.first_final = self.first_check + posterior.check
        finalists = posterior.finalists + posterior.refinements
        self.total = self.first_final + (finalists + min(LAST, finalists)) * posterior.final_replicates
        self.note = ""

    # --- points ---------------------------------------------------------------------------------

    def waves(self) -> None:
        """Evaluate the defaults and all waves; leaves :attr:`points` and :attr:`bank`."""
        s = self.settings
        defaults = np.array([PARAMETER[name].default for name in s.parameters])
        # with the first wave, so that the one long point keeps no other core waiting
        together = [Batch(0, 0, self.prior.unit(defaults)[None], (tuple(range(s.noise_replicates)),))]
        for number, wave in enumerate(s.wave, start=1):
            if number == 1:
                unit = self.designed(1, lambda n=wave.points: (self.prior.hypercube(n, s.seed, "wave 1"), {}))  # type: ignore[misc]
            else:
                unit = self.designed(number, lambda k=number: self._matched(k))  # type: ignore[misc]
            first = 1 + sum(w.points for w in s.wave[: number - 1])
            together.append(self._batch(number, first, unit))
            self.evaluate(*together)
            together = []
            self.learn()

    def check(self, draws: FloatArray) -> None:
        """Run the first of the draws through the model, under luck that the waves have not had."""
        s = self.settings
        n, wave = s.posterior.check, len(s.wave) + 1
        self.evaluate(self._batch(wave, self.first_check, draws[:n]))

    def _batch(self, wave: int, first: int, unit: FloatArray) -> Batch:
        """Points each with luck of its own, synthetic population included.

        Luck that all points had in common would stay in the surrogates however many points there were.
        """
        numbers = (self._unused(first + i) for i in range(len(unit)))
        return Batch(wave, first, unit, tuple(tuple(range(k, k + self.settings.replicates)) for k in numbers))

    def _unused(self, point: int) -> int:
        """Number of the first replicate that no point before this one has."""
        return self.settings.noise_replicates + (point - 1) * self.settings.replicates

    def designed(self, wave: int, make: Callable[[], tuple[FloatArray, Mapping[str, float]]]) -> FloatArray:
        """Where the points of a wave are: as written down, or made and written down now."""
        path = self.store.folder / f"wave-{wave}.json"
        try:
            space, unit = read_design(
                path, self.settings.wave[wave - 1].points, len(self.settings.parameters)
            )
        except FileNotFoundError:
            unit, found = make()
            space, content = dict(found), {"space": dict(found), "points": unit.tolist()}
            self.store.write_file(path.name, (json.dumps(content) + "\n").encode())
        if space:
            self.spaces.append({"wave": wave, **space})
        return unit

    def _matched(self, number: int) -> tuple[FloatArray, Mapping[str, float]]:
        """Points of a later wave, and what is told of the space that they lie in."""
        s = self.settings
        self.tell(say("looking for what is not ruled out"))
        bank = self.bank.take([row.name for row in self.fitted])
        positions = self._positions(self.fitted)
        luck = self.points.luck[positions] / s.posterior.judged
        centre = np.array([row.centre for row in self.fitted])
        half = np.array([row.half_width for row in self.fitted])
        spare = min(s.spare_rows, (len(self.fitted) - 1) // 3)

        def score(unit: FloatArray) -> FloatArray:
            return implausibility(*bank.predict(unit), centre, half, luck, spare)

        wave = s.wave[number - 1]
        space = explore(self.prior, score, float(wave.cut_off or np.inf), s.seed, f"space {number}")
        points = next_wave(space, wave.points, self.points.unit, self.prior, s.seed, f"wave {number}")
        return points, {"cut_off": space.cut_off, "share_of_prior": space.share}

    def finals(self, unit: FloatArray, after: int = 0) -> FloatArray:
        """Means of candidates under luck that all candidates share and no point has, float64[n, fitted rows].

        Args:
            unit: float64[n, parameters] in the unit cube.
            after: how many candidates come before these.
        """
        return self._candidates(unit, range(after, after + len(unit)), fresh=False)

    def judged(self, unit: FloatArray, positions: Sequence[int]) -> FloatArray:
        """Means of the last few under luck that no candidate was chosen by, float64[n, fitted rows].

        Args:
            unit: float64[n, parameters] in the unit cube.
            positions: which candidates they are.
        """
        return self._candidates(unit, positions, fresh=True)

    def _candidates(self, unit: FloatArray, positions: Sequence[int], fresh: bool) -> FloatArray:
        """Means of candidates over the replicates that all are tried under, or the fresh ones that follow these.

        A candidate has numbers for the units of both, whether it is judged or not: more refinements change none.
        """
        n = self.settings.posterior.final_replicates
        used, wave = self._unused(self.first_final), len(self.settings.wave) + 2
        replicates = range(n, 2 * n) if fresh else range(n)
        # a replicate is a unit, so that those of a single refinement run side by side
        batches = [
            Batch(wave, self.first_final + 2 * n * position + k, unit[i : i + 1], ((used + k,),))
            for i, position in enumerate(positions)
            for k in replicates
        ]
        self.compute(*batches)
        figures = [figures_of(self.store, b.first, self.fitted, b.replicates[0])[0] for b in batches]
        return np.mean(np.array(figures).reshape(len(unit), n, -1), axis=1)

    def refined(self, bank: Bank, measured: Measured) -> Measured:
        """The candidates with the refinements, each found with what those before it gave."""
        s, names = self.settings.posterior, [row.name for row in self.fitted]
        positions = self._positions(self.fitted)
        luck = self.points.luck[positions]
        for k in range(s.refinements):
            self.tell(say("looking for what has most rows inside"))
            corrected = Corrected(bank.take(names), measured, luck)
            score = expected_inside(corrected, self.fitted, self.weights, luck / s.judged)
            unit = peak(score, measured.unit, self.settings.seed, f"refinement {k + 1}")
            figures = self.finals(unit[None], len(measured.unit))[0]
            measured = measured.with_one(unit, figures)
        return measured

    def evaluate(self, *batches: Batch) -> None:
        """Compute points, and count them among those that are learnt from or checked.

        Raises:
            OmlandError: a point failed.
        """
        self.compute(*batches)
        self.batches += batches
        self.points = read_points(self.store, self.batches, self.rows, self.settings.replicates)

    def compute(self, *batches: Batch) -> None:
        """Compute the points of one or more batches that are not there yet.

        Raises:
            OmlandError: a point failed.
        """
        named: dict[int, dict[str, float]] = {}
        replicates: dict[int, tuple[int, ...]] = {}
        for batch in batches:
            named |= {key: self.prior.named(unit) for key, unit in zip(batch.keys, batch.unit, strict=True)}
            replicates |= dict(zip(batch.keys, batch.replicates, strict=True))
        task = PointTask(self.model, named, replicates)
        # Draws that are checked follow from the surrogates: with other libraries they may be others.
        missing = [
            key
            for key in named
            if not self.store.whole(key) or self.store.details(key, ("values",))["values"] != named[key]
        ]
        # The first is computed alone, while everything is compiled: not the long one.
        missing[:2] = sorted(missing[:2], key=lambda key: len(replicates[key]))
        self.pace.reused += len(named) - len(missing)
        self.done += len(named) - len(missing)
        n = len(self.settings.wave)
        wave = batches[-1].wave
        what = say("wave {wave} of {n}", wave=wave, n=n)
        if wave > n:
            what = say("check") if wave == n + 1 else say("finalists")
        before = self.note
        self.tell(f"{what}{before}")

        def seen(finished: Finished) -> None:
            self.pace.count(finished, self.worlds * len(replicates[finished.key]))
            self.done += 1
            self.tell(f"{what}{before}")

        fill(self.store, self.crew, task, missing, seen)
        failed = [key for key in named if key in self.store.failed()]
        if failed:
            first = self.store.failed()[failed[0]]
            raise OmlandError(
                say(
                    "{n} of {all} points failed, the first with: {why} (see {folder}); the same command "
                    "tries again.",
                    n=len(failed),
                    all=len(named),
                    why=first["message"],
                    folder=self.store.failures,
                )
            )
        self.tell(what + self.note)

    def tell(self, note: str) -> None:
        """Tell the progress."""
        if self.watch is not None:
            self.watch(self.done, self.total, self.pace, note)

    def distances(self) -> FloatArray:
        """Distance of every evaluated point by the fitted rows, see :func:`abm.calibration.rows.distance`."""
        return distance(self.points.figures[:, self._positions(self.fitted)], self.fitted, self.weights)

    def _positions(self, rows: Sequence[Row]) -> list[int]:
        names = [row.name for row in self.rows]
        return [names.index(row.name) for row in rows]

    # --- surrogates and posterior ---------------------------------------------------------------

    def learn(self) -> None:
        """Learn the surrogates from the points so far."""
        self.tell(say("learning") + self.note)
        here = self.points.learnt
        self.bank = Bank.learn(
            tuple(row.name for row in self.rows),
            self.points.unit[here],
            self.points.figures[here],
            seed=self.settings.seed,
            luck=self.points.luck / self.points.replicates,
            thorough=self.thorough,
        )
        mean = self.bank.predict(self.points.unit)[0][:, self._positions(self.fitted)]
        far = distance(mean, self.fitted, self.weights)
        wave = int(self.points.wave.max())
        last = float(np.median(far[self.points.wave == wave]))
        number = spoken().number
        self.note = say(
            ", distance but for luck {last} in wave {wave}, best {best}",
            last=number(last, digits=2),
            wave=wave,
            best=number(float(far.min()), digits=2),
        )
        self.tell(say("learnt") + self.note)

    def likelihood(
        self, bank: Bank, rows: tuple[Row, ...], weights: Mapping[str, float], here: NDArray[np.bool_]
    ) -> tuple[Likelihood, FloatArray]:
        """The likelihood of some rows, and their echoes, by surrogates learnt from some of the points."""
        positions = self._positions(rows)
        luck = self.points.luck / self.settings.posterior.judged
        taken = bank.take([row.name for row in rows])
        echo = echoes(taken, self.points.unit[here], self.points.figures[here][:, positions])
        return Likelihood.of(bank, rows, weights, luck[positions], echo), echo

    def fit(
        self, selection: Sequence[str], here: NDArray[np.bool_], purpose: str, bank: Bank | None = None
    ) -> Fit:
        """Sample the posterior of some rows.

        Args:
            selection: the rows.
            here: points that the surrogates are learnt from.
            purpose: what for.
            bank: the surrogates; the last ones unless told.
        """
        rows = select(selection, self.rows, purpose)
        weights = weights_of(self.settings, rows, self.rows)
        likelihood, echo = self.likelihood(
            self.bank if bank is None else bank, rows, weights, here & self.points.learnt
        )
        chains = sample(
            likelihood,
            self.prior,
            self.settings.posterior.steps,
            self.settings.seed,
            purpose,
            report=lambda done, total: self.tell(
                say("sampling {what}, {share:.0f}%", what=purpose, share=100 * done / total)
            ),
        )
        return Fit(rows, weights, echo, likelihood, chains)
