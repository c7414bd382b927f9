"""The published files with every figure changed."""

from collections.abc import Callable
from typing import Any

from rfengine.oracles.published import published

WORDS = ("layers", "net", "layer", "note")


def figures(entry: dict[str, Any]) -> int:
    """How many figures an entry of analytic.json has: one per key, one per unit in a list of pairs."""
    count = 0
    for key, value in entry.items():
        if isinstance(value, dict):
            count += figures(value)
        elif key not in WORDS:
            count += len(value) if isinstance(value, list) and isinstance(value[0], list) else 1
    return count


def entries() -> list[dict[str, Any]]:
    return [entry for section in published("analytic.json").values() if isinstance(section, list) for entry in section]


def changed(value: Any) -> Any:
    """The same file, every figure another one."""
    if isinstance(value, dict):
        return {key: part if key in WORDS else changed(part) for key, part in value.items()}
    if isinstance(value, list):
        return [changed(part) for part in value]
    if isinstance(value, bool):
        return not value
    return f"not {value}" if isinstance(value, str) else value + 1


def one_size_changed(file: str) -> dict[str, Any]:
    """analytic.json with the size of its first network one too large."""
    read = published(file)
    if file == "analytic.json":
        read["seed001"][0]["rf"] += 1
    return read


def every_figure_changed(file: str) -> dict[str, Any]:
    return changed(published(file)) if file == "analytic.json" else published(file)


def every_row_changed(file: str) -> dict[str, Any]:
    """tf_slim_endpoints.json with one figure of every row changed, by turns; no padding where there is one."""
    read = published(file)
    turns: list[Callable[[dict[str, Any]], Any]] = [
        lambda row: {"rf": row["rf"] + 1},
        lambda row: {"stride": row["stride"] * 2},
        lambda row: {"padding": 0 if row["padding"] is None else None},
        lambda row: {"padding": (row["padding"] or 0) + 1},
    ]
    rows = [row | turns[number % len(turns)](row) for number, row in enumerate(read["rows"])]
    return {**read, "rows": rows}


def every_effective_figure_changed(file: str) -> dict[str, Any]:
    """erf.json with every exact figure changed; what names a network stays."""
    read = published(file)
    chains = read["luo_uniform_3x3"]["rows"]
    level = read["seed000_level"]
    level["constant_forward_radius"]["rows"] = [[n, r + 1] for n, r in level["constant_forward_radius"]["rows"]]
    resnet = {key: value + 1 for key, value in read["seed000_resnet50"].items() if key != "note"}
    return {
        **read,
        "luo_uniform_3x3": {"rows": [[layers, *(figure + 1 for figure in row)] for layers, *row in chains]},
        "seed000_resnet50": resnet,
    }
