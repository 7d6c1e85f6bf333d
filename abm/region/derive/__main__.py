"""``python -m abm.region.derive [DIR]``: derive the tables of a data package in place."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from abm.errors import OmlandError
from abm.region.derive import derive_package
from abm.resources import data_path


def main(arguments: list[str] | None = None) -> int:
    """Run the derivations; exit code 2 for input that cannot be used."""
    parser = argparse.ArgumentParser(
        prog="python -m abm.region.derive", description="Derive the tables of a data package."
    )
    parser.add_argument(
        "folder", nargs="?", type=Path, help="folder of the package (default: the one shipped)"
    )
    parser.add_argument("--only", metavar="NAME", help="derive one resource only")
    options = parser.parse_args(arguments)
    try:
        written = derive_package(options.folder or data_path("norrland"), options.only)
    except OmlandError as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    sys.stdout.write("".join(f"{name}\n" for name in written))
    return 0


if __name__ == "__main__":
    sys.exit(main())
