"""The network of a run: compiled, imported and its fields found once for all runs that share it."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from api_schemas import zoo
from api_schemas.initialisers import AnyInitialiser, Constant
from api_schemas.spec import LayerSpec
from api_schemas.study_cells import Setting
from rfengine.errors import BadInput
from rfengine.estimators.analytic import receptive_fields
from rfengine.estimators.erf import Subject
from rfengine.graph import Graph, Shape
from rfengine.limits import Limits
from rfengine.onnx_import import import_onnx
from rfengine.spec_import import compile_spec
from rfengine.studies.expand import network_key
from rfengine.targets import find_targets

# Runs come network by network, so few are needed at a time; a large one takes hundreds of megabytes.
KEPT = 4


@dataclass(frozen=True)
class Studied:
    """A network as it is measured: at one target."""

    subject: Subject
    target: str


class Networks:
    """Builds networks, and keeps the last ones."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Studied] = OrderedDict()

    def of(self, setting: Setting) -> Studied:
        """The network of a setting.

        Raises:
            BadInput: it cannot be built, or has not exactly one target and none is named.
        """
        # Theory asks for no weights: without them a network takes no memory and no time to draw.
        weightless = setting.estimator == "analytic"
        key = f"{network_key(setting)} {weightless}"
        if key not in self._kept:
            self._kept[key] = _built(setting, Constant() if weightless else setting.init)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]


def network_for(setting: Setting, shape: Shape) -> Graph:
    """The network of a setting, imported for another shape of its image, batch and channels included.

    Raises:
        BadInput: it cannot be built for it.
    """
    limits = Limits.from_environment()
    return import_onnx(_compiled(setting, setting.init, shape, limits), limits=limits).graph


def _compiled(setting: Setting, init: AnyInitialiser | None, shape: Shape | None, limits: Limits) -> bytes:
    spec = _spec_of(setting)
    if init is not None:
        spec = spec.model_copy(update={"init": init})
    shapes = {} if shape is None else {"": shape}
    return bytes(compile_spec(spec, name="network", input_shape=shapes, limits=limits).SerializeToString())


def _built(setting: Setting, init: AnyInitialiser | None) -> Studied:
    limits = Limits.from_environment()
    data = _compiled(setting, init, setting.input_shape, limits)
    fields = receptive_fields(import_onnx(data, limits=limits).graph)
    targets = find_targets(fields, () if setting.target is None else (setting.target,))
    if len(targets) != 1:
        raise BadInput(f"a study measures one target per network, but these end it: {', '.join(targets)}; name one")
    sources = [name for name in fields.graph.inputs if name in fields.axes]
    resized = _resizing(data, sources[0], targets, limits) if len(sources) == 1 else None
    return Studied(Subject(fields, resized), targets[0])


def _spec_of(setting: Setting) -> LayerSpec:
    if setting.spec is not None:
        return setting.spec
    assert setting.zoo is not None, "a setting has a zoo name or a spec"
    try:
        return zoo.build(setting.zoo, input_shape=setting.input_shape)
    except zoo.ZooError as error:
        raise BadInput(str(error)) from error


def _resizing(data: bytes, source: str, targets: tuple[str, ...], limits: Limits) -> Callable[[Shape], Graph]:
    """Imports the network for other shapes of its image; those that were asked for are kept."""
    found: dict[Shape, Graph] = {}

    def resized(shape: Shape) -> Graph:
        if shape not in found:
            graph = import_onnx(data, input_shape={source: shape}, limits=limits).graph
            found[shape] = graph.between_inputs_and(targets)
        return found[shape]

    return resized
