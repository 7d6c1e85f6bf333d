"""Write docs/parameters.md from the declared parameters.

python docs/make_parameters.py
"""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

from abm.calibration.settings import load_calibration
from abm.commands.tables import params
from abm.parameters import PARAMETER

PAGE = Path(__file__).with_name("parameters.md")
HEAD = """# Parameters

Made by `python docs/make_parameters.py` from `omland params --markdown`; change `abm/parameters.py`, not this page.
A range is the prior of sensitivity analysis and calibration.
"Assumption" means that there is no measurement behind the figure.

{fitted}

"""
NEAR = 0.02
"""Share of a range within which a default is said to lie at its end."""


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def fitted() -> str:
    """Which defaults the calibration fits, and which of them lie at an end of their range."""
    names = list(load_calibration("calibration").parameters)
    ends = []
    for name in names:
        p = PARAMETER[name]
        share = (p.default - p.low) / (p.high - p.low)
        if min(share, 1.0 - share) < NEAR:
            ends.append(name)
    return (
        f"The defaults of {len(names)} parameters are fitted to the study's figures within their ranges, whatever the "
        f"source says of their order of magnitude ([calibration.md](calibration.md)): {_listed(names)}.\n"
        f"Of these, {_listed(ends)} lie within {NEAR:.0%} of an end of their range."
    )


def page() -> str:
    """The whole page."""
    table = io.StringIO()
    with contextlib.redirect_stdout(table):
        params(group=None, as_json=False, as_markdown=True)
    return HEAD.format(fitted=fitted()) + table.getvalue()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
