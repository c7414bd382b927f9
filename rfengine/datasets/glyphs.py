"""Our own bitmaps: е (9 x 10 px), the diaeresis (9 x 3) and the dot (4 x 3), as small type looks when it is smoothed.

Ink is up to 1, paper 0, as zero padding is. As in seed 000 a dot is 2 x 2 px of grey in the upper two rows of its
bitmap: a mark at d px covers the rows d and d + 1 px above the letter's centre, and has a quarter of the ink that full
3 x 3 dots would have. With those a net of depth 8 learns 11 px instead of 9: how much there is to see matters as much
as where it is.
"""

import numpy as np
from numpy.typing import NDArray

Bitmap = NDArray[np.float32]


def _bitmap(text: str) -> Bitmap:
    """Digits are tenths of ink."""
    rows = text.replace(".", "0").split()
    return np.array([[int(mark) / 10 for mark in row] for row in rows], np.float32)


LETTER = _bitmap(
    """
    ..37873..
    .38...83.
    .7.....7.
    28.....82
    288888882
    28.......
    28.......
    .7.......
    .38...35.
    ..37874..
    """
)

DIAERESIS = _bitmap(
    """
    ..66..66.
    ..66..66.
    .........
    """
)

DOT = _bitmap(
    """
    .66.
    .66.
    ....
    """
)
