"""Write the demo's exports into a folder: ``python -m demo FOLDER [--until 2026-11-15]``."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from pathlib import Path

from demo import write_demo

if __name__ == "__main__":
    parser = ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--until", type=date.fromisoformat, help="only what had been exported by this night")
    arguments = parser.parse_args()
    written = write_demo(arguments.folder, arguments.until)
    print(f"{len(written)} files written to {arguments.folder}")
