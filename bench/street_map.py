"""What building a street map takes: processor time, memory and size, as the extract grows.

`python -m bench.street_map EXTRACT [COPIES…]` lays an extract side by side so many times, builds
each in a process of its own, and prints a row for each. Nothing is written into a store.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.extracts import laid_side_by_side

USUAL = (1, 10, 40)


def main(source: Path, copies: list[int]) -> None:
    """Print what each size takes."""
    sys.stdout.write("copies    MB  step      CPU s  peak MB  out MB\n")
    with tempfile.TemporaryDirectory() as folder:
        for times in copies:
            path = Path(folder) / f"{times}.osm.pbf"
            laid_side_by_side(source, path, times)
            for step in ("tiles", "names"):
                command = [sys.executable, "-m", "bench.street_map", step, str(path)]
                done = subprocess.run(command, check=True, capture_output=True, text=True)
                cpu_s, peak_mb, out_mb = map(float, done.stdout.split()[-3:])
                sys.stdout.write(
                    f"{times:6} {path.stat().st_size / 1e6:5.1f}  {step}  {cpu_s:9.1f} "
                    f"{peak_mb:8.0f} {out_mb:7.1f}\n"
                )
                sys.stdout.flush()
            path.unlink()


def step(name: str, path: Path) -> None:
    """Take one step of a build, and print its seconds, its memory and what it wrote."""
    from geosites.imports.basemap import build

    if name == "tiles":
        out = path.with_suffix(".mbtiles")
        size = build.build(path, out, None, None, lambda _done, _of: None).size_bytes
        out.unlink()
    else:
        size = len(build.names(path, None, None).network.encoded())
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu_s = used.ru_utime + used.ru_stime
    sys.stdout.write(f"{cpu_s} {used.ru_maxrss / 1e3} {size / 1e6}\n")


if __name__ == "__main__":
    if sys.argv[1] in ("tiles", "names"):
        step(sys.argv[1], Path(sys.argv[2]))
    else:
        main(Path(sys.argv[1]), [int(one) for one in sys.argv[2:]] or list(USUAL))
