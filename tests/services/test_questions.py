"""The questions by their names, each read when it is first asked for."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType

import pytest

from geosites import services


@pytest.mark.parametrize("name", services.__all__)
def test_a_question_is_never_the_module_of_its_name(name: str) -> None:
    found = getattr(services, name)
    assert isinstance(found, ModuleType) is (name == "events")
    assert found.__name__ == (
        "geosites.services.displacement_studies.events" if name == "events" else name
    )


def test_a_module_that_is_imported_first_does_not_hide_its_question() -> None:
    told = (
        "from geosites.services.closure_status import closure\n"
        "from geosites import services\n"
        "import sys\n"
        "assert services.closure is closure.closure\n"
        "study = 'geosites.services.displacement_studies.displacement'\n"
        "assert study not in sys.modules\n"
        "services.read_all()\n"
        "assert study in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", told], check=True)


def test_a_name_that_is_no_question_is_refused() -> None:
    with pytest.raises(AttributeError, match="no attribute 'weather'"):
        _ = services.weather  # type: ignore[attr-defined]
