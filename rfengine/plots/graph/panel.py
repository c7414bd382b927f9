"""A column of the page with every place in it, px."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rfengine.plots.graph.order import Layers, ordered
from rfengine.plots.graph.place import placed
from rfengine.plots.graph.route import Gap, gaps
from rfengine.plots.graph.sheet import BOX_HEIGHT, Sheet, columns

GUTTER = 64.0
# Between lines that are carried over side by side.
CARRY = 8.0
# From a column's foot or head to the lines that go on in the next.
TURN = 12.0


@dataclass(frozen=True)
class Panel:
    """`x` is the middle of every spot, `y` the top of every layer."""

    sheet: Sheet
    layers: Layers
    x: list[float]
    y: list[float]
    gaps: list[Gap]
    left: float
    right: float

    @property
    def bottom(self) -> float:
        """Where its last layer ends."""
        return self.y[-1] + self.height(len(self.layers) - 1)

    @property
    def foot(self) -> float:
        """Where all that is drawn of it ends."""
        leaving = sum(self.sheet.spots[spot].is_line for spot in self.layers[-1])
        return self.bottom + (TURN + CARRY * (leaving - 1) if leaving else 0.0)

    def height(self, layer: int) -> float:
        """Height of a layer; one of lines alone takes none."""
        return 0.0 if all(self.sheet.spots[spot].is_line for spot in self.layers[layer]) else BOX_HEIGHT


def panels(readers: Sequence[Sequence[int]], layer: Sequence[int], *, left: float, top: float) -> Iterator[Panel]:
    """The columns, beside one another."""
    entering: list[int] = []
    for sheet in columns(readers, layer):
        layers = ordered(sheet, entering)
        x = [at + left for at in placed(sheet, layers)]
        right = max(at + sheet.spots[spot].width / 2 for spot, at in enumerate(x))
        panel = Panel(sheet, layers, x, [], gaps(sheet, layers, x), left, right)
        y = top + CARRY * max(len(entering) - 1, 0)
        for at in range(len(layers)):
            panel.y.append(y)
            y += panel.height(at) + (panel.gaps[at].height if at < len(panel.gaps) else 0.0)
        yield panel
        entering = [sheet.spots[spot].box for spot in layers[-1] if sheet.spots[spot].is_line]
        left = right + GUTTER + CARRY * max(len(entering) - 1, 0)
