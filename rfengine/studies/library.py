"""The studies that come with the engine, and study files."""

from importlib.resources import files
from pathlib import Path

from api_schemas.spec_fields import nearest
from api_schemas.spec_text import SpecError
from api_schemas.study import Study, parse_study
from rfengine.errors import BadInput

SUFFIXES = (".yaml", ".yml", ".json")


def shipped() -> dict[str, str]:
    """The texts of the studies that come with the engine, by name."""
    folder = files("rfengine.studies").joinpath("library")
    found = sorted(folder.iterdir(), key=lambda each: each.name)
    return {each.name.removesuffix(".yaml"): each.read_text(encoding="utf-8") for each in found}


def load_study(name: str) -> tuple[str, Study]:
    """A study from a YAML or JSON file, or by the name of one that comes with the engine; its name, and itself.

    Raises:
        BadInput: there is none, or one line per fault, each with its line, place, value and next step.
    """
    path = Path(name)
    if path.suffix.lower() in SUFFIXES or path.is_file():
        if not path.is_file():
            raise BadInput(f"{name}: no such file; give a study in YAML or JSON, or a name: {', '.join(shipped())}")
        return path.stem, _parsed(path.read_text(encoding="utf-8"), name)
    known = shipped()
    if name not in known:
        raise BadInput(f"no study is named {name!r:.80}; {nearest(name, known)}")
    return name, _parsed(known[name], name)


def _parsed(text: str, name: str) -> Study:
    try:
        return parse_study(text)
    except SpecError as error:
        raise BadInput(f"{name}: {error}") from None
