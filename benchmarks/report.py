"""Write docs/benchmarks.md from one run of the benchmarks.

pytest benchmarks --benchmark-json=speed.json
python benchmarks/scaling.py --json scaling.json
python benchmarks/report.py speed.json --scaling scaling.json

Either may be left out: its part of the page stays as it is.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
PHASES = {
    "events": "events",
    "demography": "demography, with the pass over all residents",
    "demand": "demand",
    "employers": "employers plan, jobs end",
    "search_and_matching": "recruitment, search and matching",
    "moves": "moves and arrivals",
    "adjustment": "wages and prices",
}


def digits(value: float) -> str:
    """Two significant digits, thousands grouped."""
    if value >= 100:
        return f"{float(f'{value:.2g}'):,.0f}"
    return f"{value:.2g}"


SCALING = "\n## Workers\n\n"


def speed_of(text: str) -> str:
    """The part of the page about speed."""
    return text.partition(SCALING)[0].rstrip("\n") + "\n"


def scaling_of(text: str) -> str:
    """The part of the page about workers, with its heading; nothing if it has none."""
    _speed, heading, rest = text.partition(SCALING)
    return heading + rest


def page(results: dict[str, Any]) -> str:
    """The page, from the JSON of pytest-benchmark."""
    runs = {b["name"].removeprefix("test_"): b for b in results["benchmarks"]}
    median = {name: b["stats"]["median"] for name, b in runs.items()}
    info = {name: b["extra_info"] for name, b in runs.items()}
    commit = str((results.get("commit_info") or {}).get("id") or "unknown")
    floor_rate = info["streaming_floor"]["residents"] / median["streaming_floor"]
    mesa_rate = info["plain_mesa"]["residents"] / median["plain_mesa"]
    row_bytes = info["streaming_floor"]["bytes"] / info["streaming_floor"]["residents"]
    lines = [
        "# Speed",
        "",
        "Made by `python benchmarks/report.py` from one run of `pytest benchmarks` "
        f"at commit `{commit[:7]}`. On a shared machine seconds say little;",
        "the ratios are within this run, on one core, once compiled.",
        "",
        "An agent-month is one resident for one month. *Plain Mesa* makes the same kinds of decisions every month with",
        "a `mesa.Agent` a resident ([plain_mesa.py](../benchmarks/plain_mesa.py), "
        f"{info['plain_mesa']['residents']:,} residents).",
        "The *streaming floor* reads and writes every resident's state once a month and does nothing else "
        f"([floor.py](../benchmarks/floor.py), {row_bytes:.0f} bytes a resident).",
        "",
        "Aimed at were a world in under 3 seconds, 200 times plain Mesa and at most 30 times the streaming floor.",
        "The last is met, the second is not, and a world takes "
        f"{digits(median['world[baseline]'])} s without the factory "
        f"and {digits(median['world[outmigration]'])} s with it.",
        "Nearly half of a month is search: some 27,000 people look at up to four",
        "jobs in each of three rounds, each with draws, a table and a wage of their own. And plain Mesa does no more",
        "than it must: it leaves out what few residents meet (partners who look for work, the part of a commute that",
        "the liking of the job makes up for, taxes elsewhere).",
        "",
        "| | agent-months a second | × plain Mesa | × streaming floor in time | seconds |",
        "| :-- | --: | --: | --: | --: |",
    ]
    rows = (
        ("streaming floor", "streaming_floor", 1),
        ("a month (median)", "month", 1),
        ("a world without the factory, set-up included", "world[baseline]", None),
        ("a world with it", "world[outmigration]", None),
        ("four paired worlds", "four_paired_worlds", None),
        ("plain Mesa, a month", "plain_mesa", 1),
    )
    for title, name, months in rows:
        count = months or info[name]["months"]
        rate = info[name]["residents"] * count / median[name]
        lines.append(
            f"| {title} | {digits(rate)} | {digits(rate / mesa_rate)} | {digits(floor_rate / rate)} "
            f"| {digits(median[name])} |"
        )
    phases = info["month"]["phases"]
    total = sum(phases.values())
    floor = median["streaming_floor"]
    lines += [
        "",
        "A month phase by phase (mean):",
        "",
        "| phase | share of the month | × streaming floor |",
        "| :-- | --: | --: |",
        *(
            f"| {title} | {100 * phases[name] / total:.0f} % | {digits(phases[name] / floor)} |"
            for name, title in PHASES.items()
            if name in phases
        ),
        "",
        f"Building the population of {info['build_of_the_population']['residents']:,} residents: "
        f"{digits(median['build_of_the_population'])} s, "
        f"{digits(median['build_of_the_population'] / median['month'])} months of simulation; it is cached afterwards. "
        f"Setting up a world: {digits(info['world[baseline]']['set_up'])} s. "
        f"`omland --help`: {digits(median['start_of_the_command'])} s.",
        "",
        f"Python {results['machine_info']['python_version']}, {results['machine_info']['machine']}, "
        f"{results['machine_info']['cpu'].get('brand_raw', 'unknown processor')}.",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Read the results, write the page."""
    from scaling import table  # beside this file

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("results", type=Path, metavar="JSON", nargs="?")
    parser.add_argument("--scaling", type=Path, metavar="JSON")
    asked = parser.parse_args()
    old = PAGE.read_text(encoding="utf-8") if PAGE.is_file() else ""
    speed, workers = speed_of(old), scaling_of(old)
    if asked.results is not None:
        speed = page(json.loads(asked.results.read_text(encoding="utf-8")))
    if asked.scaling is not None:
        workers = f"{SCALING}{table(json.loads(asked.scaling.read_text(encoding='utf-8')))}\n"
    PAGE.write_text(speed + workers, encoding="utf-8")


if __name__ == "__main__":
    main()
