"""Command-line words to a request: the model, its shape, its options."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from api_schemas.faults import faults
from api_schemas.images import UnusedImagesError, needs_images, with_images
from api_schemas.request import AnalyzeRequest
from rfengine.errors import BadInput

SPEC_SUFFIXES = (".json", ".yaml", ".yml")
ZOO = "zoo:"


@dataclass(frozen=True)
class Question:
    """What one call asks: a model file's bytes (None with a layer spec), the request, what to call the model, images.

    `images` are the bytes of a zip of pictures or of an .npz, `text` what a layer spec was read from, `objects` the
    file or folder that the request's policy takes its objects from.
    """

    model: bytes | None
    request: AnalyzeRequest
    name: str
    images: bytes | None = None
    text: str | None = None
    objects: Path | None = None


def ask(
    model: str,
    *,
    analyses: str | None,
    targets: Sequence[str],
    input_shape: Sequence[str],
    source: str | None = None,
    verify: bool,
    options: str | None,
    images: Path | None = None,
) -> Question:
    """The question that the command line's words mean.

    Raises:
        BadInput: a file that cannot be read or a word that does not fit; the message names it.
    """
    fields: dict[str, Any] = read_options(options)
    if analyses is not None:
        fields["analyses"] = analyses
    elif "analyses" not in fields and source is None and find_spec("torch") is None:
        fields["analyses"] = "analytic"
    if targets:
        fields["targets"] = list(targets)
    if source is not None:
        fields["source"] = source
    if verify:
        fields["verify"] = True
    if input_shape:
        fields["input_shape"] = read_shapes(input_shape)
    data, name, text = network(model, fields)
    try:
        asked = AnalyzeRequest.model_validate(fields)
    except ValidationError as error:
        found = faults(error, fields, whole="request", model=AnalyzeRequest)
        raise BadInput("; ".join(f"{fault.location}: {fault.message}" for fault in found)) from error
    if images is not None:
        from rfengine.cli.images import read_images

        return Question(data, _on_images(asked), name, read_images(images, at_most=asked.gradient.images), text)
    if needs_images(asked):
        raise BadInput("gradient.inputs is 'given', but no images are; name them with --images, or leave inputs out")
    return Question(data, asked, name, text=text)


def _on_images(asked: AnalyzeRequest) -> AnalyzeRequest:
    try:
        return with_images(asked)
    except UnusedImagesError as error:
        raise BadInput(f"--images: {error}") from error


def network(model: str, fields: dict[str, Any]) -> tuple[bytes | None, str, str | None]:
    """The model file's bytes and name; a layer spec (whose text comes third) or a zoo name goes into the fields.

    Raises:
        BadInput: no such file, or no layer spec in it.
    """
    if model.startswith(ZOO):
        fields["zoo"] = model.removeprefix(ZOO)
        return None, fields["zoo"], None
    path = Path(model)
    if not path.is_file():
        kinds = f"an .onnx file, a layer spec ({', '.join(SPEC_SUFFIXES)}) or {ZOO}NAME"
        raise BadInput(f"{model}: no such file; give {kinds}")
    if path.suffix.lower() not in SPEC_SUFFIXES:
        return path.read_bytes(), path.name, None
    from rfengine.spec_import import load_spec

    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(f"{model}: no UTF-8 text, as a layer spec is; an ONNX file is named .onnx") from error
    fields["spec"] = load_spec(text)
    fields.setdefault("name", path.stem)
    return None, path.name, text


def read_options(text: str | None) -> dict[str, Any]:
    """Fields from a JSON text, or from a JSON or YAML file.

    Raises:
        BadInput: neither, or no object.
    """
    if text is None:
        return {}
    if not text.lstrip().startswith("{"):
        path = Path(text)
        if not path.is_file():
            raise BadInput(f"--options {text}: neither a JSON object nor a file")
        text = path.read_text(encoding="utf-8")
    import yaml

    try:
        found = yaml.safe_load(text)  # JSON is YAML
    except yaml.YAMLError as error:
        raise BadInput(f"--options: not valid JSON or YAML: {' '.join(str(error).split())}") from error
    if not isinstance(found, dict):
        raise BadInput(f"--options: expected an object of options, not {json.dumps(found)[:60]}")
    return found


def read_shapes(words: Sequence[str]) -> dict[str, list[int]]:
    """`1,3,224,224`, or `name=1,3,224,224` once per input.

    Raises:
        BadInput: a word is neither.
    """
    found = {}
    for word in words:
        name, _, numbers = word.rpartition("=")
        try:
            found[name] = [int(part) for part in numbers.split(",")]
        except ValueError as error:
            raise BadInput(
                f"--input-shape {word}: expected whole numbers such as 1,3,224,224, or name=1,3,224,224"
            ) from error
    return found
