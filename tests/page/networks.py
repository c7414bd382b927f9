"""Networks that the tests of the page ask about: small enough that a busy machine answers in seconds."""

import functools

from rfengine.spec_import import compile_spec, load_spec

# A feature pyramid with three heads, as detectors have.
DETECTOR = """\
input: [1, 3, 128, 128]
defaults: {conv: {kernel: 3, padding: same}}
layers:
  - {type: conv, name: stem, channels: 8, stride: 2}
  - {type: relu}
  - {type: conv, name: c2, channels: 8, stride: 2}
  - {type: relu}
  - {type: conv, name: c3, channels: 8, stride: 2}
  - {type: relu, name: r3}
  - {type: conv, name: c4, channels: 8, stride: 2}
  - {type: relu, name: r4}
  - {type: conv, name: c5, channels: 8, stride: 2}
  - {type: relu, name: r5}
  - {type: conv, name: p5, channels: 8, kernel: 1}
  - {type: upsample, name: up5, scale: 2}
  - {type: conv, name: l4, from: [r4], channels: 8, kernel: 1}
  - {type: add, name: s4, from: [l4, up5]}
  - {type: conv, name: p4, channels: 8}
  - {type: upsample, name: up4, from: [s4], scale: 2}
  - {type: conv, name: l3, from: [r3], channels: 8, kernel: 1}
  - {type: add, name: s3, from: [l3, up4]}
  - {type: conv, name: p3, channels: 8}
outputs: [p3, p4, p5]
"""
# Unlike any of the others, and as quick as they come.
CHAIN = "input: [1, 1, 32, 32]\nlayers:\n  - {type: conv, name: first, channels: 2, kernel: 3}\n"
# Objects that the detector covers, and some that it cannot.
POLICY = {
    "objects": {"sizes": [[12, 10], [20, 24], [40, 36], [60, 70], [3, 3], [120, 110]]},
    "input": {"resize": "none"},
    "require": {"trf": 1.2, "stride": 1, "covered": 0.9},
}
# Everything that a view has something to show for.
QUESTION = {
    "name": "detector",
    "analyses": ["analytic", "constant_forward", "gradient", "coverage"],
    "targets": ["p4"],  # pictures are what takes the time
    "gradient": {"images": 1},
    "coverage": POLICY,
}


@functools.cache
def detector_file() -> bytes:
    """The detector as an ONNX file."""
    return bytes(compile_spec(load_spec(DETECTOR), name="detector").SerializeToString())
