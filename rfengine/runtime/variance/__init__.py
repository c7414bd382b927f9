"""The variance of gradients at initialisation, as a linear network of its own.

For independent weights with mean zero the mean square of d unit / d x goes backwards through a network of the same
form: a weight becomes its variance, an activation its mean squared slope, max pooling the chance of each tap, a fixed
coefficient its square, and where branches meet variances add (they are uncorrelated). One backward pass through that
network is the limit of infinitely many draws, exact in the limit of wide layers up to what `Variance.neglected` says.
(Schoenholz et al. 2017, https://arxiv.org/abs/1611.01232, for the chain; the graph's other operators by the same rule.)
"""

from rfengine.runtime.variance.network import Variance, variance_network

__all__ = ["Variance", "variance_network"]
