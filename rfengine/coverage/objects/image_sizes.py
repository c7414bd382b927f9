"""Sizes of the pictures in a folder, from their headers alone: no pixel is decoded."""

from pathlib import Path

import imagesize

from rfengine.coverage.objects.files import PICTURES, names_below
from rfengine.errors import BadInput

Size = tuple[float, float]
# Folders that data sets keep labels and pictures apart with.
_PAIR = ("labels", "images")


class ImageSizes:
    """The pictures of a folder, to be found by the names of their labels.

    `train/labels/a.txt` means `train/images/a.jpg`: the same place but for a folder `labels` or `images`. Where nothing
    lies there, the only picture with the name `a` is meant.

    Raises:
        BadInput: there is no such folder, or no picture in it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        names = names_below(folder, PICTURES) if folder.is_dir() else []
        if not names:
            what = "no picture in it or below" if folder.is_dir() else "no such folder"
            raise BadInput(f"objects.images {folder}: {what}; expected files named {', '.join(PICTURES)}")
        self._at_place = {place_of(name): name for name in names}
        self._by_stem: dict[str, list[str]] = {}
        for name in names:
            self._by_stem.setdefault(_stem(name), []).append(name)

    def of(self, label_file: str) -> tuple[str, Size] | None:
        """The picture of a label file and its width and height, px, as its EXIF data turns it; None where none is.

        Raises:
            BadInput: several may be meant, or its header cannot be read.
        """
        found = self._at_place.get(place_of(label_file))
        if found is None:
            same = self._by_stem.get(_stem(label_file), [])
            if len(same) > 1:
                raise BadInput(
                    f"{label_file}: several pictures of that name ({', '.join(same[:3])}); lay labels and images "
                    "out alike"
                )
            if not same:
                return None
            found = same[0]
        width, height = imagesize.get(self._folder / found)
        if width <= 0 or height <= 0:
            raise BadInput(f"objects.images: {found}: no size in its header; is it a picture? save it again")
        return found, (float(width), float(height))


def place_of(name: str) -> str:
    """A name without its suffix, and without the folders that tell labels and images apart."""
    parts = name.rpartition(".")[0].split("/")
    return "/".join([*(part for part in parts[:-1] if part not in _PAIR), parts[-1]])


def _stem(name: str) -> str:
    return name.rpartition("/")[2].rpartition(".")[0]
