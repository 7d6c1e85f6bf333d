"""The command line. Only click is imported here: what a command needs is loaded when it runs."""

from __future__ import annotations

import difflib
import errno
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from abm import __version__, options
from abm.errors import OmlandError
from abm.language import LANGUAGES, say, speak

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""
TERMINATED = 143
"""Exit code after SIGTERM, with which containers and batch systems end a run."""
BAD_INPUT = 2
"""Exit code of bad input and of findings."""
TRACEBACK = "OMLAND_TRACEBACK"
"""Environment variable with which an error that nobody foresaw shows where it arose."""


def unforeseen(error: OSError | MemoryError | RecursionError | UnicodeEncodeError) -> str:
    """What the machine did not give, as a sentence."""
    if isinstance(error, MemoryError):
        return say(
            "there is not enough memory; a smaller --scale and fewer --threads or --workers need less."
        )
    if isinstance(error, RecursionError):
        return say("an input is nested too deeply to be read.")
    if isinstance(error, UnicodeEncodeError):
        return say(
            "the output cannot be written as {encoding}; set PYTHONIOENCODING=utf-8, or name files otherwise.",
            encoding=error.encoding,
        )
    from abm.provenance import because

    why = because(error)
    if error.filename is None:
        return say("a file cannot be read or written: {why}.", why=why)
    return say("{path} cannot be read or written: {why}.", path=error.filename, why=why)


class _Terminated(KeyboardInterrupt):
    """SIGTERM: as Ctrl-C, so that what is being written is taken away."""


def _terminate(number: int, frame: object) -> None:
    raise _Terminated


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """Let SIGTERM end a command as Ctrl-C does."""
    try:
        before = signal.signal(signal.SIGTERM, _terminate)
    except ValueError:  # signals are for the main thread
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class _Command(click.Command):
    """A command that tells errors in the language of its option ``--lang``."""

    def invoke(self, ctx: click.Context) -> Any:
        speak(ctx.params.get("lang", LANGUAGES[0]))
        return super().invoke(ctx)


class _Group(click.Group):
    """Tells errors as sentences, and suggests the command that may have been meant."""

    command_class = _Command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        if name and not name.startswith("-") and self.get_command(ctx, name) is None:
            close = difflib.get_close_matches(name, self.commands, n=1)
            hint = f'did you mean "{close[0]}"?' if close else f"commands: {', '.join(self.commands)}."
            raise click.UsageError(f'There is no command "{name}"; {hint}', ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            with _ended_in_order():
                return super().invoke(ctx)
        except OmlandError as error:
            click.echo(say("Error: {error}", error=error), err=True)
            ctx.exit(BAD_INPUT)
        except KeyboardInterrupt as stop:
            click.echo(say("Interrupted; no file was left half-written."), err=True)
            ctx.exit(TERMINATED if isinstance(stop, _Terminated) else INTERRUPTED)
        except (OSError, MemoryError, RecursionError, UnicodeEncodeError) as error:
            # a reader that went away, as `head` does, is told by click
            if os.environ.get(TRACEBACK) or getattr(error, "errno", None) == errno.EPIPE:
                raise
            click.echo(say("Error: {error}", error=unforeseen(error)), err=True)
            ctx.exit(BAD_INPUT)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, "--version", prog_name="omland", message="%(prog)s %(version)s")
def main() -> None:
    """What does a large employer do to the labour markets around it?

    Omland simulates every resident, household and employer of northern Sweden, with and
    without a battery factory in Skellefteå.
    """


@main.command(short_help="Recompute the study's table.")
@click.option("--runs", type=options.RUNS, default=10, show_default=True, help="Replicates of four worlds.")
@click.option("--posterior", is_flag=True, help="Draw the calibrated parameters anew in each replicate.")
@options.all_of(options.WORLD + options.REPORT)
def study(**given: Any) -> None:
    """Recompute the study's table: its figures beside those of the model.

    With --out it writes table.csv, effects.parquet, orders.csv and run.json, and report.html with its figures.
    """
    from abm.commands.study import study as run_it

    run_it(**given)


@main.command(short_help="Simulate one world, from a scenario.")
@click.argument("scenario", type=options.NAME)
@click.option(
    "--replicate",
    type=options.REPLICATE,
    default=0,
    show_default=True,
    help="Number of the replicate.",
)
@options.all_of(options.WORLD)
@options.LANG
def run(**given: Any) -> None:
    """Simulate one world: SCENARIO is a name (see "omland scenarios") or a TOML file.

    With --out it writes series.parquet (every quantity, month by month) and run.json.
    """
    from abm.commands.run import run as run_it

    run_it(**given)


