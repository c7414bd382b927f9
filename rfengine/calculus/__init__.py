"""Index maps and their algebra: which input pixels a unit reads, exactly. No torch, no onnx.

One axis of a feature map is a quasi-periodic map from the unit's index to a finite set of input indices
(`index_map`). Operators are maps of the same kind (`local`), so a network is composition and union of maps.
`field` keeps one map per tensor axis and says what is not local.
"""
