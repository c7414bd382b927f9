"""What following a field through an operator will cost, known before it is done.

Windows, periods and canvases multiply: a window of 4,096 taps behind a resize of 16,383 to 16,384 asks for 67 million
unions of sets, from a file of 300 bytes.
"""

from math import gcd

from rfengine.calculus.field import Field
from rfengine.calculus.index_map import MAX_PERIOD
from rfengine.calculus.reads import Border, Reads
from rfengine.graph import Shape

# Sets are unions of bit masks; this many bits take about as long as a step without them.
BITS_PER_STEP = 1 << 13


def effort(field: Field, reads: Reads, out_shape: Shape) -> int:
    """Steps that `calculus.field.through` takes at most: set elements followed, units looked at, names carried along."""
    steps = len(field.whole) + len(field.misaligned) + len(field.reasons)
    for read, length in zip(reads.axes, out_shape, strict=False):
        carried = field.axes[read.axis] if read is not None and read.axis < len(field.axes) else None
        if read is None or carried is None:
            continue
        outer, inner = read.map, carried.map
        taps = -(-sum(support.cardinality for support in outer.supports) // outer.q)
        period = outer.q * (inner.q // gcd(outer.p, inner.q))
        width = 1 + max(inner.sizes) // BITS_PER_STEP
        steps += (period if period <= MAX_PERIOD else length) * taps * width
        if read.border is not Border.NOTHING:
            steps += length * taps
    return steps
