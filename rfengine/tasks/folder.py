"""Pictures on disk.

    FOLDER/cat/0001.png ...                            a folder per class, such as CIFAR-10 written out
    FOLDER/images/0001.png, FOLDER/labels/0001.png     a picture of class ids beside each, such as CamVid

A picture is scaled until it covers the network's input and cut about its middle; label pictures by their nearest
pixels. Values become what images that come with a model become (see rfengine.estimators.images).
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from api_schemas.tasks import Folder
from rfengine.datasets.noise import keys, uniform
from rfengine.errors import BadInput
from rfengine.estimators.images import SUFFIXES
from rfengine.folders import permitted
from rfengine.graph import Shape
from rfengine.tasks.examples import Examples
from rfengine.tasks.pictures import read_ids, read_picture, refuse_beyond
from rfengine.tasks.registry import Task, register

IMAGES, LABELS = "images", "labels"
_CHOICE = 7004


def _source(task: Folder, shape: Shape, count: int, seed: int) -> Examples:
    folder = permitted(task.path)
    if (folder / IMAGES).is_dir() and (folder / LABELS).is_dir():
        return _segmented(task, folder, shape, count, seed)
    return _classified(task, folder, shape, count, seed)


def _classified(task: Folder, folder: Path, shape: Shape, count: int, seed: int) -> Examples:
    """A class per folder, in the order of their names; of more pictures than wanted, about as many of each."""
    if task.classes is not None:
        raise BadInput(
            f"task folder: classes is {task.classes}, but '{folder}' has no {IMAGES}/ and {LABELS}/; its folders are "
            "the classes, so leave classes out"
        )
    found = {each.name: _pictures(each) for each in sorted(folder.iterdir()) if each.is_dir()}
    found = {name: files for name, files in found.items() if files}
    if not found:
        raise BadInput(
            f"task folder: '{folder}' holds no pictures ({', '.join(SUFFIXES)}) in folders; make a folder per class, "
            f"or {IMAGES}/ and {LABELS}/"
        )
    if len(found) < 2:
        raise BadInput(
            f"task folder: '{folder}' has pictures of the single class '{next(iter(found))}'; there is nothing to tell "
            "apart: add a folder with pictures of another class"
        )
    files = [(file, label) for label, own in enumerate(found.values()) for file in own]
    chosen = _chosen([label for _, label in files], count, seed)
    refuse_beyond(len(chosen), shape)
    images = np.stack([read_picture(files[place][0], shape) for place in chosen])
    labels = torch.tensor([files[place][1] for place in chosen])
    return Examples(torch.from_numpy(images), labels, tuple(found))


def _segmented(task: Folder, folder: Path, shape: Shape, count: int, seed: int) -> Examples:
    """Every picture of `images/` with that of `labels/` by the same name."""
    if task.classes is None:
        raise BadInput(
            f"task folder: '{folder}' has label pictures; say with classes how many ids there are, from 0, so that a "
            "wrong id is seen"
        )
    files = _pictures(folder / IMAGES)
    if not files:
        raise BadInput(f"task folder: '{folder / IMAGES}' holds no pictures ({', '.join(SUFFIXES)}); put some there")
    files = [files[place] for place in _chosen([0] * len(files), count, seed)]
    refuse_beyond(len(files), shape)
    labels = [read_ids(file, _label_of(file, folder / LABELS), shape, task.classes, task.ignore) for file in files]
    images = np.stack([read_picture(file, shape) for file in files])
    found = Examples(torch.from_numpy(images), torch.from_numpy(np.stack(labels)), _ids(task.classes))
    seen = torch.bincount(found.labels[found.labels >= 0]).nonzero().flatten().tolist()
    if len(seen) < 2:
        only = f"class {seen[0]} alone" if seen else "nothing that counts"
        raise BadInput(
            f"task folder: the label pictures of '{folder}' hold {only}; there is nothing to tell apart: add pictures "
            "with another class, or check ignore"
        )
    return found


def _ids(classes: int) -> tuple[str, ...]:
    return tuple(map(str, range(classes)))


def _label_of(file: Path, folder: Path) -> Path:
    found = folder / f"{file.stem}.png"
    if not found.is_file():
        raise BadInput(f"task folder: '{file.name}' has no '{found}'; add its picture of class ids, or take it away")
    return found


def _pictures(folder: Path) -> list[Path]:
    return sorted(each for each in folder.iterdir() if each.suffix.lower() in SUFFIXES and each.is_file())


def _chosen(labels: list[int], count: int, seed: int) -> list[int]:
    """Which are taken, in order: class by class in turn, those of each at random, until there are `count`."""
    draw = uniform(keys([seed, _CHOICE]), len(labels)).tolist()
    turns = sorted(_in_turn(labels, draw))[:count]
    return sorted(place for *_, place in turns)


def _in_turn(labels: list[int], draw: list[float]) -> Iterator[tuple[int, float, int]]:
    """Per picture its turn within its class, a tie-breaker, and its place."""
    seen: dict[int, int] = {}
    for place in sorted(range(len(labels)), key=draw.__getitem__):
        turn = seen[labels[place]] = seen.get(labels[place], -1) + 1
        yield turn, draw[place], place


register(Task(Folder, _source))
