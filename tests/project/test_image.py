"""The image of the service, built by buildah from a local base, and run as the compose file does.

It takes minutes, root, the packages of Debian and those of PyPI, so it runs where it is asked
for: `script/test --image`. `GEOSITES_TEST_IMAGE_BASE` names the root file system of another base.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import geosites
from geosites.ops.private_postgres import PrivateCluster
from stores.private_clusters import FAST, place_of, temporary_cluster

pytestmark = pytest.mark.image

ROOT = Path(__file__).parents[2]
BASE_PACKAGES = "ca-certificates,python3,python3-venv,python-is-python3"
DEBIAN = "http://deb.debian.org/debian"
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
IN_IMAGE = "/run/database"
LIVING = """
"$@" & pid=$!
tries=0
until health 2>/dev/null; do
    tries=$((tries + 1))
    if [ $tries -gt 120 ] || ! kill -0 $pid; then echo "never healthy"; kill $pid; exit 1; fi
    sleep 1
done
echo "healthy"
python -c "from urllib.request import urlopen as ask
for path in ('/healthz', '/readyz'): print(path, ask('http://127.0.0.1:8000' + path).status)"
kill -TERM $pid
wait $pid
echo "stopped with $?"
health 2>/dev/null || echo "no longer healthy"
"""
"""What runs in the container: its command, asked by its own health check, then told to stop."""


def run(argv: Sequence[str | Path], **more: Any) -> str:
    """Run a program and return what it printed; show what it said where it fails."""
    done = subprocess.run(argv, capture_output=True, text=True, check=False, **more)
    assert done.returncode == 0, f"{argv}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


@dataclass(frozen=True)
class Buildah:
    """Images and containers in a folder of their own, without a daemon."""

    folder: Path

    def __call__(self, *words: str | Path, **more: Any) -> str:
        """Run one of buildah's commands."""
        stores = ("--root", self.folder / "store", "--runroot", self.folder / "run")
        return run(["buildah", "--storage-driver", "vfs", *stores, *words], **more)

    def built(self, name: str, context: Path, *words: str | Path) -> str:
        """Build an image, in the format that keeps a health check, and return its name."""
        how = ("--isolation", "chroot", "--format", "docker", "--tag", name)
        self("bud", *how, *words, context)
        return name

    def config(self, image: str) -> dict[str, Any]:
        """Return how an image is to be run."""
        config: dict[str, Any] = json.loads(self("inspect", "--type", "image", image))["Docker"]
        return dict(config["config"])


@dataclass(frozen=True)
class Container:
    """A working container of the image, with a network of its own, and what it sees besides."""

    buildah: Buildah
    name: str

    def size(self) -> int:
        """Return how many bytes the files of the image hold."""
        top = Path(self.buildah("mount", self.name).strip())
        return sum(path.lstat().st_size for path in top.rglob("*") if not path.is_dir())

    def __call__(
        self,
        *words: str,
        environment: Mapping[str, str] | None = None,
        volumes: Sequence[str] = (),
    ) -> str:
        """Run a command in it as its own user, without any capability, and return what it says."""
        given = [f"--env={name}={value}" for name, value in (environment or {}).items()]
        mounted = [f"--volume={volume}" for volume in volumes]
        stores = ("--root", self.buildah.folder / "store", "--runroot", self.buildah.folder / "run")
        inside = ("buildah", "--storage-driver", "vfs", *stores, "run", "--isolation", "chroot")
        command = [*inside, "--cap-drop=all", *given, *mounted, self.name, "--", *words]
        alone = ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
        return run([*alone, *command])


def _new_base(folder: Path) -> Path:
    """Return a root file system of Debian 12 with its Python, as the official image has."""
    how = ("--variant=minbase", f"--include={BASE_PACKAGES}")
    base = folder / "base"
    run(["unshare", "--mount", "debootstrap", *how, "bookworm", base, DEBIAN])
    return base


