"""What 95 % intervals of normal figures are made with."""

from __future__ import annotations

HALF_WIDTH = 1.959963984540054
"""Half the width of a 95 % interval of a normal distribution, in standard deviations: its 97.5 % quantile."""
