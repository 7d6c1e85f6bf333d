"""Put the fit of the synthetic population to every margin between the marks in population.md, and draw it.

python docs/make_population.py
"""

from __future__ import annotations

from pathlib import Path

from marks import fill

from abm.population import build_population
from abm.population.fit import MARGINS, fit_summary, fit_table, plot_fit
from abm.region import load_region

PAGE = Path(__file__).with_name("population.md")
FIGURE = Path(__file__).parent / "img" / "fit.png"


def main() -> None:
    """Build the population of seed 0 at full size and hold it against its margins."""
    region = load_region()
    table = fit_table(region, build_population(region, 0))
    summary = fit_summary(table)
    lines = [
        "| margin | cells | in all | met exactly | largest deviation | all deviations |",
        "| :-- | --: | --: | --: | --: | --: |",
    ]
    for margin in MARGINS:
        if margin.name in summary.index:
            row = summary.loc[margin.name]
            lines.append(
                f"| {margin.name} ({margin.unit}; {margin.source}) | {row['cells']:,.0f} | {row['total']:,.0f} "
                f"| {100 * row['share_exact']:.1f} % | {row['max_abs']:,.0f} | {100 * row['tae_share']:.2f} % |"
            )
    fill(PAGE, "\n".join(lines))
    plot_fit(table, FIGURE)


if __name__ == "__main__":
    main()
