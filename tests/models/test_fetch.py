"""Downloads against a server on 127.0.0.1: whole, continued, broken, refused."""

from __future__ import annotations

import hashlib
import io
import shutil
import threading
import zipfile
from collections import namedtuple
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from studio.core.errors import Cancelled, ModelError
from studio.core.run import Run
from studio.models import shelf
from studio.models.catalogue import WeightSet
from studio.models.fetch import BLOCK_BYTES, fetch

BYTES = bytes(range(256)) * (BLOCK_BYTES // 100)  # some 2.5 MiB


class Server(ThreadingHTTPServer):
    """Serves ``content`` and notes the ranges that were asked for."""

    content = BYTES
    ranges: bool = True
    break_after: int | None = None
    asked: list[str | None]


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self):
        wanted = self.headers.get("Range")
        self.server.asked.append(wanted)
        start = int(wanted[6:-1]) if wanted and self.server.ranges else 0
        if start >= len(self.server.content):
            self.send_error(416)
            return
        body = self.server.content[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        stop = self.server.break_after
        self.wfile.write(body if stop is None else body[:stop])

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    made = Server(("127.0.0.1", 0), Handler)
    made.asked = []
    thread = threading.Thread(target=made.serve_forever, args=(0.02,))
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture(autouse=True)
def _own_shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STUDIO_MODELS", str(tmp_path / "shelf"))


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(workdir=tmp_path)


def weights(server: Server, **changed) -> WeightSet:
    values = {
        "name": "thing",
        "job": "a test",
        "licence": "MIT",
        "place": "some/thing.onnx",
        "url": f"http://127.0.0.1:{server.server_address[1]}/thing.onnx",
        "sha256": hashlib.sha256(server.content).hexdigest(),
        "size_bytes": len(server.content),
    }
    return WeightSet(**{**values, **changed})


def parts() -> list[str]:
    return [path.name for path in shelf.root().rglob("*.part")]


def test_a_file_arrives_whole_and_once(server, run):
    seen = []
    run.listen = seen.append
    where = fetch(weights(server), run)
    assert where.read_bytes() == BYTES
    assert parts() == []
    downloads = [progress for progress in seen if progress.stage == "download"]
    assert downloads[-1].done == downloads[-1].total == len(BYTES)
    fetch(weights(server), run)
    assert server.asked == [None]


def test_a_broken_download_is_continued_not_repeated(server, run):
    server.break_after = 1_000_000
    with pytest.raises(ModelError, match="stopped") as error:
        fetch(weights(server), run)
    assert "goes on" in error.value.hint
    assert parts() == ["thing.onnx.part"]
    server.break_after = None
    assert fetch(weights(server), run).read_bytes() == BYTES
    assert server.asked == [None, "bytes=1000000-"]


def test_a_server_without_ranges_starts_over(server, run):
    server.break_after = 1_000_000
    with pytest.raises(ModelError):
        fetch(weights(server), run)
    server.break_after, server.ranges = None, False
    assert fetch(weights(server), run).read_bytes() == BYTES


def test_a_part_longer_than_the_file_is_thrown_away(server, run):
    part = shelf.place(weights(server)).with_name("thing.onnx.part")
    part.parent.mkdir(parents=True)
    part.write_bytes(BYTES + b"too much")
    with pytest.raises(ModelError, match="416"):
        fetch(weights(server), run)
    assert fetch(weights(server), run).read_bytes() == BYTES


def test_cancel_keeps_the_part_for_later(server, run):
    def stop_early(progress):
        if progress.done >= BLOCK_BYTES:
            run.cancel.set()

    run.listen = stop_early
    with pytest.raises(Cancelled):
        fetch(weights(server), run)
    assert parts() == ["thing.onnx.part"]
    again = Run(workdir=run.workdir)
    assert fetch(weights(server), again).read_bytes() == BYTES
    assert server.asked[1] is not None


def test_a_wrong_hash_leaves_nothing(server, run):
    with pytest.raises(ModelError, match="sha256"):
        fetch(weights(server, sha256="0" * 64), run)
    assert parts() == []
    assert not shelf.place(weights(server)).exists()


def test_an_unpinned_file_needs_a_word(server, run):
    loose = weights(server, sha256="unpinned")
    with pytest.raises(ModelError) as error:
        fetch(loose, run)
    assert "--allow-unpinned" in error.value.hint
    assert server.asked == []
    assert fetch(loose, run, allow_unpinned=True).read_bytes() == BYTES


def test_a_non_commercial_licence_must_be_accepted_once(server, run):
    bound = weights(server, licence="research only", non_commercial=True)
    with pytest.raises(ModelError, match="research only") as error:
        fetch(bound, run)
    assert "--accept-licence" in error.value.hint
    assert server.asked == []
    fetch(bound, run, accept_licence=True)
    assert shelf.accepted(bound)
    fetch(bound, run)


def test_a_full_disk_is_seen_before_the_download(server, run, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 10**9, 1000))
    with pytest.raises(ModelError, match="disk space") as error:
        fetch(weights(server), run)
    assert "STUDIO_MODELS" in error.value.hint
    assert server.asked == []


def test_a_refusing_server_is_named(server, run):
    gone = weights(server, url=f"http://127.0.0.1:{server.server_address[1]}")
    server.server_close()
    with pytest.raises(ModelError, match="stopped"):
        fetch(gone, run)


def test_an_archive_is_unpacked_into_its_folder(server, run):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("one.onnx", b"1")
        archive.writestr("two.onnx", b"2")
    server.content = packed.getvalue()
    where = fetch(weights(server, place="pack", unpack=True), run)
    assert sorted(path.name for path in where.iterdir()) == ["one.onnx", "two.onnx"]
    assert parts() == []


def test_a_repository_tells_where_to_put_it(server, run):
    with pytest.raises(ModelError) as error:
        fetch(weights(server, url="", repository="some/repo"), run)
    assert "huggingface.co/some/repo" in error.value.hint
