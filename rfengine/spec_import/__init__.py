"""Layer spec to ONNX model, so that every network takes the one way in. No torch.

compile.py   the spec's graph, layer by layer, into one model
site.py      where one layer is built: its inputs and their shapes, its nodes and weights
weights.py   weights from the spec's initialiser and seed
window.py    kernels, strides and paddings per axis: TF-style SAME, output sizes
layers/      one file per family of layers: what nodes a layer becomes, and its output shape
"""

from rfengine.spec_import.compile import compile_spec, lines_of, load_spec

__all__ = ["compile_spec", "lines_of", "load_spec"]
