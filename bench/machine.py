"""On what something was measured: the machine, how busy it was, and the versions of everything."""

from __future__ import annotations

import datetime as dt
import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

from geosites.ops.private_postgres.binaries import binaries

NAMED = (
    "alembic",
    "dask",
    "datasette",
    "esda",
    "fastapi",
    "geopandas",
    "KDEpy",
    "libpysal",
    "numpy",
    "pandas",
    "psycopg",
    "pyarrow",
    "pyogrio",
    "scikit-learn",
    "scipy",
    "shapely",
    "SQLAlchemy",
    "uvicorn",
)
"""Packages whose version says something about a number; those that are not there are left out."""


def described() -> dict[str, Any]:
    """Return when and where this is, as it goes beside a result."""
    load = os.getloadavg()[0]
    return {
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "machine": f"{_processor()}, {os.cpu_count()} cores, {_memory_gb():.0f} GB, {_system()}",
        "load": round(load, 1),
        "versions": {"Python": platform.python_version(), **_database(), **_packages()},
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _memory_gb() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _system() -> str:
    return platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())


def _database() -> dict[str, str]:
    postgres = binaries() / "postgres"
    said = subprocess.run([postgres, "--version"], check=True, capture_output=True, text=True)
    return {"PostgreSQL": said.stdout.split()[2]}


def _packages() -> dict[str, str]:
    there = {one.name.lower(): one.version for one in metadata.distributions()}
    return {name: there[name.lower()] for name in NAMED if name.lower() in there}
