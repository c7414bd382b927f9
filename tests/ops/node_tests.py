"""The official ONNX node tests through our torch lowering, and the summary that docs/operators.md shows.

`python -m tests.ops.node_tests` prints it (`make ops`), with `--write` it renews docs/operators.md, with names it runs
those tests alone and prints why they fail.
"""

import argparse
import json
import sys
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from onnx.backend.test.loader import load_model_tests

from rfengine import ops
from rfengine.errors import RfengineError, UnsupportedOperator
from rfengine.graph import Array
from rfengine.onnx_import import import_onnx
from rfengine.onnx_import.file import domain_of
from rfengine.ops.dtypes import CARRIERS
from rfengine.runtime.program import Program, tensor_of

EXCEPTIONS = Path(__file__).parent / "node_test_exceptions.json"
DOCUMENT = Path(__file__).parents[2] / "docs" / "operators.md"

PASSED, FAILED, REFUSED, UNREGISTERED = "passed", "failed", "refused", "unregistered"


@dataclass(frozen=True)
class Outcome:
    """How one node test ended: `refused` by a typed error, `unregistered` when an operator of it is not ours."""

    name: str
    operators: tuple[str, ...]
    verdict: str
    reason: str = ""


def cases() -> list[Any]:
    """Every node test that the onnx package brings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [case for case in load_model_tests(kind="node") if case.model is not None]


def exceptions() -> dict[str, str]:
    """Tests of registered operators that do not pass, with the reason for each."""
    return dict(json.loads(EXCEPTIONS.read_text(encoding="utf-8")))


def run(case: Any) -> Outcome:
    """One node test. A wrong result is a failure; an input that must be constant is bound and the test repeated."""
    operators = tuple(sorted({_label(node) for node in _nodes(case.model.graph)}))
    known_operators = {_key(operator) for operator in ops.operators()}
    missing = [name for name in operators if name not in known_operators]
    outcome = Outcome(case.name, operators, REFUSED, "no data set")
    for given, expected in case.data_sets:
        outcome = _run_data_set(case, operators, given, expected)
        if outcome.verdict != PASSED:
            break
    # An operator that is not ours may still be written out with some that are.
    return outcome if outcome.verdict == PASSED or not missing else replace(outcome, verdict=UNREGISTERED)


def _run_data_set(case: Any, operators: tuple[str, ...], given: Any, expected: Any) -> Outcome:
    names = [value.name for value in case.model.graph.input]
    given, expected = ([_array(each) for each in arrays] for arrays in (given, expected))
    if not all(isinstance(array, np.ndarray | np.generic) for array in (*given, *expected)):
        return Outcome(case.name, operators, REFUSED, "an input or output is no tensor")
    inputs = {name: np.asarray(array) for name, array in zip(names, given, strict=False)}
    refusal: Exception | None = None
    # First everything is data and nothing is folded; then parameters may be constants, as in real models; then all.
    for bound, fold in (([], False), (names[1:], False), ([], True), (names[1:], True), (names, True)):
        known = {name: inputs[name] for name in bound if name in inputs}
        try:
            found = _evaluate(case.model, inputs, known, fold=fold)
        except UnsupportedOperator as error:
            refusal = error
            continue
        except RfengineError as error:
            return Outcome(case.name, operators, REFUSED, f"{type(error).__name__}: {error}"[:300])
        except Exception as error:
            return Outcome(case.name, operators, FAILED, f"{type(error).__name__}: {error}"[:300])
        truth = [np.asarray(array) for array in expected]
        wrong = _unlike(found, truth) if _is_drawn(case.model) else _difference(found, truth, case.rtol, case.atol)
        return Outcome(case.name, operators, FAILED if wrong else PASSED, wrong)
    return Outcome(case.name, operators, REFUSED, str(refusal)[:300])


def _array(given: Any) -> Any:
    """Types that numpy lacks stand there as ONNX's own tensors."""
    return numpy_helper.to_array(given) if isinstance(given, onnx.TensorProto) else given


def _evaluate(
    model: onnx.ModelProto, inputs: Mapping[str, Array], known: Mapping[str, Array], *, fold: bool
) -> list[Array]:
    data = {name: array for name, array in inputs.items() if name not in known}
    shapes = {name: array.shape for name, array in data.items()}
    graph = import_onnx(model.SerializeToString(), input_shape=shapes, known=known, fold=fold).graph
    program = Program(graph)
    with torch.inference_mode():
        found = program({name: tensor_of(array) for name, array in data.items() if name in graph.inputs})
    return [array_of(found[output.name], graph.values[output.name].dtype) for output in model.graph.output]


def array_of(tensor: torch.Tensor, dtype: np.dtype[Any]) -> Array:
    """A tensor as numpy, bfloat16 and the types that torch lacks included."""
    if dtype.name in CARRIERS:
        return tensor.numpy().astype(dtype)
    if tensor.dtype == torch.bfloat16:
        return tensor.float().numpy().astype(onnx.helper.tensor_dtype_to_np_dtype(onnx.TensorProto.BFLOAT16))
    return tensor.numpy()


def _is_drawn(model: onnx.ModelProto) -> bool:
    """Whether the result is drawn at random, so that no two implementations give the same numbers."""
    return any(node.op_type in ("Bernoulli", "RandomUniformLike") for node in _nodes(model.graph))


