"""What changes are proposed for: a detector that was checked, and where its heads fall short."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import onnx

from api_schemas.coverage import Binding, CoverageResult
from api_schemas.policy import CoveragePolicy
from rfengine.coverage.checked import BINDINGS, NOTHING, Checked
from rfengine.coverage.heads import Head
from rfengine.coverage.recommend.analysed import Analysed
from rfengine.coverage.recommend.paths import Dominators

FIELD: tuple[Binding, ...] = ("trf", "erf")


@dataclass(frozen=True, eq=False)
class Subject:
    """A checked detector. `model` is never changed: an edit gets a copy."""

    model: onnx.ModelProto
    policy: CoveragePolicy
    analysed: Analysed
    result: CoverageResult
    checked: Checked

    @property
    def passes(self) -> bool:
        """Whether the policy is met as it is."""
        return self.result.verdict == "pass"

    @cached_property
    def short(self) -> tuple[Head, ...]:
        """The heads whose fields are too small for objects that come nearest to them, finest first."""
        codes = [BINDINGS.index(name) for name in FIELD]
        rows = np.isin(self.checked.binding, codes) & (self.checked.count > 0)
        names = {self.result.heads[place].name for place in np.unique(self.checked.head[rows]) if place >= 0}
        return tuple(head for head in self.analysed.heads if head.name in names)

    @cached_property
    def binds(self) -> frozenset[Binding]:
        """What keeps objects from being covered."""
        codes = np.unique(self.checked.binding)
        return frozenset(BINDINGS[code] for code in codes if code != NOTHING)

    @cached_property
    def dominators(self) -> Dominators:
        """Which values all ways through the network pass."""
        return Dominators(self.analysed.graph)

    def map_before(self, head: Head) -> str | None:
        """The last feature map that all of a head is made from and its convolutions read: where a layer can go in.

        One of the head's own stride is preferred; None: there is no such map.
        """
        found, graph = [], self.analysed.graph
        tensor = self.dominators.common(head.tensors)
        if tensor in head.tensors:
            tensor = self.dominators.before[tensor]
        while tensor is not None:
            readers = graph.consumers.get(tensor, ())
            if self.analysed.is_map(tensor) and tensor in graph.producers and any(n.op == "Conv" for n in readers):
                if self.analysed.stride(tensor) == max(head.stride):
                    return tensor
                found.append(tensor)
            tensor = self.dominators.before[tensor]
        return found[0] if found else None
