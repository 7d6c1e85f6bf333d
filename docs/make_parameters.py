"""Write docs/parameters.md from the declared parameters.

python docs/make_parameters.py
"""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

from abm.commands.tables import params

PAGE = Path(__file__).with_name("parameters.md")
HEAD = """# Parameters

Made by `python docs/make_parameters.py` from `omland params --markdown`; change `abm/parameters.py`, not this page.
A range is the prior of sensitivity analysis and calibration.
"Assumption" means that there is no measurement behind the figure.

"""


def page() -> str:
    """The whole page."""
    table = io.StringIO()
    with contextlib.redirect_stdout(table):
        params(group=None, as_json=False, as_markdown=True)
    return HEAD + table.getvalue()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
