"""Policies: rewrites of a graph before it runs. Each is Graph -> Graph, so they compose and are free at run time."""

from api_schemas.erf import Policy
from rfengine.graph import Graph
from rfengine.runtime.policies.activations import without_activations, without_affine
from rfengine.runtime.policies.norms import has_norms, with_batch_statistics, without_norms
from rfengine.runtime.policies.pooling import with_average_pooling
from rfengine.runtime.policies.rescale import Rescaled, rescaled
from rfengine.runtime.policies.weights import with_weights

__all__ = [
    "Rescaled",
    "has_norms",
    "rescaled",
    "with_average_pooling",
    "with_batch_statistics",
    "with_policy",
    "with_weights",
    "without_activations",
    "without_affine",
    "without_norms",
]


def with_policy(graph: Graph, policy: Policy, *, seed: int) -> Graph:
    """The network under a policy; `seed` is that of the weights, where they are drawn.

    Raises:
        NotEstimable: an output depends on a node that a part of the policy has no answer for; the message names it.
    """
    if policy.weights != "model":
        graph = with_weights(graph, policy.weights, seed=seed)
    if policy.norm == "identity":
        graph = without_norms(graph)
    elif policy.norm == "training":
        graph = with_batch_statistics(graph)
    if policy.activations == "identity":
        graph = without_activations(graph)
    if policy.max_pool == "average":
        graph = with_average_pooling(graph)
    return graph
