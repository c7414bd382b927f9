"""A study that takes a second."""

import yaml

from api_schemas.study import Study, parse_study

TEXT = """
title: Growth
networks:
  - name: "{depth} layers"
    grid: {depth: [2, 4]}
    spec:
      input: [1, 1, 17, 17]
      layers:
        - type: repeat
          times: "{depth}"
          layers: [{type: conv, name: conv, channels: 4, kernel: 3, padding: same}, {type: "{function}"}]
    target: "conv_{depth}"
options: {images: 1, policy: {weights: he}}
seeds: 3
series:
  - {name: ReLU, values: {function: relu}}
  - {name: one constant, values: {function: relu}, estimator: constant_forward}
measures: {erf: luo_size, share: {of: luo_size, per: trf}, radius: radius_px.axis.0.0012}
fits: [{x: depth, y: erf, published: {a paper: 0.5}}]
figures: [{x: depth, y: erf, x_scale: log, y_scale: log}]
columns: {depth: {title: layers}, erf: {title: "size, px"}}
"""


def study(**changes: object) -> Study:
    """The example with other values for some of its keys."""
    return Study.model_validate({**yaml.safe_load(TEXT), **changes})


def example() -> Study:
    """The example itself."""
    return parse_study(TEXT)
