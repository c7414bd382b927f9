"""The lines of a graph as paths: one for each box that is read, with all its branches."""

from collections.abc import Iterator, Sequence

from rfengine.plots import svg
from rfengine.plots.graph.panel import CARRY, TURN, Panel
from rfengine.plots.graph.route import RADIUS, Run

ARROW = 4.0

Polyline = list[svg.Point]
Place = tuple[int, int, int]  # panel, layer, spot


class Lines:
    """All lines on the page."""

    def __init__(self, panels: Sequence[Panel]) -> None:
        self._panels = panels
        self._runs: list[dict[int, list[Run]]] = []
        for panel in panels:
            from_spot: dict[int, list[Run]] = {}
            for gap in panel.gaps:
                for run in gap.runs:
                    from_spot.setdefault(run.upper, []).append(run)
            self._runs.append(from_spot)

    def leaving(self, at: Place) -> str:
        """The path of what leaves a box, with all its branches to where it is read."""
        number, layer, spot = at
        panel = self._panels[number]
        found: list[Polyline] = []
        waiting: list[tuple[Place, Polyline]] = [(at, [(panel.x[spot], panel.y[layer] + panel.height(layer))])]
        while waiting:
            here, line = waiting.pop()
            tip = line[-1]
            for count, (place, points) in enumerate(self._branches(here)):
                branch = line if count == 0 else [tip]
                branch += points
                if place is None:
                    found.append(branch)
                else:
                    waiting.append((place, branch))
        return "".join(svg.path(_straightened(line), RADIUS) for line in sorted(found) if len(line) > 1)

    def _branches(self, at: Place) -> Iterator[tuple[Place | None, Polyline]]:
        """Where a line goes on from a spot: the next spot of the line (None at a box), and the points on the way."""
        number, layer, spot = at
        panel = self._panels[number]
        for run in self._runs[number].get(spot, ()):
            gap = panel.gaps[layer]
            start, end = panel.y[layer] + panel.height(layer), panel.y[layer + 1]
            points: Polyline = []
            if run.track is not None:
                y = start + gap.offset(run.track)
                points = [(panel.x[run.upper], y), (panel.x[run.lower], y)]
            if panel.sheet.spots[run.lower].is_line:
                points.append((panel.x[run.lower], end + panel.height(layer + 1)))
                yield (number, layer + 1, run.lower), points
            else:
                yield None, [*points, (panel.x[run.lower], end - 1)]
        if layer == len(panel.layers) - 1 and panel.sheet.spots[spot].is_line:
            yield self._into_next(at)

    def _into_next(self, at: Place) -> tuple[Place, Polyline]:
        """From the foot of a column up between the two and into the head of the next; the leftmost goes outermost."""
        number, _, spot = at
        panel, after = self._panels[number : number + 2]
        leaving = [s for s in panel.layers[-1] if panel.sheet.spots[s].is_line]
        rank, box = leaving.index(spot), panel.sheet.spots[spot].box
        entry = next(s for s in after.layers[0] if after.sheet.spots[s].box == box)
        outwards, inwards = CARRY * (len(leaving) - 1 - rank), CARRY * rank
        x, foot, head = panel.x[spot], panel.bottom + TURN + outwards, after.y[0] - TURN - inwards
        between = (panel.right + after.left - CARRY * (len(leaving) - 1)) / 2 + outwards
        points = [(x, foot), (between, foot), (between, head), (after.x[entry], head), (after.x[entry], after.y[0])]
        return (number + 1, 0, entry), points


def arrow(x: float, y: float) -> str:
    """The head of an arrow that points down to a place."""
    left, top, wide = svg.number(x - ARROW), svg.number(y - 1.6 * ARROW), svg.number(2 * ARROW)
    return f"M{left} {top}h{wide}L{svg.number(x)} {svg.number(y)}z"


def _straightened(line: Polyline) -> Polyline:
    """Without points in the middle of a straight stretch."""
    kept = line[:1]
    for at, after in zip(line[1:], [*line[2:], None], strict=True):
        before = kept[-1]
        if after is not None and (before[0] == at[0] == after[0] or before[1] == at[1] == after[1]):
            continue
        kept.append(at)
    return kept
