"""The whole path once: start the service, post a real model, watch it, print the table, keep the results.

Run by `make demo`. The model, a ResNet-50, ships inside the onnx package; results go to demo-out/.
"""

import subprocess
import sys
from pathlib import Path

import onnx

from rfengine.cli.serve import running

MODEL = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light" / "light_resnet50.onnx"


def main(out: Path) -> int:
    """Run the demo into a folder; the exit code of the command line."""
    out.mkdir(parents=True, exist_ok=True)
    with running(out / "service") as url:
        print(f"service ready at {url}; posting {MODEL.name}", flush=True)
        command = [sys.executable, "-m", "rfengine.cli", "analyze", str(MODEL), "--server", url]
        done = subprocess.run([*command, "--json", str(out / "report.json"), "--out", str(out)], check=False)
    if done.returncode == 0:
        print(f"\nreport: {out / 'report.json'}")
        print("pictures: " + ", ".join(sorted(path.name for path in out.glob("*.png"))))
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("demo-out")))
