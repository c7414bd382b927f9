"""`python -m tests.chaos --pairing embedded --jobs 600 --kills 120 --seed 1 --out FILE`: the long run."""

import argparse
import json
import os
import sys
from pathlib import Path

from tests.chaos.run import as_json, run
from tests.chaos.worlds import PAIRINGS


def main() -> int:
    """1 where the service broke its word."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--pairing", choices=PAIRINGS, required=True)
    parser.add_argument("--jobs", type=int, default=600)
    parser.add_argument("--kills", type=int, default=120)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=(), help="names of faults, each done once, instead of kills")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--logs", type=Path, help="a folder for the logs of all processes")
    given = parser.parse_args()
    record = run(given.pairing, jobs=given.jobs, kills=given.kills, seed=given.seed, only=given.only, logs=given.logs)
    command = f"--pairing {given.pairing} --jobs {given.jobs} --kills {given.kills} --seed {given.seed}"
    load = round(os.getloadavg()[1], 1)
    about = {"command": f"python -m tests.chaos {command}", "cores": os.cpu_count(), "load": load}
    text = json.dumps(as_json(record, about), indent=1)
    print(text)
    if given.out is not None:
        given.out.write_text(text + "\n")
    return 1 if record.violations else 0


if __name__ == "__main__":
    sys.exit(main())
