"""`python -m tests.fuzz --mutants 200000 --seed 1`: a long run, with a table of what came of it.

`--index 4711` looks at one mutant again: its verdict, and its file in a temporary folder.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.fuzz.campaign import Summary, file_of, run
from tests.fuzz.corpus import families
from tests.fuzz.judge import FAULTS, judge


def main() -> int:
    """Run a campaign; 1 when something was found that must not be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mutants", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--index", type=int, help="look at one mutant again")
    words = parser.parse_args()
    if words.index is not None:
        return _again(words.seed, words.index)
    summary = run(words.mutants, words.seed, jobs=words.jobs)
    print(table(summary))
    return 1 if summary.faults else 0


def table(summary: Summary) -> str:
    """A campaign as text."""
    rate = summary.mutants / summary.seconds
    lines = [f"{summary.mutants:,} mutants of seed {summary.seed} in {summary.seconds:.0f} s ({rate:.0f} a second)"]
    for verdict, count in summary.verdicts.most_common():
        lines.append(f"  {count:>9,}  {count / summary.mutants:6.2%}  {verdict}")
    for group in summary.groups:
        shown = " ".join(group.finding.detail.split())
        shown = shown[-400:] if group.finding.verdict in FAULTS else shown[:240]
        indices = ", ".join(map(str, group.indices))
        lines.append(f"{group.finding.verdict} x{group.count}: {group.finding.place} (--index {indices})\n    {shown}")
    return "\n".join(lines)


def _again(seed: int, index: int) -> int:
    family, data = file_of(families(), seed, index)
    path = Path(tempfile.mkdtemp(prefix="rfengine-fuzz-")) / f"{seed}-{index}.onnx"
    path.write_bytes(data)
    print(f"mutant {index} of seed {seed}, from {family}: {len(data):,} bytes in {path}")
    finding = judge(data)
    print(f"{finding.verdict} {finding.place}\n{finding.detail}")
    return 1 if finding.verdict in FAULTS else 0


if __name__ == "__main__":
    sys.exit(main())
