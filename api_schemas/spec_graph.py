"""From a spec's layers as written to a graph: repeats unrolled, every layer named, every reference resolved.

Errors are `PydanticCustomError`s that read as written and carry the path of the layer at fault.
"""

from collections import ChainMap
from collections.abc import Iterable, MutableMapping, Sequence
from dataclasses import dataclass, field

from api_schemas.spec_fields import fault, nearest
from api_schemas.spec_items import AnyItem, AnyLayer, Repeat

MAX_LAYERS = 10_000  # after repeats
ROUND_INPUT = "$in"

Path = tuple[str | int, ...]
Scope = MutableMapping[str, int]  # name -> index of the layer it means here


@dataclass(frozen=True, slots=True)
class Placed:
    """One layer with the name it has in the graph, what it reads, and where it was written."""

    name: str
    layer: AnyLayer
    sources: tuple[str, ...]
    path: Path

    def __str__(self) -> str:
        return f"{self.layer.type} '{self.name}'"


@dataclass(frozen=True, slots=True)
class Network:
    """A spec's graph: each layer after those it reads, as written where that is such an order."""

    layers: tuple[Placed, ...]
    outputs: tuple[str, ...]


def resolve(items: Sequence[AnyItem], inputs: Sequence[str], outputs: Sequence[str]) -> Network:
    """The graph of these layers; without `outputs`, the outputs are the layers that nobody reads."""
    count = _unrolled(items)
    if not count:
        raise fault("layers: there is none; list at least one", ("layers",))
    if count > MAX_LAYERS:
        raise fault(f"layers: {count} after repeats, more than {MAX_LAYERS}; describe a smaller network", ("layers",))
    unroller = _Unroller(tuple(inputs))
    unroller.unroll(items, ("layers",), "", None, unroller.known)
    names = unroller.names()
    layers = _ordered([_placed(entry, names, inputs) for entry in unroller.entries])
    if outputs:
        return Network(layers, _wanted(outputs, names, unroller.known))
    read = {source for layer in layers for source in layer.sources}
    return Network(layers, tuple(layer.name for layer in layers if layer.name not in read))


def _unrolled(items: Sequence[AnyItem]) -> int:
    """How many layers there are after repeats, counted without unrolling them."""
    return sum(item.times * _unrolled(item.layers) if isinstance(item, Repeat) else 1 for item in items)


@dataclass(frozen=True, slots=True)
class _Entry:
    """One unrolled layer with its references as written; numbers are indices of entries, None is the input."""

    index: int
    layer: AnyLayer
    path: Path
    name: str | None
    before: int | None
    round_input: int | None
    scope: Scope
    in_repeat: bool


@dataclass(slots=True)
class _Unroller:
    """Collects the layers of a spec, rounds of repeats one after the other."""

    inputs: tuple[str, ...]
    entries: list[_Entry] = field(default_factory=list)
    known: dict[str, int] = field(default_factory=dict)  # every full name

    def unroll(self, items: Sequence[AnyItem], path: Path, suffix: str, came: int | None, scope: Scope) -> int | None:
        """Collect these items, the first of which follows `came`; returns the index of the last layer."""
        last = came
        for position, item in enumerate(items):
            here = (*path, position)
            if isinstance(item, Repeat):
                last = self._rounds(item, here, suffix, last, scope)
            else:
                name = item.name and item.name + suffix
                self.entries.append(_Entry(len(self.entries), item, here, name, last, came, scope, bool(suffix)))
                last = len(self.entries) - 1
            if item.name and last is not None:
                self._declare(item.name, suffix, last, here, scope)
        return last

    def _rounds(self, block: Repeat, path: Path, suffix: str, came: int | None, scope: Scope) -> int | None:
        last = came
        for number in range(1, block.times + 1):
            last = self.unroll(block.layers, (*path, "layers"), f"{suffix}_{number}", last, ChainMap({}, *_maps(scope)))
        return last

    def _declare(self, name: str, suffix: str, index: int, path: Path, scope: Scope) -> None:
        full = name + suffix
        if full in self.inputs:
            raise fault(f"layer '{full}' has the name of an input; rename one of them", path)
        if full in self.known:
            raise fault(f"two layers are named '{full}'; give each its own name", path)
        self.known[full] = index
        scope[name] = index

    def names(self) -> list[str]:
        """The name of every layer: as given, else its type and the lowest free number from its count on."""
        names: list[str] = []
        counts: dict[str, int] = {}
        for entry in self.entries:
            name, kind = entry.name, entry.layer.type
            while name is None:
                counts[kind] = counts.get(kind, 0) + 1
                candidate = f"{kind}{counts[kind]}"
                if candidate not in self.known and candidate not in self.inputs:
                    name = candidate
                    self.known[name] = entry.index
            names.append(name)
        return names