def _trust(base: Path) -> None:
    """Have pip in the base trust whom this machine trusts: a proxy may stand in between."""
    if AUTHORITIES.exists():
        shutil.copyfile(AUTHORITIES, base / AUTHORITIES.relative_to("/"))
        (base / "etc/pip.conf").write_text(f"[global]\ncert = {AUTHORITIES}\n")


@pytest.fixture(scope="module")
def buildah() -> Iterator[Buildah]:
    with tempfile.TemporaryDirectory(prefix="geosites-image-") as name:
        folder = Path(name)
        (folder / "policy.json").write_text('{"default": [{"type": "insecureAcceptAnything"}]}')
        builder = Buildah(folder)
        yield builder
        builder("rm", "--all")


@pytest.fixture(scope="module")
def image(buildah: Buildah) -> str:
    named = os.environ.get("GEOSITES_TEST_IMAGE_BASE")
    base = Path(named) if named else _new_base(buildah.folder)
    if not named:
        _trust(base)
    policy = ("--signature-policy", buildah.folder / "policy.json")
    recipe = buildah.folder / "Containerfile"
    recipe.write_text("FROM scratch\nCOPY . /\n")
    buildah.built("localhost/base", base, *policy, "--file", recipe)
    ours = ("--build-arg", "BASE=localhost/base", "--file", ROOT / "deploy/Containerfile")
    return buildah.built("localhost/geosites", ROOT, *policy, *ours, "--pull-never")


@pytest.fixture(scope="module")
def container(buildah: Buildah, image: str) -> Container:
    return Container(buildah, buildah("from", "--pull-never", image).strip())


@pytest.fixture
def database() -> Iterator[PrivateCluster]:
    """Yield a server that lets the owner in whoever asks, as one of another container does."""
    with temporary_cluster() as cluster:
        cluster.start(FAST)
        place = place_of(cluster)
        place.account.write(place.data / "all.conf", "local all all trust\n")
        place.account.write(place.data / "local.conf", f"hba_file = '{place.data}/all.conf'\n")
        place.sockets.chmod(0o755)
        cluster.stop()
        cluster.start(FAST)
        yield cluster


def test_the_image_tells_its_version(container: Container) -> None:
    assert geosites.__version__ in container("geosites", "--version")


def test_the_image_holds_the_program_and_little_else(container: Container) -> None:
    assert 0.2e9 < container.size() < 1.8e9


def test_the_image_migrates_serves_is_healthy_and_stops(
    buildah: Buildah, image: str, container: Container, database: PrivateCluster
) -> None:
    config = buildah.config(image)
    kind, *check = config["Healthcheck"]["Test"]
    assert (kind, config["User"], config["StopSignal"]) == ("CMD", "geosites", "SIGTERM")
    environment = {
        "GEOSITES_DATABASE_URL": f"postgresql://geosites@/geosites?host={IN_IMAGE}&port=5432",
        "GEOSITES_PUBLIC_URL": "https://geosites.example",
        "GEOSITES_JOBS": "retention,weekly,anchor,alarms,share",
    }
    sockets = f"{place_of(database).sockets}:{IN_IMAGE}"
    seen: dict[str, Any] = {"environment": environment, "volumes": [sockets]}
    container("sh", "-c", "geosites db migrate && geosites geo load data/geo", **seen)
    said = json.loads(container("sh", "-c", "geosites check --json || true", **seen))
    failed = {one["check"]: one["text"] for one in said["findings"] if one["result"] == "failed"}
    assert set(failed) <= {"certificate"}, failed  # geosites.example shows none
    health = f"health() {{ {shlex.join(check)}; }}\n"
    lived = container("sh", "-c", health + LIVING, "sh", *config["Cmd"], **seen)
    told = ["healthy", "/healthz 200", "/readyz 200", "stopped with 0", "no longer healthy"]
    assert [line for line in lived.splitlines() if line in told or "health" in line] == told
