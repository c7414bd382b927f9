"""Coverage checks on a file of COCO's size: 860,000 boxes with their polygons on 120,000 images, made by script.

    python -m benchmarks.coverage read     reading the file, streamed, against json.load and list comprehensions
    python -m benchmarks.coverage check    `rfengine check` on it, asked again, and a loop over json.load's boxes

Each measurement is a process of its own, so that its peak of memory is its own.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

from rfengine.threads import wait_quietly

BOXES, IMAGES, CATEGORIES = 860_000, 120_000, 80
SIDES = ((640, 480), (480, 640), (640, 427), (427, 640), (640, 640), (500, 375))
# COCO's polygons have 20 to 25 points on average.
FEWEST, MOST = 6, 40

# What runs in a process of its own: {path} is the file's. It prints seconds, MB at the peak, and boxes.
OURS = """
from pathlib import Path
from api_schemas.policy_objects import Objects
from rfengine.coverage.objects import read_objects
table = read_objects(Objects(coco="instances.json"), Path({path!r}))
boxes, area = table.rows, float((table.width * table.height).sum())
"""
NAIVE = """
import json
with open({path!r}) as file:
    coco = json.load(file)
sizes = {{image["id"]: (image["width"], image["height"]) for image in coco["images"]}}
names = {{category["id"]: category["name"] for category in coco["categories"]}}
rows = [
    (a["id"], *a["bbox"], *sizes[a["image_id"]], names[a["category_id"]])
    for a in coco["annotations"]
    if not a["iscrowd"]
]
boxes, area = len(rows), sum(row[3] * row[4] for row in rows)
"""
# The whole command, as CI calls it.
CHECK = """
import subprocess, sys
done = subprocess.run([sys.executable, "-m", "rfengine.cli", *{words!r}], cwd={folder!r}, capture_output=True)
assert done.returncode in (0, 1), done.stderr
boxes, area = 0, 0
"""
# The same question as most would answer it: every box in a loop, against fields that are given here.
LOOP = """
import json
with open({path!r}) as file:
    coco = json.load(file)
sizes = {{image["id"]: (image["width"], image["height"]) for image in coco["images"]}}
heads, covered = ((8, 911), (16, 1007), (32, 1263)), 0
for a in coco["annotations"]:
    if a["iscrowd"]:
        continue
    width, height = sizes[a["image_id"]]
    scale = min(640 / width, 640 / height)
    w, h = a["bbox"][2] * scale, a["bbox"][3] * scale
    covered += any(stride <= min(w, h) and trf >= 1.5 * max(w, h) for stride, trf in heads)
boxes, area = covered, 0
"""
POLICY = """
objects: {coco: instances.json}
require: {trf: 1.5, stride: 1, covered: 0.9}
"""
FRAME = """
import resource, time
start = time.perf_counter()
{code}
seconds = time.perf_counter() - start
peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
print(seconds, peak / 1024, boxes, area)
"""


def main() -> None:
    """Run the part that the first argument names."""
    wait_quietly()
    parts: dict[str, Callable[[], None]] = {"read": read, "check": check}
    parts[sys.argv[1] if len(sys.argv) > 1 else "read"]()


def read() -> None:
    """Time and memory of reading, ours and the naive twin's."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "instances.json"
        write_coco(path)
        print(f"{BOXES:,} boxes on {IMAGES:,} images, {path.stat().st_size / 1e6:,.0f} MB")
        print("| reader | seconds | MB at the peak |\n|---|---|---|")
        ours, naive = (measured(code.format(path=str(path))) for code in (OURS, NAIVE))
    for name, (seconds, peak, _, _) in (("ours", ours), ("json.load", naive)):
        print(f"| {name} | {seconds:.1f} | {peak:.0f} |")
    assert ours[2] == naive[2]
    assert abs(ours[3] - naive[3]) < 1e-9 * naive[3]
    print(f"json.load takes {naive[0] / ours[0]:.2f} times the time and {naive[1] / ours[1]:.1f} times the memory")


def check() -> None:
    """Time and memory of the whole command, first and again, and of the naive twin."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "instances.json"
        write_coco(path)
        Path(folder, "rf.yaml").write_text(POLICY)
        words = ["check", "zoo:yolov8n", "--policy", "rf.yaml", "--json", "report.json"]
        print(f"{BOXES:,} boxes on {IMAGES:,} images, {path.stat().st_size / 1e6:,.0f} MB")
        print("| what | seconds | MB at the peak |\n|---|---|---|")
        os.environ["RFENGINE_CACHE"] = str(Path(folder) / "cache")
        first, again = (measured(CHECK.format(words=words, folder=folder)) for _ in range(2))
        loop = measured(LOOP.format(path=str(path)))
        report = json.loads(Path(folder, "report.json").read_text())
    for name, (seconds, peak, _, _) in (("check", first), ("asked again", again), ("a loop over json.load", loop)):
        print(f"| {name} | {seconds:.1f} | {peak:.0f} |")
    assert report["coverage"]["covered"] == loop[2]
    print(f"the loop takes {loop[0] / first[0]:.2f} times the time and {loop[1] / first[1]:.1f} times the memory")


def measured(code: str) -> tuple[float, ...]:
    """Seconds, MB at the peak, boxes and their area, of some code in a process of its own, imports included."""
    done = subprocess.run([sys.executable, "-c", FRAME.format(code=code)], check=True, capture_output=True, text=True)
    return tuple(map(float, done.stdout.split()))


def write_coco(path: Path, *, boxes: int = BOXES, images: int = IMAGES, seed: int = 0) -> None:
    """Write annotations with log-normal sizes, as COCO's are, without holding them."""
    random_ = random.Random(seed)
    sides = [random_.choice(SIDES) for _ in range(images)]
    with path.open("w", encoding="utf-8") as file:
        file.write('{"info": {"description": "made by script"}, "images": ')
        for text in _listed(_image(number, size) for number, size in enumerate(sides)):
            file.write(text)
        file.write(', "annotations": ')
        for text in _listed(_annotation(number, sides, random_) for number in range(boxes)):
            file.write(text)
        names = [{"id": number, "name": f"category {number}"} for number in range(1, CATEGORIES + 1)]
        file.write(f', "categories": {json.dumps(names)}}}')


def _listed(elements: Iterator[object]) -> Iterator[str]:
    return chain(["["], (("" if place == 0 else ", ") + json.dumps(each) for place, each in enumerate(elements)), ["]"])


def _image(number: int, size: tuple[int, int]) -> object:
    width, height = size
    name = f"{number:012}.jpg"
    address = f"http://images.example/{name}"
    return {"license": 1, "file_name": name, "coco_url": address, "height": height, "width": width, "id": number}


def _annotation(number: int, sides: list[tuple[int, int]], random_: random.Random) -> object:
    image = random_.randrange(len(sides))
    side = min(random_.lognormvariate(3.9, 1.1), 400.0)
    width, height = (max(1.0, round(min(side * random_.uniform(0.6, 1.6), 0.98 * most), 2)) for most in sides[image])
    x, y = (round(random_.uniform(0, most - own), 2) for most, own in zip(sides[image], (width, height), strict=True))
    points = [
        round(start + random_.random() * own, 2)
        for _ in range(random_.randint(FEWEST, MOST))
        for start, own in ((x, width), (y, height))
    ]
    return {
        "segmentation": [points],
        "area": round(width * height / 2, 4),
        "iscrowd": int(number % 100 == 0),
        "image_id": image,
        "bbox": [x, y, width, height],
        "category_id": random_.randint(1, CATEGORIES),
        "id": number,
    }


if __name__ == "__main__":
    main()
