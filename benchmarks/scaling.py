"""How an experiment scales with workers: worlds a minute, speed-up, memory of a worker.

    python benchmarks/scaling.py --json scaling.json
    python benchmarks/report.py speed.json --scaling scaling.json

It runs the same replicates of a real experiment with one worker and with more, by turns, each time into an empty
folder, and checks that the finished files are the same bytes. Seconds of a shared machine say little, ratios within
one run more: the turns are interleaved, so that what else the machine does falls on all of them. Two processes on two
cores can be no faster than the machine lets two processes be, so two plain arithmetic loops side by side are
timed too: what they reach is what the machine has to give.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from abm.montecarlo.run import prepare, run_plan
from abm.provenance import available_cores, peak_memory_bytes
from abm.units import Pace

LOOPS = 20_000_000
MIB = 2**20


@dataclass(frozen=True)
class Turn:
    """One run of the experiment.

    Attributes:
        workers: processes.
        worlds: worlds simulated.
        seconds: from the first unit sent out to the last one back, with the start of the workers.
        steady: worlds a minute from when every worker had brought one unit back.
        memory: largest memory of a worker, bytes.
    """

    workers: int
    worlds: int
    seconds: float
    steady: float
    memory: int


def turn(plan, runs: int, workers: int, folder: Path) -> Turn:
    """Run the experiment once and time it."""
    back: list[float] = []

    def watch(done: int, total: int, pace: Pace, mean: float, half: float) -> None:
        back.append(pace.seconds)

    _result, pace = run_plan(plan, out=folder, runs=runs, workers=workers, watch=watch)
    rest = (runs - workers) * plan.worlds_per_unit
    return Turn(
        workers=workers,
        worlds=pace.worlds,
        seconds=pace.seconds,
        steady=60.0 * rest / (back[-1] - back[workers - 1]),
        memory=pace.memory or peak_memory_bytes() or 0,
    )


def spin(loops: int) -> None:
    """Arithmetic that needs a core and nothing else."""
    total = 0
    for i in range(loops):
        total += i & 3


def machine_gives(workers: int) -> float:
    """How many times one process's arithmetic so many processes do in the same time."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(workers) as pool:
        pool.map(spin, [1000] * workers, chunksize=1)
        began = time.perf_counter()
        pool.map(spin, [LOOPS], chunksize=1)
        alone = time.perf_counter() - began
        began = time.perf_counter()
        pool.map(spin, [LOOPS] * workers, chunksize=1)
        together = time.perf_counter() - began
    return workers * alone / together


def contents(folder: Path) -> dict[str, bytes]:
    """The finished units by name."""
    return {path.name: path.read_bytes() for path in sorted((folder / "units").iterdir())}


def measure(experiment: str, runs: int, scale: float | None, workers: int, rounds: int) -> dict:
    """Turns with one worker and with more, by turns.

    Raises:
        SystemExit: the results differ.
    """
    plan = prepare(experiment, scale=scale)
    turns: list[Turn] = []
    gives = []
    with tempfile.TemporaryDirectory() as scratch:
        run_plan(plan, out=Path(scratch) / "warm", runs=1, workers=1)  # compiles, and builds the population
        first: dict[str, bytes] = {}
        for k in range(rounds):
            gives.append(machine_gives(workers))
            for w in (1, workers) if k % 2 == 0 else (workers, 1):
                folder = Path(scratch) / f"{k}-{w}"
                turns.append(turn(plan, runs, w, folder))
                first = first or contents(folder)
                if contents(folder) != first:
                    raise SystemExit(f"with {w} workers the results are other bytes")
    return {
        "experiment": plan.experiment.name,
        "scale": plan.experiment.scale,
        "replicates": runs,
        "worlds_of_a_replicate": plan.worlds_per_unit,
        "rounds": rounds,
        "turns": [asdict(t) for t in turns],
        "machine_gives": median(gives),
    }


def table(results: dict) -> str:
    """What was measured, in Markdown."""
    by_workers: dict[int, list[dict]] = {}
    for one in results["turns"]:
        by_workers.setdefault(one["workers"], []).append(one)
    steady = {w: median(t["steady"] for t in turns) for w, turns in by_workers.items()}
    whole = {w: median(60 * t["worlds"] / t["seconds"] for t in turns) for w, turns in by_workers.items()}
    most = max(by_workers)
    lines = [
        f"`omland montecarlo {results['experiment']}`, {results['replicates']} replicates of "
        f"{results['worlds_of_a_replicate']} worlds at scale {results['scale']:g}, "
        f"{results['rounds']} {'turn' if results['rounds'] == 1 else 'turns'} with each number of workers:",
        "",
        "| workers | worlds a minute | with the start of the workers | speed-up | memory of a worker |",
        "| --: | --: | --: | --: | --: |",
    ]
    for w, turns in sorted(by_workers.items()):
        memory = max(t["memory"] for t in turns) / MIB
        lines.append(
            f"| {w} | {steady[w]:.1f} | {whole[w]:.1f} | {steady[w] / steady[1]:.2f} | {memory:,.0f} MiB |"
        )
    lines += [
        "",
        f"The finished units are the same bytes. {most} loops of plain arithmetic side by side got "
        f"{results['machine_gives']:.2f} times the work of one done on this machine.",
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure, print the table, keep the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--experiment", default="study", help="name or file (study)")
    parser.add_argument("--runs", type=int, default=12, help="replicates of a turn (12)")
    parser.add_argument("--scale", type=float, help="share of the residents, instead of the experiment's")
    parser.add_argument("--workers", type=int, default=2, help="more workers than one (2)")
    parser.add_argument("--rounds", type=int, default=2, help="turns with each number of workers (2)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="file for the figures")
    asked = parser.parse_args()
    if asked.workers < 2 or asked.runs < 2 * asked.workers or asked.rounds < 1:
        parser.error("needs at least two workers, two replicates for each of them, and one round")
    if asked.workers > available_cores():
        parser.error(f"there are {available_cores()} cores")
    results = measure(asked.experiment, asked.runs, asked.scale, asked.workers, asked.rounds)
    if asked.json is not None:
        asked.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    print(table(results))


if __name__ == "__main__":
    main()
