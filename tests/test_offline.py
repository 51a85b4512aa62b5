"""Looking at a clip opens no connection and leaves no file: run for real, with every socket closed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.test_floors import ROOT

NO_NETWORK = """
import socket, sys

def refuse(*args, **kwargs):
    raise SystemExit("a connection was tried")

socket.socket.connect = socket.socket.connect_ex = socket.create_connection = socket.getaddrinfo = refuse

from studio.cli import main
sys.exit(main(sys.argv[1:]))
"""


def test_inspect_of_the_sample_is_offline_and_tells_what_was_acted(tmp_path: Path):
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    answer = subprocess.run(
        [sys.executable, "-c", NO_NETWORK, "inspect", "samples/open-arms.mp4", "--json"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(temporary)},
        timeout=300,
    )
    assert answer.returncode == 0, answer.stderr
    seen = json.loads(answer.stdout)
    assert seen["usable"]
    assert seen["take"] == "air-hug"
    # What the clip's maker wrote down: arms open from 0.5 to 2.2 s, folded from 3.4 to 5.4 s.
    open_arms, closed_arms = seen["ranges_s"]["open_arms"], seen["ranges_s"]["closed_arms"]
    assert 0.5 <= open_arms[0] < 2.0 < open_arms[1] < 3.0
    assert 2.8 < closed_arms[0] < 3.8 < 5.0 < closed_arms[1] < 6.0
    assert list(temporary.glob("self-hug-*")) == []
