"""torch module to ONNX bytes, by torch's own exporter, which follows the code and refuses what it cannot follow.

The older exporter, by tracing, is not used: it takes the branch that the example takes and says nothing.
"""

import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from importlib.util import find_spec
from io import StringIO
from typing import TYPE_CHECKING

from rfengine.errors import BadInput, MissingExtra, NotExportable
from rfengine.limits import DEFAULT_LIMITS, Limits

if TYPE_CHECKING:
    import torch

MOST_REASON = 300  # characters of torch's own words

_PLACE = re.compile(r'File "([^"]+)", line (\d+), in (\w+)(?:\n[ ]+(.+))?')


def from_torch(
    module: "torch.nn.Module",
    example: "torch.Tensor | tuple[torch.Tensor, ...]",
    *,
    name: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> bytes:
    """The ONNX model of a torch module in eval mode, for `import_onnx` or `analyze`.

    Input shapes are those of the example: export at the size to analyse. The module is left as it was. The exporter's
    optimiser runs, so a batch norm may have become part of the convolution before it.

    Args:
        module: the network.
        example: what its `forward` takes: one tensor, or a tuple of them.
        name: the graph's name; default: the module's class.
        limits: caps.

    Raises:
        BadInput: `module` is no module, or `example` no tensor and no tuple of tensors.
        NotExportable: torch cannot export the module; the message names its class, torch's reason and the next step.
        LimitExceeded: its weights are more than an ONNX file may hold.
        MissingExtra: torch or the library of its exporter is not installed.
    """
    if find_spec("torch") is None or find_spec("onnxscript") is None:
        raise MissingExtra.named("torch", "exporting a torch module")
    inputs = _checked(module, example)
    kind = type(module).__name__
    held = [*module.parameters(), *module.buffers()]
    limits.check(f"torch module {kind}: bytes of its weights", sum(tensor.nbytes for tensor in held), "file_bytes")
    try:
        with _evaluated(module), _quiet():
            return _exported(module, inputs, name or kind)
    except RuntimeError as error:  # the exporter's errors, its passes' and its serialiser's have no nearer base
        raise NotExportable(
            f"torch module {kind}: torch.onnx.export refuses it: {_reason(error)}; change what it names (a branch on "
            "values can be torch.where or torch.cond), see that the example fits forward, or pass a part of the module"
        ) from error


def _checked(module: object, example: object) -> "tuple[torch.Tensor, ...]":
    import torch

    if not isinstance(module, torch.nn.Module):
        raise BadInput(f"from_torch: {module!r:.80} is no torch.nn.Module; pass an instance of your network's class")
    inputs = example if isinstance(example, tuple) else (example,)
    for value in inputs:
        if not isinstance(value, torch.Tensor):
            raise BadInput(
                f"from_torch: the example holds {type(value).__name__} {value!r:.80}; pass a tensor or a tuple of "
                "tensors, as forward takes them"
            )
    return inputs


def _exported(module: "torch.nn.Module", inputs: "tuple[torch.Tensor, ...]", name: str) -> bytes:
    import torch

    program = torch.onnx.export(module, inputs, dynamo=True, verbose=False)
    assert program is not None, "with dynamo and without a file, export returns the program"
    model = program.model_proto
    model.graph.name = name
    return bytes(model.SerializeToString())


@contextmanager
def _evaluated(module: "torch.nn.Module") -> Iterator[None]:
    """Eval mode; afterwards every submodule is in the mode that it was in, which need not be one for all."""
    modes = {part: part.training for part in module.modules()}
    module.eval()
    try:
        yield
    finally:
        for part, training in modes.items():
            part.training = training


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the exporter's logs and prints: libraries it could use, and graphs that it failed on."""
    logger = logging.getLogger("torch")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def _reason(error: BaseException) -> str:
    """The first words of the innermost error, and the line of code that it names."""
    while error.__cause__ is not None:
        error = error.__cause__
    text = str(error).strip()
    first = text.split("\n")[0] or type(error).__name__
    places = _PLACE.findall(text)
    shown = first if len(first) <= MOST_REASON else first[:MOST_REASON] + " ..."
    if not places:
        return shown
    file, line, function, code = places[-1]
    return f"{shown} ({file}:{line} in {function}: {code.strip()[:MOST_REASON] or 'source not found'})"