def _unlike(found: list[Array], expected: list[Array]) -> str:
    """What can be said of a random draw of zeros and ones: type, shape, and that it holds nothing else."""
    for index, (a, b) in enumerate(zip(found, expected, strict=True)):
        if a.shape != b.shape or a.dtype != b.dtype or not np.isin(a, [0, 1]).all():
            return f"output {index} is no draw of zeros and ones of type {b.dtype} and shape {list(b.shape)}"
    return ""


def _difference(found: list[Array], expected: list[Array], rtol: float, atol: float) -> str:
    for index, (a, b) in enumerate(zip(found, expected, strict=True)):
        if a.shape != b.shape or a.dtype != b.dtype:
            return f"output {index} is {a.dtype}{list(a.shape)}, expected {b.dtype}{list(b.shape)}"
        wide = np.float64 if b.dtype.kind in "fV" else b.dtype
        # As ONNX's own runner does: two units in the last place of bfloat16.
        relative = max(rtol, 2**-6) if b.dtype.name == "bfloat16" else rtol
        if not np.allclose(a.astype(wide), b.astype(wide), rtol=relative, atol=atol, equal_nan=True):
            return f"output {index} differs"
    return ""


def _nodes(graph: onnx.GraphProto) -> Iterator[onnx.NodeProto]:
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            for inner in [*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs]:
                yield from _nodes(inner)


def _label(node: onnx.NodeProto) -> str:
    domain = domain_of(node)
    return f"{domain}::{node.op_type}" if domain else str(node.op_type)


def _key(operator: ops.Operator) -> str:
    return f"{operator.domain}::{operator.name}" if operator.domain else operator.name


@dataclass(frozen=True)
class Tally:
    """All node tests in numbers. `registered`: tests all of whose operators are ours."""

    outcomes: tuple[Outcome, ...]

    def count(self, *verdicts: str) -> int:
        return sum(outcome.verdict in verdicts for outcome in self.outcomes)

    @property
    def registered(self) -> int:
        return len(self.outcomes) - self.count(UNREGISTERED)

    def lines(self) -> list[str]:
        """The summary: of the operators we register, and of all tests."""
        operators = list(ops.operators())
        versions = sum(len(operator.versions) for operator in operators)
        passed, share = self.count(PASSED), self.count(PASSED) / self.registered
        return [
            f"operators registered: {len(operators)} in {versions} versions",
            f"node tests of registered operators: {passed} of {self.registered} pass ({share:.2%})",
            f"all node tests: {passed} of {len(self.outcomes)} pass ({passed / len(self.outcomes):.1%})",
        ]


def run_all() -> Tally:
    """Every node test, once."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Tally(tuple(run(case) for case in cases()))


def document(tally: Tally) -> str:
    """docs/operators.md."""
    explained = exceptions()
    rows = []
    for operator in ops.operators():
        key = _key(operator)
        own = [outcome for outcome in tally.outcomes if outcome.operators == (key,)]
        passed = sum(outcome.verdict == PASSED for outcome in own)
        versions = ", ".join(map(str, operator.versions))
        rows.append(f"| {key} | {versions} | {operator.nature.value} | {f'{passed}/{len(own)}' if own else ''} |")
    return "\n".join(
        [
            "# Operators",
            "",
            "Generated from the registry and ONNX's own node tests by `make ops`; do not edit.",
            "",
            *(f"- {line}" for line in tally.lines()),
            "",
            "A node test is run through our torch lowering, first with every input as data and nothing folded, then",
            "with parameters as constants, as they are in real models. Random draws of zeros and ones are compared by",
            "type, shape and values, bfloat16 to two units in the last place, as ONNX's own runner does.",
            "",
            "## Node tests of registered operators that do not pass",
            "",
            *(f"- `{name}`: {reason}" for name, reason in sorted(explained.items())),
            "",
            "## The registry",
            "",
            "Versions are ONNX since-versions. An operator in another version is rewritten by onnx's converter or its",
            "own function body where that gives registered operators, and refused by name where it does not. The third",
            "column is what the constant-forward policy goes by, the fourth the node tests of that operator alone.",
            "",
            "| operator | versions | nature | node tests |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )


def main() -> int:
    """Run all node tests, or those named, and print what came of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="operators or test names; default: all tests")
    parser.add_argument("--write", action="store_true", help="renew docs/operators.md")
    words = parser.parse_args()
    warnings.simplefilter("ignore")
    if words.write:
        tally = run_all()
        DOCUMENT.write_text(document(tally), encoding="utf-8")
        print("\n".join(tally.lines()))
        return 0
    wanted = set(words.names)
    outcomes = [
        run(case)
        for case in cases()
        if not wanted or case.name in wanted or wanted & {_label(node) for node in case.model.graph.node}
    ]
    for outcome in outcomes:
        if outcome.verdict in (FAILED, REFUSED) or (wanted and outcome.verdict != PASSED):
            print(f"{outcome.verdict:<12} {outcome.name}: {outcome.reason}")
    counts = Counter(outcome.verdict for outcome in outcomes)
    print(
        f"{len(outcomes)} node tests: " + ", ".join(f"{counts[v]} {v}" for v in (PASSED, FAILED, REFUSED, UNREGISTERED))
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
