"""The day of an operator, from a database of one's own to its restore, where nginx is installed."""

from __future__ import annotations

import shutil

from bench.operate import STEPS, began

if shutil.which("nginx"):

    def test_each_step_of_the_day_is_as_it_should_be() -> None:
        with began() as day:
            found = [step(day) for step in STEPS.values()]
        assert len(found) == len(STEPS)
        assert len(day.sent) > len(STEPS)
