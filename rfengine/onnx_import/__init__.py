"""ONNX file to Graph: the only reader of ONNX files.

file.py       bytes parsed and checked; structure.py, functions.py: what is looked at before any library works on it
inputs.py     input shapes settled
graph.py      the pass over the nodes: constants folded, a dtype and a shape for every value
call.py       one protobuf node to a Node; nodes.py, tensor.py: names, versions, arrays
shapes.py     shapes by ONNX's own inference, node by node; guard.py: numbers that no node may ask for
fold.py       constants; rewrite.py: nodes in a version that nobody registered; branches.py: what an If gives
model.py      all of it in order
"""

from rfengine.onnx_import.model import Imported, import_onnx

__all__ = ["Imported", "import_onnx"]
