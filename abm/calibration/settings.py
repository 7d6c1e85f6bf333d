"""What a calibration file may say."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, PrivateAttr, model_validator

from abm.errors import OmlandError
from abm.experiment.files import validated
from abm.experiment.model import MOST, ParameterName, Whole, once
from abm.language import say
from abm.paths import reachable
from abm.resources import data_path
from abm.scenario.fields import Above, Model, Share, Text
from abm.toml_file import read_toml

SHIPPED = "calibration"
"""Name of the shipped calibration among the experiments."""
PRIORITY = re.compile(r"priority ([123])")
SELECTION = re.compile(r"([A-Z]\d+)(?:-([A-Z]\d+))?(?::(\w+))?")
"""A row (``B01``), several (``B01-B12``), or these in one scenario (``B08:outmigration``)."""


def _check_selection(text: str) -> str:
    if SELECTION.fullmatch(text) is None:
        raise ValueError(
            say(
                'has "{text}"; a selection of rows is written "B01", "B01-B12" or "B08:outmigration"',
                text=text,
            )
        )
    return text


def _check_weight(text: str) -> str:
    return text if PRIORITY.fullmatch(text) else _check_selection(text)


Selection = Annotated[str, Field(strict=True), AfterValidator(_check_selection)]
Selections = Annotated[tuple[Selection, ...], Field(min_length=1), AfterValidator(once)]
WeightKey = Annotated[str, Field(strict=True), AfterValidator(_check_weight)]
Weight = Annotated[float, Field(strict=True, gt=0, le=1)]


class Wave(Model):
    """Points that are evaluated together.

    Attributes:
        points: how many.
        cut_off: largest implausibility at which they may lie, by the surrogates of the waves before; the first wave
            covers the whole prior and has none.
    """

    points: Annotated[int, Field(strict=True, ge=4, le=MOST)]
    cut_off: Above | None = None


class Sampling(Model):
    """How the posterior is drawn.

    Attributes:
        draws: draws that are kept.
        check: draws that are run through the model itself.
        steps: steps of every chain, the first third of which is thrown away.
        judged: replicates over which the study's table is a mean when it is judged; luck is that much smaller.
        recovery: points of the first wave that are taken as the truth, to see whether it is found again.
        finalists: candidates among which the best is found: the defaults, the peak, and draws of high likelihood.
        final_replicates: replicates under which each of them is tried, and as many others under which the last few
            are judged.
        refinements: further candidates, one after the other, see :mod:`abm.calibration.refine`.
    """

    draws: Annotated[int, Field(strict=True, ge=20, le=MOST)] = 400
    check: Annotated[int, Field(strict=True, ge=2, le=MOST)] = 40
    steps: Annotated[int, Field(strict=True, ge=60, le=MOST)] = 2400
    judged: Whole = 30
    recovery: Annotated[int, Field(strict=True, ge=0, le=MOST)] = 60
    finalists: Annotated[int, Field(strict=True, ge=2, le=MOST)] = 4
    final_replicates: Whole = 4
    refinements: Annotated[int, Field(strict=True, ge=0, le=MOST)] = 0

    @model_validator(mode="after")
    def _order(self) -> Sampling:
        if self.check > self.draws:
            raise ValueError(
                say('has "check" ({check}) above "draws" ({draws})', check=self.check, draws=self.draws)
            )
        if self.finalists > self.draws:
            raise ValueError(
                say(
                    'has "finalists" ({finalists}) above "draws" ({draws})',
                    finalists=self.finalists,
                    draws=self.draws,
                )
            )
        return self


class Calibration(Model):
    """A calibration: which parameters are fitted to which rows, and with how much work.

    Attributes:
        name: short name; that of the file unless told.
        title: what it asks, in a line.
        description: the same in a paragraph.
        parameters: parameters that are fitted; the prior is uniform on the declared range of each.
        rows: rows of the study's table that enter.
        weights: weight of a row by ``"priority 1"`` or a selection of rows; what comes later overrules.
        replicates: replicates at each point, the same at all.
        noise_replicates: replicates at the defaults, which tell how much luck there is in a row.
        spare_rows: rows, the worst at a point, that do not rule it out; never more than a third of the fitted rows.
        wave: waves of points.
        posterior: how the posterior is drawn.
        also_fit: other selections of rows, each fitted by itself on the same points; what they leave out is predicted.
        seed: seed of all chance.
        scale: share of the residents that is simulated.
    """

    name: Text
    title: str = ""
    description: str = ""
    parameters: Annotated[tuple[ParameterName, ...], Field(min_length=2), AfterValidator(once)]
    rows: Selections
    weights: dict[WeightKey, Weight] = Field(
        default_factory=lambda: {"priority 1": 1.0, "priority 2": 0.5, "priority 3": 0.25}
    )
    replicates: Whole = 1
    noise_replicates: Annotated[int, Field(strict=True, ge=2, le=MOST)] = 12
    spare_rows: Annotated[int, Field(strict=True, ge=0, le=MOST)] = 2
    wave: Annotated[tuple[Wave, ...], Field(min_length=1)]
    posterior: Sampling = Field(default_factory=Sampling)
    also_fit: dict[Text, Selections] = Field(default_factory=dict)
    seed: Annotated[int, Field(strict=True, ge=0, lt=2**32)] = 1
    scale: Annotated[Share, Field(gt=0)] = 1.0

    # The file and its text, to tell where something stands.
    _file: tuple[Path, str] | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _waves(self) -> Calibration:
        if self.wave[0].cut_off is not None:
            raise ValueError(
                say('has a "cut_off" in its first wave, which has nothing before it to rule points out')
            )
        offs = [wave.cut_off for wave in self.wave[1:] if wave.cut_off is not None]
        if len(offs) < len(self.wave) - 1:
            raise ValueError(say('needs a "cut_off" in every wave but the first'))
        if any(later > earlier for earlier, later in itertools.pairwise(offs)):
            raise ValueError(say('has a "cut_off" that rises from one wave to the next'))
        if self.noise_replicates < self.replicates:
            raise ValueError(
                say(
                    'has "noise_replicates" ({noise}) below "replicates" ({replicates})',
                    noise=self.noise_replicates,
                    replicates=self.replicates,
                )
            )
        return self

    @property
    def content(self) -> dict[str, Any]:
        """What decides points and posterior, beside seed, scale, data and code.

        Refinements follow one after the other, so that more of them go on where fewer ended.
        """
        content: dict[str, Any] = self.model_dump(
            mode="json",
            exclude={
                **dict.fromkeys(("name", "title", "description", "seed", "scale"), True),
                "posterior": {"refinements"},
            },
        )
        return content


NESTED: dict[str, type[Model]] = {"wave": Wave, "posterior": Sampling}
"""Tables within a calibration, by the key that holds them."""


def calibration_path(name_or_path: str | Path) -> Path:
    """The file of a calibration: ``"calibration"`` for the shipped one, or a path.

    Raises:
        OmlandError: there is none.
    """
    if str(name_or_path) == SHIPPED:
        return data_path("experiments") / f"{SHIPPED}.toml"
    path = Path(name_or_path)
    if reachable(path).exists():
        return path
    raise OmlandError(
        say(
            'There is no calibration file "{path}"; give the path of a TOML file, or "{name}" '
            "for the shipped one.",
            path=path,
            name=SHIPPED,
        )
    )


def load_calibration(name_or_path: str | Path) -> Calibration:
    """Read a calibration; its rows are looked up by :func:`abm.calibration.run.prepare`.

    Raises:
        OmlandError: the file or something in it is not usable.
    """
    path = calibration_path(name_or_path)
    text, tables = read_toml(path, say("a calibration"), say("parameters, rows and [[wave]]"))
    tables.setdefault("name", path.stem)
    calibration = validated(Calibration, tables, path, text, NESTED)
    calibration._file = (path, text)
    return calibration
