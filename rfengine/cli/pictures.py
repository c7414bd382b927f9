"""The images of a dataset, to draw on: read when they are asked for."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from rfengine.errors import BadInput
from rfengine.graph import Array


class FolderOfPictures(Mapping[str, Array]):
    """By file name, as annotations have it: in the folder, or anywhere below it.

    Raises:
        BadInput: there is no such folder.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise BadInput(f"--images {folder}: no such folder; give the one that has the images of the annotations")
        self._folder = folder
        self._found: dict[str, Path] | None = None

    @property
    def _files(self) -> dict[str, Path]:
        # Only a dataset whose images do not lie where their names say is looked through.
        if self._found is None:
            self._found = {path.name: path for path in sorted(self._folder.rglob("*")) if path.is_file()}
        return self._found

    def __getitem__(self, name: str) -> Array:
        from rfengine.plots import read_picture

        # A name of an annotation file may be a stranger's: it leads nowhere outside the folder.
        plain = self._folder / name
        inside = plain.resolve().is_relative_to(self._folder.resolve()) and plain.is_file()
        return read_picture(plain if inside else self._files[Path(name).name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)
