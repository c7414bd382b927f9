"""One head less: what only it needs is computed no more."""

from collections.abc import Iterator

import onnx

from rfengine.coverage.heads import Head
from rfengine.coverage.recommend.constants import AddWeight
from rfengine.coverage.recommend.policies import without_head
from rfengine.coverage.recommend.subject import Subject
from rfengine.coverage.recommend.surgery import Edit, output_of, set_outputs
from rfengine.coverage.recommend.trial import Family, Trial, proposes


@proposes("drop_head")
def drop_head(subject: Subject) -> Iterator[Family]:
    """Every head of a check that passes; of one that fails, those by which it does."""
    heads = subject.analysed.heads
    failing = {failure.head for failure in subject.result.failures}
    for head in heads if len(heads) > 1 else ():
        if subject.passes or head.name in failing:
            yield Family((_trial(subject, head),), grows=False, saves=subject.passes)


def _trial(subject: Subject, gone: Head) -> Trial:
    heads = subject.analysed.heads
    objects = next(part.objects for part in subject.result.heads if part.name == gone.name)
    booked = f"{objects:,} objects were booked to it" if objects else "no object is booked to it"
    return Trial(
        title=f"without head {gone.name} (stride {max(gone.stride):g}): {booked}",
        how=f"Take out the layers that only {', '.join(gone.tensors)} need, with the head's anchors or size range; "
        "the others go on with their weights.",
        change={"heads": [[head.name for head in heads], [head.name for head in heads if head is not gone]]},
        layer=gone.tensors[0],
        edit=_edit(subject, gone),
        policy=without_head(subject.policy, heads, gone),
        keeps="nothing",
    )


def _edit(subject: Subject, gone: Head) -> Edit:
    graph = subject.analysed.graph
    kept = dict.fromkeys(tensor for head in subject.analysed.heads if head is not gone for tensor in head.tensors)

    def edit(model: onnx.ModelProto, _add: AddWeight) -> None:
        set_outputs(model, [output_of(t, graph.values[t].dtype, len(graph.shape(t))) for t in kept])

    return edit
