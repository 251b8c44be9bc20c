"""The growth of needs with the input, by a robust regression. Pure.

The exponent is that of Theil and Sen: the median of the slopes between all pairs of runs, in logarithms, so that one
run that was unlike the others does not decide. It is of the peaks as they were measured. So if all of them were larger
by the same factor, it would be the same, and a plan never shrinks because peaks grew.
"""

import math
from collections.abc import Sequence
from itertools import combinations
from statistics import median

_SAME = 0.05
"""Inputs that differ by less, in logarithms, say nothing of growth."""
_UNKNOWN = 1.0
"""The exponent where the history does not say: in proportion to the input."""
_MOST = 4.0
"""The largest factor that is predicted from one run to the next."""


def exponent_of(points: Sequence[tuple[int, float]]) -> float:
    """Returns the exponent with which a peak grows with the input, from 0 (not at all) to 1 (in proportion).

    Args:
        points: input and peak of each run; those that are not above zero do not count.
    """
    logs = [(math.log(size), math.log(peak)) for size, peak in points if size > 0 and peak > 0]
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in combinations(logs, 2) if abs(b[0] - a[0]) > _SAME]
    return min(max(median(slopes), 0.0), 1.0) if slopes else _UNKNOWN


def growth_factor(size: int, *, expected: int, exponent: float) -> float:
    """Returns the factor of the need of a run with this input for the expected input; 1.0 where one is unknown."""
    if size <= 0 or expected <= 0:
        return 1.0
    return min(max(math.pow(expected / size, exponent), 1 / _MOST), _MOST)


def expected_input(sizes: Sequence[int]) -> int:
    """Returns the input to expect after these, the newest last: the largest of the last three, or one step further.

    0: nothing is known.
    """
    known = [size for size in sizes if size > 0][-3:]
    if not known:
        return 0
    step = known[-1] - known[-2] if len(known) > 1 else 0
    return max(*known, known[-1] + step) if len(known) > 1 else known[0]
