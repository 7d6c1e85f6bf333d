"""Calibration: which values of the behavioural parameters agree with the study's figures, and how well they are known.

:func:`run` does all of it: a design over the declared ranges, a surrogate for each row of the study's table, history
matching over some waves, a sample of the posterior, and a check of that by the real model.
:mod:`abm.posterior` reads what comes of it.
"""

from abm.calibration.recovery import recover
from abm.calibration.report import load
from abm.calibration.run import CalibrationResult, calibrate, run
from abm.calibration.settings import Calibration, load_calibration

__all__ = ["Calibration", "CalibrationResult", "calibrate", "load", "load_calibration", "recover", "run"]
