"""Same scene: how close two reports are that may show one scene, as duplicates or two crews."""

from __future__ import annotations

SAME_SCENE_M = 150.0
"""Two reports of one scene lie no further apart than this, beyond their accuracies."""

SAME_SCENE_MIN = 30
"""Nor further apart in time than these minutes."""

MOST_ACCURACY_M = 100.0
"""A position that is less accurate than this counts as accurate to this."""