@main.command(short_help="Hold the baseline against official figures.")
@click.option("--runs", type=options.RUNS, default=4, show_default=True, help="Replicates.")
@options.all_of(options.WORLD)
@options.LANG
def baseline(**given: Any) -> None:
    """Hold the baseline against the official figures of its first years.

    Residents, employed, unemployed, commuters and movers by county and municipality: level,
    deviation and trend. With --out it writes baseline.csv, counties.csv and run.json.
    """
    from abm.commands.baseline import baseline as run_it

    run_it(**given)


@main.command(short_help="Estimate behaviour from the region's own figures.")
@options.region()
@options.out("Folder to write the results to.")
@options.lang("Language of tables and figure.")
@options.as_json("Print JSON instead of tables.")
@click.option("--simulate", is_flag=True, help="Simulate a year of the baseline too, beside the fit.")
@options.seed("Seed of that year.", default=1)
@options.scale("Share of the residents in that year.", default=0.1)
@options.PARAMS
@options.QUIET
def estimate(**given: Any) -> None:
    """Estimate what the region's own figures identify, and hold it against published ranges.

    Decay of commuting and moving, rates of moving, separation and job finding, pay: with standard errors, and what
    each rests on. With --out it writes estimates.csv, fit.csv, run.json and a figure. Needs the extra "calibration".
    """
    from abm.commands.estimate import estimate as run_it

    run_it(**given)


@main.command(short_help="Run a Monte Carlo experiment, or go on with it.")
@click.argument("experiment", type=options.NAME)
@click.option("--runs", type=options.RUNS, help="Replicates, instead of the experiment's number.")
@click.option(
    "--replicate",
    type=options.REPLICATE,
    metavar="K",
    help="Compute only replicate K, whether or not it is there already.",
)
@options.all_of(options.EXPERIMENT + options.REPORT)
def montecarlo(**given: Any) -> None:
    """Run many replicates of paired worlds: EXPERIMENT is a name (see "omland experiments") or a TOML file.

    The same command goes on after a stop. Without a number of its own the experiment says how many
    replicates there are. The folder gets one file a replicate, summary.parquet, summary.csv (the named outcomes),
    outcomes.csv, inputs.csv and risk.csv, and report.html with its figures.
    """
    from abm.commands.montecarlo import montecarlo as run_it

    run_it(**given)


@main.command(short_help="Ask which uncertain figures matter.")
@click.argument("experiment", type=options.NAME)
@click.option(
    "--method",
    type=click.Choice(["morris", "sobol", "surrogate"]),
    default="morris",
    show_default=True,
    help="Screening by elementary effects; shares of the variance; or those of a surrogate, from fewer points.",
)
@click.option(
    "--size",
    type=click.IntRange(2),
    help="Trajectories (morris, 10), base sample, a power of two (sobol, 64), or points (surrogate, 256).",
)
@click.option(
    "--replicates",
    type=click.IntRange(1),
    default=2,
    show_default=True,
    help="Replicates at each point, the same at all; from 2 the share of luck is known.",
)
@click.option(
    "--only",
    multiple=True,
    metavar="NAME",
    help="Run only this scenario of the experiment (and its baseline); may be given again for a further one.",
)
@click.option("--outcome", metavar="TEXT", help="Outcome to tell; the experiment's first.")
@click.option("--scenario", metavar="NAME", help="Scenario to tell it in; the experiment's first.")
@click.option(
    "--compare",
    type=options.FILE,
    metavar="DIR",
    help="Finished analysis by another method, to tell whether both rank alike.",
)
@click.option(
    "--exceeds",
    type=float,
    callback=options.finite,
    help="Tell when the loss exceeds this; the worst quarter of the points unless told.",
)
@options.all_of(options.EXPERIMENT + options.REPORT)
def sensitivity(**given: Any) -> None:
    """Apportion what is uncertain to its causes: EXPERIMENT has parameters with a prior, levers, or both.

    The same command goes on after a stop. The folder gets one file a point of the design, indices.csv,
    convergence.csv, luck.csv, tornado.csv, surface.csv and points.csv, and report.html with its figures. Worlds end
    with the last month that an outcome needs.
    """
    from abm.commands.sensitivity import sensitivity as run_it

    run_it(**given)


@main.command(short_help="Fit the parameters to the study, or go on with it.")
@click.argument("calibration", type=options.NAME)
@options.all_of(options.EXPERIMENT + options.REPORT)
def calibrate(**given: Any) -> None:
    """Fit the behavioural parameters to the study: CALIBRATION is "calibration" (the shipped one) or a TOML file.

    The same command goes on after a stop. The folder gets one file a point, posterior.parquet, points.parquet,
    best.toml (for --params), calibration.json, and as CSV: rows, identification, conflicts, pareto, recovery, heldout;
    and report.html with its figures.
    """
    from abm.commands.calibrate import calibrate as run_it

    run_it(**given)


