"""Speed and memory of the effective-receptive-field estimators, each against the procedure it takes the place of.

python -m benchmarks.erf [IMAGES]

gradient: ResNet-50 on 1024 x 1024 images, the centre unit of the last stage. Against the procedure of RepLKNet (Ding et
al. 2022, erf/visualize_erf.py of its repository): the whole image, one at a time, torch.autograd.grad of the summed
centre unit. Each runs in a process of its own, which reports its peak memory. Two sets of weights: those of the onnx
package's light model, and random ones, with which float32 itself is far off: rounding decides on which side of zero a
few of the many activations lie, for either procedure.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx

from rfengine.threads import wait_quietly

LIGHT = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"
NETWORKS = {"light_resnet50": "r171", "resnet50": "layer4"}
SIDE, IMAGES = 1024, 16


def main() -> None:
    """Print the table; with a role as first argument, be one of the processes."""
    wait_quietly()
    if len(sys.argv) > 2:
        role, model, images = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
        print(json.dumps(measured(role, model, images)))
        return
    images = int(sys.argv[1]) if len(sys.argv) > 1 else IMAGES
    print(f"gradient, {SIDE} x {SIDE}, centre unit, {images} images")
    for name in NETWORKS:
        with tempfile.TemporaryDirectory() as folder:
            model = Path(folder) / f"{name}.onnx"
            model.write_bytes(network(name))
            found = {role: in_a_process(role, model, images) for role in ROLES}
            maps = {role: np.load(model.with_suffix(f".{role}.npy")) for role in ROLES}
        report(name, found, maps, images)


def network(name: str) -> bytes:
    """The file of a network."""
    if name.startswith("light_"):
        return (LIGHT / f"{name}.onnx").read_bytes()
    from api_schemas import zoo
    from rfengine.spec_import import compile_spec

    return bytes(compile_spec(zoo.build(name), name=name).SerializeToString())


def in_a_process(role: str, model: Path, images: int) -> dict[str, float]:
    """What a process of its own measures."""
    command = [sys.executable, "-m", "benchmarks.erf", role, str(model), str(images)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def measured(role: str, model: Path, images: int) -> dict[str, float]:
    """Seconds from the imported model to the map, and the peak memory of this process, MiB."""
    values, seconds = ROLES[role](model.read_bytes(), NETWORKS[model.stem], images)
    np.save(model.with_suffix(f".{role}.npy"), values)
    return {"seconds": seconds, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}  # Linux counts KiB


def ours(data: bytes, target: str, images: int) -> tuple[np.ndarray, float]:
    """The estimator; planning and the import for a part of the image are in its time."""
    from api_schemas.erf import GradientOptions
    from rfengine.estimators.analytic import receptive_fields
    from rfengine.estimators.erf import Subject
    from rfengine.estimators.gradient import gradient
    from rfengine.estimators.units import centre_unit
    from rfengine.onnx_import import import_onnx

    graph = import_onnx(data, input_shape={"": (1, 3, SIDE, SIDE)}).graph
    name = graph.inputs[0]
    subject = Subject(receptive_fields(graph), lambda shape: import_onnx(data, input_shape={name: shape}).graph)
    unit = centre_unit(subject.fields, target)
    start = time.perf_counter()
    (erf,) = gradient(subject, [unit], GradientOptions(images=images, device="cpu"))
    return erf.values, time.perf_counter() - start


def naive(data: bytes, target: str, images: int) -> tuple[np.ndarray, float]:
    """RepLKNet's procedure on the same network and the same images, with magnitudes averaged."""
    import torch

    from rfengine.onnx_import import import_onnx
    from rfengine.runtime.program import Program

    graph = import_onnx(data, input_shape={"": (1, 3, SIDE, SIDE)}).graph.between_inputs_and((target,))
    program = Program(graph)
    start = time.perf_counter()
    generator = torch.Generator().manual_seed(0)
    total = np.zeros((SIDE, SIDE))
    for _ in range(images):
        image = torch.randn((1, 3, SIDE, SIDE), generator=generator).requires_grad_()
        out = program({graph.inputs[0]: image})[target]
        (g,) = torch.autograd.grad(out[:, :, out.shape[2] // 2, out.shape[3] // 2].sum(), image)
        total += g.abs().sum((0, 1)).double().numpy()
    return total / images, time.perf_counter() - start


ROLES: dict[str, Callable[[bytes, str, int], tuple[np.ndarray, float]]] = {"ours": ours, "naive": naive}


def report(name: str, found: dict[str, dict[str, float]], maps: dict[str, np.ndarray], images: int) -> None:
    """Print what was measured, and how far the two maps are from each other."""
    for role, each in found.items():
        print(f"{name:<16}{role:<6}{each['seconds'] / images:8.3f} s per image{each['peak']:8.0f} MiB at the peak")
    ratio = {key: found["naive"][key] / found["ours"][key] for key in ("seconds", "peak")}
    apart = np.abs(maps["ours"] - maps["naive"]).max() / maps["naive"].max()
    print(f"{'':<22}{ratio['seconds']:8.1f} times as fast {ratio['peak']:6.1f} times less; maps differ by {apart:.1e}")


if __name__ == "__main__":
    main()
