"""Write docs/parameters.md from the declared parameters.

python docs/make_parameters.py
"""

from __future__ import annotations

import ast
import contextlib
import io
from itertools import pairwise
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


def fixed() -> str:
    """Constants of the code whose docstring calls them an assumption: nothing varies them but an edit."""
    root = PAGE.parents[1]
    rows = []
    for file in sorted((root / "abm").rglob("*.py")):
        body = ast.parse(file.read_text(encoding="utf-8")).body
        for statement, after in pairwise(body):
            if not isinstance(statement, ast.Assign) or not isinstance(after, ast.Expr):
                continue
            said = after.value.value if isinstance(after.value, ast.Constant) else None
            if isinstance(said, str) and "ssumption" in said:
                name = ast.unparse(statement.targets[0]).strip("()")
                value = ast.unparse(statement.value)
                where = file.relative_to(root).as_posix()
                shown = value.strip("()") if len(value) <= 40 else "see there"
                rows.append(f"| `{name}` | {shown} | {' '.join(said.split())} | [{where}](../{where}) |")
    head = (
        "\n## Fixed assumptions\n\n"
        "Constants of the code that nobody has measured either. They are not varied with the parameters above.\n\n"
        "| name | value | meaning | where |\n| :-- | :-- | :-- | :-- |\n"
    )
    return head + "\n".join(rows) + "\n"


def page() -> str:
    """The whole page."""
    table = io.StringIO()
    with contextlib.redirect_stdout(table):
        params(group=None, as_json=False, as_markdown=True)
    return HEAD.format(fitted=fitted()) + table.getvalue() + fixed()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