@main.command()
@options.as_json()
@options.LANG
def experiments(as_json: bool, lang: str) -> None:
    """List the experiments that travel with Omland."""
    from abm.commands.tables import experiments as print_them

    print_them(as_json=as_json, lang=lang)


@main.command("new-experiment", short_help="Begin an experiment of one's own.")
@click.argument("file", type=options.FILE, metavar="FILE")
@click.option("--like", metavar="NAME", help="A copy of this shipped experiment instead of a blank one.")
@options.LANG
def new_experiment(file: Path, like: str | None, lang: str) -> None:
    """Write a blank experiment into FILE, a new TOML file, with a comment for every key.

    It runs as it is; "omland check FILE" says what is wrong with what was changed.
    """
    from abm.commands.experiment import new_experiment as write_it

    write_it(file, like=like)


@main.command(short_help="Make the report of a finished run again.")
@click.argument("folder", type=options.FILE, metavar="DIR")
@options.lang("Language of the report.")
@options.region("Region data package that the run used.")
def report(folder: Path, lang: str, region: Path | None) -> None:
    """Write report.html and figures/ into DIR, the folder of a finished run, from its files.

    Nothing is simulated. An earlier report there is replaced.
    """
    from abm.commands.report import report as write_it

    write_it(folder, lang=lang, region=region)


@main.command(short_help="Try scenarios in a browser.")
@click.option(
    "--port", type=click.IntRange(1, 65535), default=8765, show_default=True, help="Port to listen at."
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen at; the default is this machine only.",
)
@options.lang("Language.")
@options.region()
@click.option("--mesa", "mesa_page", is_flag=True, help="Serve Mesa's own page instead, a month a step.")
def dashboard(port: int, host: str, lang: str, region: Path | None, mesa_page: bool) -> None:
    """Serve a page on which scenarios are changed and run, with map, curves, table and download.

    It needs the extra "dashboard". It can be reached from this machine only unless --host says otherwise.
    """
    from abm.commands.dashboard import dashboard as serve

    serve(port=port, host=host, lang=lang, region=region, mesa_page=mesa_page)


@main.command(short_help="List the behavioural parameters.")
@click.option("--group", metavar="NAME", help="Only the parameters of one group.")
@options.as_json()
@click.option("--markdown", "as_markdown", is_flag=True, help="Print a Markdown table.")
@options.LANG
def params(group: str | None, as_json: bool, as_markdown: bool, lang: str) -> None:
    """List the behavioural parameters with default, range, unit and source."""
    if as_json and as_markdown:
        raise OmlandError(say("--json and --markdown exclude each other."))
    from abm.commands.tables import params as print_them

    print_them(group=group, as_json=as_json, as_markdown=as_markdown, lang=lang)


@main.command("new-region", short_help="Begin a region of one's own.")
@click.argument("folder", type=options.FILE, metavar="DIR")
@click.option(
    "--municipalities",
    type=click.IntRange(1, 290),
    default=3,
    show_default=True,
    metavar="N",
    help="Number of municipalities; their codes are made up, from 9001.",
)
@click.option("--codes", metavar="CODES", help="Codes of the municipalities instead: 1980,1961,1984.")
@options.LANG
def new_region(folder: Path, municipalities: int, codes: str | None, lang: str) -> None:
    """Write the template of a region data package into DIR, a new folder.

    Its README.md tells what to fill in; "omland check DIR" says what to do next until it is valid.
    """
    from abm.commands.region import new_region as write_it

    write_it(folder, municipalities=municipalities, codes=codes)


@main.command(short_help="Compute the derived tables of a region.")
@click.argument("folder", type=options.FILE, metavar="DIR")
@click.option("--only", metavar="NAME", help="Only one table.")
@options.LANG
def derive(folder: Path, only: str | None, lang: str) -> None:
    """Compute the tables of the region in DIR that follow from its others, in place."""
    from abm.commands.region import derive as make_them

    make_them(folder, only=only)


@main.command()
@click.argument("path", type=options.NAME)
@options.region("Region in which the places of a file are looked up.")
@options.LANG
def check(path: str, region: Path | None, lang: str) -> None:
    """Check a region data package, a scenario or an experiment.

    PATH is the folder of a region, its datapackage.json, or the TOML file of a scenario or an experiment.
    Findings are printed one per line; the exit code is 2 if there are any.
    """
    from abm.commands.check import findings

    found = findings(path, region)
    for finding in found:
        click.echo(finding)
    if found:
        click.get_current_context().exit(BAD_INPUT)
    click.echo(say("{path}: nothing wrong found.", path=path))


@main.command()
@options.as_json()
@options.LANG
def scenarios(as_json: bool, lang: str) -> None:
    """List the scenarios that travel with Omland."""
    from abm.commands.tables import scenarios as print_them

    print_them(as_json=as_json, lang=lang)
