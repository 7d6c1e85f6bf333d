"""Write docs/quantities.md from what a world records.

python docs/make_quantities.py
"""

from __future__ import annotations

from pathlib import Path

from abm.results import QUANTITIES

PAGE = Path(__file__).with_name("quantities.md")
HEAD = """# Quantities

Made by `python docs/make_quantities.py`; change `QUANTITIES` in `abm/results.py`, not this page.
What a world records every month, and what `series.parquet`, `effects.parquet` and the `outcome` of an
experiment call it. A *stock* is at the end of the month, a *flow* happens during it.
Figures are in official residents and jobs: where a share of the residents was simulated, they are weighted up.
The Swedish term of official statistics is in brackets.

| quantity | by | | unit | meaning |
| :-- | :-- | :-- | :-- | :-- |
"""
BY = {
    "M": "municipality",
    "MS": "municipality and sector",
    "ZZ": "origin or home, and destination or workplace",
}


def page() -> str:
    """The whole page."""
    lines = (f"| `{q.name}` | {BY[q.shape]} | {q.kind} | {q.unit} | {q.description} |" for q in QUANTITIES)
    return HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
