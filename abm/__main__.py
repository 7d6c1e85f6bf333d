"""``python -m abm`` is the command ``omland``."""

from abm.cli import main

if __name__ == "__main__":
    main(prog_name="omland")
