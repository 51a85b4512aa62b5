"""Download weights: into a ``.part`` file that a later call continues, verified by hash, and only then moved.

The idea is pooch's (``core.py``: a temporary name, verify, then move); written here because the partial file must
outlive a cancel or a crash, which pooch and huggingface_hub both throw away.
"""

from __future__ import annotations

import hashlib
import http.client
import shutil
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from studio.core.errors import ModelError
from studio.core.run import Run
from studio.models import shelf
from studio.models.catalogue import UNPINNED, WeightSet

BLOCK_BYTES = 1 << 20
TIMEOUT_S = 30
SPARE_BYTES = 200 << 20
"""What must stay free on the disk after a download."""


def fetch(weights: WeightSet, run: Run, *, accept_licence: bool = False, allow_unpinned: bool = False) -> Path:
    """Put a weight set on the shelf and return where it lies; does nothing when it is there already.

    Parameters
    ----------
    run : hears progress in bytes, may cancel between two blocks of 1 MiB; the next call continues the partial file
    accept_licence : the user says yes to a non-commercial licence
    allow_unpinned : take a file whose hash nobody has pinned

    Raises
    ------
    ModelError : licence not accepted, unpinned, a whole repository, no disk space, connection lost, wrong hash
    """
    if accept_licence and not shelf.accepted(weights):
        shelf.accept(weights)
    if not shelf.accepted(weights):
        raise ModelError(
            f"The licence of '{weights.name}' is {weights.licence}.",
            f"If you agree to it: python -m studio fetch {weights.name} --accept-licence",
        )
    target = shelf.place(weights)
    if shelf.present(weights):
        return target
    if not weights.url:
        raise ModelError(f"'{weights.name}' is a whole repository, which fetch cannot load.", shelf.how_to_get(weights))
    if weights.sha256 == UNPINNED and not allow_unpinned:
        raise ModelError(
            f"Nobody has pinned the hash of '{weights.name}', so a changed file would go unnoticed.",
            f"If you trust {weights.source}: python -m studio fetch {weights.name} --allow-unpinned",
        )
    part = target.with_name(target.name + ".part")
    part.parent.mkdir(parents=True, exist_ok=True)
    _check_space(weights, part)
    with run.stage("download", weights.size_bytes) as step:
        _download(weights, part, step)
    with run.stage("verify") as step:
        _verify(weights, part, step)
        if weights.unpack:
            _unpack(weights, part, target)
        else:
            part.replace(target)
    return target


def _check_space(weights: WeightSet, part: Path) -> None:
    have = part.stat().st_size if part.exists() else 0
    need = weights.size_bytes * (2 if weights.unpack else 1) - have + SPARE_BYTES
    free = shutil.disk_usage(part.parent).free
    if free < need:
        raise ModelError(
            f"Not enough disk space for '{weights.name}': {need / 1e9:.1f} GB needed, {free / 1e9:.1f} GB free.",
            "Free some space, or set STUDIO_MODELS to a folder on another disk.",
        )


def _download(weights: WeightSet, part: Path, step: Callable[[int], None]) -> None:
    """Append what is missing to ``part``."""
    have = part.stat().st_size if part.exists() else 0
    if weights.size_bytes and have == weights.size_bytes:
        step(have)
        return
    request = urllib.request.Request(weights.url, headers={"Range": f"bytes={have}-"} if have else {})
    with _lost_connections(weights, part), urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
        # A server that ignores the range answers 200 with the whole file: start over.
        continues = answer.status == http.client.PARTIAL_CONTENT
        if continues:
            step(have)
        length = answer.headers.get("Content-Length")
        received = 0
        with part.open("ab" if continues else "wb") as file:
            while block := answer.read(BLOCK_BYTES):
                file.write(block)
                received += len(block)
                step(len(block))
        if length is not None and received < int(length):
            raise ConnectionError(f"{received} of {length} bytes came")


@contextmanager
def _lost_connections(weights: WeightSet, part: Path) -> Iterator[None]:
    try:
        yield
    except urllib.error.HTTPError as error:
        if error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
            part.unlink()  # longer than the file at the source: it can never be completed
        raise ModelError(
            f"The server refused '{weights.name}': {error.code} {error.reason}.",
            f"Run the same command again; if it happens twice, look whether {weights.source} still exists.",
        ) from error
    except (OSError, http.client.HTTPException) as error:
        raise ModelError(
            f"The download of '{weights.name}' stopped: {error}.",
            "Check the connection and run the same command again; it goes on where it stopped.",
        ) from error


def _verify(weights: WeightSet, part: Path, step: Callable[[int], None]) -> None:
    if weights.sha256 == UNPINNED:
        return
    digest = hashlib.sha256()
    with part.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
            step(0)
    if digest.hexdigest() != weights.sha256:
        part.unlink()
        raise ModelError(
            f"The downloaded '{weights.name}' is not the file it should be (its sha256 differs); it was deleted.",
            "Run the same command again. If it happens twice, the file at the source has changed: please report it.",
        )


def _unpack(weights: WeightSet, part: Path, target: Path) -> None:
    """Unpack beside the target, then move the folder; `zipfile` keeps names from leaving the folder."""
    aside = target.with_name(target.name + ".unpacking")
    shutil.rmtree(aside, ignore_errors=True)
    try:
        with zipfile.ZipFile(part) as archive:
            archive.extractall(aside)
    except zipfile.BadZipFile as error:
        raise ModelError(f"The archive of '{weights.name}' is damaged.", "Run the same command again.") from error
    if target.exists():
        shutil.rmtree(target)
    aside.replace(target)
    part.unlink()
