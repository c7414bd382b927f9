"""Ensembles of decision trees. https://onnx.ai/onnx/operators/onnx_aionnxml_TreeEnsemble.html."""

from dataclasses import dataclass
from operator import eq, ge, gt, le, lt, ne
from typing import TYPE_CHECKING

import numpy as np

from rfengine.calculus.reads import AxisRead, Reads
from rfengine.errors import BadShape
from rfengine.graph import Array, Shape
from rfengine.ops.call import Call
from rfengine.ops.ml import DOMAIN
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register
from rfengine.ops.rules import only_first

if TYPE_CHECKING:
    from torch import Tensor

COMPARISONS = (le, lt, ge, gt, eq, ne)
MEMBER = 6
AVERAGE, SUM, MIN, MAX = range(4)
NONE, SOFTMAX, LOGISTIC = range(3)


@dataclass(frozen=True, slots=True)
class Forest:
    """All trees as arrays over their inner nodes; a child is an inner node, or the number of these plus a leaf."""

    roots: Array
    features: Array
    modes: Array
    splits: Array
    members: Array  # [nodes, most members], NaN where there are fewer
    nan_is_true: Array
    if_true: Array
    if_false: Array
    weights: Array
    targets: Array
    depth: int


def _children(call: Call, side: str, count: int) -> Array:
    leaf, index = np.asarray(call.ints(f"nodes_{side}leafs", ())), np.asarray(call.ints(f"nodes_{side}nodeids", ()))
    if len(leaf) != count or len(index) != count:
        raise BadShape(f"{call.node}: the attributes of its {count} nodes differ in length")
    return np.where(leaf > 0, count + index, index)


def _members(call: Call, modes: Array) -> Array:
    """The sets of the nodes that test membership, which stand one after the other with NaN behind each."""
    values = np.asarray(call.attr("membership_values", np.zeros(0, np.float32))).reshape(-1)
    ends = np.flatnonzero(np.isnan(values))
    sets = np.split(values, ends + 1)
    owners = np.flatnonzero(modes == MEMBER)
    if len(owners) > len(sets):
        raise BadShape(f"{call.node}: {len(owners)} nodes test membership, of {len(ends)} sets")
    table = np.full((len(modes), max([1, *map(len, sets)])), np.nan, values.dtype)
    for owner, members in zip(owners, sets, strict=False):
        table[owner, : len(members)] = members
    return table


def _forest(call: Call) -> Forest:
    features, roots = np.asarray(call.ints("nodes_featureids", ())), np.asarray(call.ints("tree_roots", ()))
    count = len(features)
    modes, splits = (np.asarray(call.attr(f"nodes_{name}")).reshape(-1) for name in ("modes", "splits"))
    weights, targets = np.asarray(call.attr("leaf_weights")).reshape(-1), np.asarray(call.ints("leaf_targetids", ()))
    nan_is_true = np.asarray(call.ints("nodes_missing_value_tracks_true", (0,) * count)) > 0
    if_true, if_false = (_children(call, side, count) for side in ("true", "false"))
    if {len(modes), len(splits), len(nan_is_true)} != {count} or len(weights) != len(targets):
        raise BadShape(f"{call.node}: the attributes of its {count} nodes or {len(weights)} leaves differ in length")
    for name, values, end in (
        ("nodes_featureids", features, call.shape()[-1]),
        ("nodes_modes", modes, MEMBER + 1),
        ("nodes_truenodeids", if_true, count + len(weights)),
        ("nodes_falsenodeids", if_false, count + len(weights)),
        ("leaf_targetids", targets, int(call.attr("n_targets", 1))),
        ("tree_roots", roots, count),
    ):
        if values.size and (values.min() < 0 or values.max() >= end):
            raise BadShape(f"{call.node}: its {name} do not all lie in 0 ... {end - 1}")
    return Forest(
        roots=roots,
        features=features,
        modes=modes,
        splits=splits,
        members=_members(call, modes),
        nan_is_true=nan_is_true,
        if_true=if_true,
        if_false=if_false,
        weights=weights,
        targets=targets,
        depth=_depth(call, roots, if_true, if_false),
    )


def _depth(call: Call, roots: Array, if_true: Array, if_false: Array) -> int:
    """The most inner nodes on the way to a leaf."""
    count, level, depth = len(if_true), roots, 0
    while level.size:
        if depth > count:
            raise BadShape(f"{call.node}: its {count} nodes form no trees")
        level = np.unique(np.concatenate([if_true[level], if_false[level]]))
        level, depth = level[level < count], depth + 1
    return depth


def _shape(call: Call) -> Shape:
    return (call.shape()[0], int(call.attr("n_targets", 1)))


def _reads(call: Call) -> list[Relation]:
    return only_first(call, Reads((AxisRead(0), None)))


def _leaves(x: "Tensor", forest: Forest) -> "Tensor":
    """The leaf that each row of x reaches in each tree."""
    import torch

    def on_device(array: Array) -> "Tensor":
        return torch.from_numpy(np.array(array)).to(x.device)

    count = len(forest.features)
    features, modes, splits = on_device(forest.features), on_device(forest.modes), on_device(forest.splits).to(x.dtype)
    members, nan_is_true = on_device(forest.members).to(x.dtype), on_device(forest.nan_is_true)
    if_true, if_false = on_device(forest.if_true), on_device(forest.if_false)
    at = on_device(forest.roots).expand(len(x), -1)
    for _ in range(forest.depth):
        inner = at < count
        node = torch.where(inner, at, 0)
        value = x.gather(1, features[node])
        answer = (value[..., None] == members[node]).any(-1)
        for mode, compare in enumerate(COMPARISONS):
            answer = torch.where(modes[node] == mode, compare(value, splits[node]), answer)
        answer = torch.where(value.isnan(), nan_is_true[node], answer)
        at = torch.where(inner, torch.where(answer, if_true[node], if_false[node]), at)
    return at - count


def _lower(call: Call) -> Kernel:
    import torch

    forest, targets = _forest(call), int(call.attr("n_targets", 1))
    aggregate, transform = int(call.attr("aggregate_function", SUM)), int(call.attr("post_transform", NONE))
    reductions = {AVERAGE: "sum", SUM: "sum", MIN: "amin", MAX: "amax"}
    if aggregate not in reductions or transform not in (NONE, SOFTMAX, LOGISTIC):
        raise call.refused(f"aggregate_function={aggregate} with post_transform={transform}")

    def kernel(x: "Tensor") -> "Tensor":
        leaves = _leaves(x, forest)
        weights = torch.from_numpy(forest.weights.copy()).to(x.device, x.dtype)[leaves]
        target = torch.from_numpy(forest.targets).to(x.device)[leaves]
        y = x.new_zeros(len(x), targets)
        y = y.scatter_reduce(1, target, weights, reductions[aggregate], include_self=False)
        y = y / len(forest.roots) if aggregate == AVERAGE else y
        return y if transform == NONE else y.softmax(-1) if transform == SOFTMAX else y.sigmoid()

    return kernel


register(Operator("TreeEnsemble", (5,), Nature.OTHER, _reads, _lower, out_shape=_shape, domain=DOMAIN))
