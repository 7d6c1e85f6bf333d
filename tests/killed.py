"""The command line, killed while it writes: ``python killed.py SUFFIX NUMBER ARGUMENT ...``."""

from __future__ import annotations

import os
import signal
import sys
from itertools import count
from pathlib import Path


def kill_at(suffix: str, number: int) -> None:
    """Let this process die by SIGKILL while it writes a file.

    Every file is written to the side and put in place by a renaming. Of the files whose names end so, the one of
    this number, from 1, is then half written and not in place, and all before it are.
    """
    real, numbers = os.replace, count(1)

    def replace(source, target, **more):
        if str(source).endswith(".part") and str(target).endswith(suffix) and next(numbers) == number:
            os.truncate(source, Path(source).stat().st_size // 2)
            os.kill(os.getpid(), signal.SIGKILL)
        real(source, target, **more)

    os.replace = replace


if __name__ == "__main__":
    from abm.cli import main

    kill_at(sys.argv[1], int(sys.argv[2]))
    main(sys.argv[3:], prog_name="omland")
