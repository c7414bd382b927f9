"""The networks of a sweep: the seed's, at several depths, or the one that came with the request."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from api_schemas import zoo
from api_schemas.initialisers import AnyInitialiser
from api_schemas.request import AnalyzeRequest
from api_schemas.spec import LayerSpec
from api_schemas.sweep import SweepOptions
from rfengine.errors import BadInput, BadSpec
from rfengine.graph import Shape
from rfengine.training import biases
from rfengine.training.network import Network, of_onnx, of_spec

FAMILIES = {"residual": "nopool-res-{depth}x{maps}", "plain": "nopool-{depth}x{maps}"}


@dataclass(frozen=True)
class Source:
    """A network of a sweep; `identity` is a hash of all that decides what it computes before training.

    `depth` is the seed's count of convolutions, for its own nets.
    """

    network: Network
    identity: str
    depth: int | None = None

    @property
    def name(self) -> str:
        """As in the sweep's runs."""
        return self.network.name


def sources(model: bytes | None, request: AnalyzeRequest, options: SweepOptions, *, name: str) -> tuple[Source, ...]:
    """The networks that a request asks to train.

    Raises:
        BadInput: a model and a spec at once, several targets, or a zoo name that is none.
    """
    init = None if options.weights == "model" else options.weights
    target = request.targets[0] if request.targets else None
    if model is not None and (request.spec is not None or request.zoo is not None):
        raise BadInput("the request brings a model file and a layer spec or zoo name; send one of them")
    biased = biases.drawn(options)
    said = {"biases": biased, "weights": None if init is None else init.model_dump(mode="json"), "target": target}
    if model is not None:
        network = of_onnx(name, model, init, target, draws_biases=biased)
        return (Source(network, _hash({**said, "onnx": hashlib.sha256(model).hexdigest()})),)
    if request.spec is not None:
        spec = request.spec
        network = of_spec(name, lambda _: spec, init, target, draws_biases=biased)
        return (Source(network, _hash({**said, "spec": spec.model_dump(mode="json")})),)
    if request.zoo is not None:
        return (_of_zoo(request.zoo, init, said, target),)
    names = {depth: FAMILIES[options.family].format(depth=depth, maps=options.maps) for depth in options.depths}
    return tuple(_of_zoo(each, init, said, target, depth) for depth, each in sorted(names.items()))


def _of_zoo(
    name: str, init: AnyInitialiser | None, said: Mapping[str, object], target: str | None, depth: int | None = None
) -> Source:
    def spec_at(shape: Shape | None) -> LayerSpec:
        try:
            return zoo.build(name, input_shape=shape)
        except zoo.ZooError as error:
            raise BadSpec(str(error)) from error

    return Source(
        of_spec(name, spec_at, init, target, draws_biases=bool(said["biases"])), _hash({**said, "zoo": name}), depth
    )


def _hash(said: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
