"""`rfengine zoo` and `rfengine spec`: the reference networks, and layer specs as files."""

import json
from pathlib import Path

from rich.table import Table

from api_schemas import zoo
from api_schemas.spec import LayerSpec
from rfengine.cli.question import ZOO
from rfengine.errors import BadInput, BadSpec
from rfengine.reports.plain import plain_table


def listing() -> Table:
    """Every network with its usual input and what it is."""
    table = plain_table()
    table.add_column("name", no_wrap=True)
    table.add_column("input", no_wrap=True)
    table.add_column("network")
    for entry in zoo.names():
        shown = entry.name if entry.family is None else f"{entry.name}\n({entry.family})"
        table.add_row(shown.replace("[", "\\["), "×".join(map(str, entry.input)), entry.title)
    return table


def spec_text(name: str) -> str:
    """A network as the JSON text of its layer spec."""
    return json.dumps(_built(name).model_dump(mode="json", by_alias=True, exclude_unset=True), indent=2)


def compiled(file: str) -> bytes:
    """The ONNX model of a spec file or a zoo network.

    Raises:
        BadInput: no such file, or a spec that describes no network.
    """
    from rfengine.spec_import import compile_spec, lines_of, load_spec

    if file.startswith(ZOO):
        name = file.removeprefix(ZOO)
        return bytes(compile_spec(_built(name), name=name).SerializeToString())
    path = Path(file)
    if not path.is_file():
        raise BadInput(f"{file}: no such file; give a layer spec or {ZOO}NAME")
    text = path.read_text(encoding="utf-8")
    with lines_of(text):
        return bytes(compile_spec(load_spec(text), name=path.stem).SerializeToString())


def _built(name: str) -> LayerSpec:
    try:
        return zoo.build(name)
    except zoo.ZooError as error:
        raise BadSpec(str(error)) from error