def _maps(scope: Scope) -> list[Scope]:
    return list(scope.maps) if isinstance(scope, ChainMap) else [scope]


def _placed(entry: _Entry, names: Sequence[str], inputs: Sequence[str]) -> Placed:
    """The entry with the names of what it reads."""
    layer, name = entry.layer, names[entry.index]
    place = f"{layer.type} '{name}'"
    if layer.from_:
        sources = tuple(_source(wanted, place, entry, names, inputs) for wanted in layer.from_)
    else:
        sources = (_preceding(entry.before, place, entry.path, names, inputs),)
    fewest, most = layer.reads
    if len(sources) < fewest:
        raise fault(f"{place} reads {_list(sources)} only; list {fewest} or more values in `from`", entry.path)
    if most is not None and len(sources) > most:
        raise fault(f"{place} reads {most} value, not {_list(sources)}; join them by add or concat first", entry.path)
    return Placed(name, layer, sources, entry.path)


def _source(wanted: str, place: str, entry: _Entry, names: Sequence[str], inputs: Sequence[str]) -> str:
    """The graph's name of what a layer calls `wanted`."""
    if wanted == ROUND_INPUT:
        if not entry.in_repeat:
            raise fault(f"{place} reads '{ROUND_INPUT}', which only means something inside a repeat", entry.path)
        return _preceding(entry.round_input, place, entry.path, names, inputs)
    if wanted in entry.scope:
        return names[entry.scope[wanted]]
    if wanted in inputs:
        return wanted
    known = dict.fromkeys([*entry.scope, *inputs])
    raise fault(f"{place} reads {wanted!r:.80}, which is no layer and no input; {nearest(wanted, known)}", entry.path)


def _preceding(before: int | None, place: str, path: Path, names: Sequence[str], inputs: Sequence[str]) -> str:
    if before is not None:
        return names[before]
    if len(inputs) == 1:
        return inputs[0]
    raise fault(f"{place} is the first layer and there are {len(inputs)} inputs; say which it reads in `from`", path)


def _wanted(outputs: Sequence[str], names: Sequence[str], known: dict[str, int]) -> tuple[str, ...]:
    for name in outputs:
        if name not in known:
            raise fault(f"outputs: no layer is named {name!r:.80}; {nearest(name, known)}", ("outputs",))
    found = tuple(names[known[name]] for name in outputs)
    if len(set(found)) < len(found):
        raise fault(f"outputs: {_list(outputs)} names one layer twice; name each once", ("outputs",))
    return found


def _ordered(layers: Sequence[Placed]) -> tuple[Placed, ...]:
    """Depth first by sources, in the order written: iterative, since a network may be thousands of layers deep."""
    by_name = {layer.name: layer for layer in layers}
    done: dict[str, Placed] = {}
    for root in layers:
        path: dict[str, Iterable[str]] = {}  # the layers being visited, each with the sources it has still to visit
        pending = root.name if root.name not in done else None
        while pending or path:
            if pending:
                path[pending] = iter(by_name[pending].sources)
            current, sources = next(reversed(path.items()))
            pending = next((name for name in sources if name in by_name and name not in done), None)
            if pending in path:
                raise _cycle([*path][[*path].index(pending) :], by_name[pending].path)
            if pending is None:
                done[current] = by_name[current]
                del path[current]
    return tuple(done.values())


def _cycle(reader_first: list[str], path: Path) -> Exception:
    loop = [reader_first[0], *reversed(reader_first)]
    shown = loop if len(loop) <= 12 else [*loop[:10], "...", loop[-1]]
    return fault(f"layers read each other in a cycle: {' -> '.join(shown)}; take one `from` out of it", path)


def _list(names: Sequence[str]) -> str:
    quoted = [f"'{name}'" for name in names[:5]]
    return ", ".join([*quoted, f"... ({len(names)})"] if len(names) > 5 else quoted)
