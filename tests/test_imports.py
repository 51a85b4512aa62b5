"""Starting the command line loads nothing heavy; every module can be imported by itself."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.test_floors import FILES, ROOT

SHOW = """
import json, sys
sys.argv = ["studio", *{arguments!r}]
from studio.cli import main
import contextlib, io
with contextlib.redirect_stdout(io.StringIO()):
    code = main()
print(json.dumps([code, sorted({{name.split(".")[0] for name in sys.modules}})]))
"""


@pytest.mark.parametrize("arguments", [["--help"], ["make", "--help"], ["presets"], ["engines"], ["models"]])
def test_light_commands_load_nothing_heavy(arguments):
    answer = subprocess.run(
        [sys.executable, "-c", SHOW.format(arguments=arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
        timeout=60,
    )
    code, loaded = json.loads(answer.stdout)
    assert code == 0
    assert not {"torch", "mediapipe", "gradio", "librosa", "cv2", "av", "scipy", "PIL", "diffusers"} & set(loaded)


def test_every_module_imports_without_heavy_libraries():
    modules = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in FILES if path.stem != "__main__"]
    program = (
        "import importlib, json, sys\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True, timeout=60
    )
    loaded = set(json.loads(answer.stdout))
    assert not {"torch", "mediapipe", "gradio", "librosa", "cv2", "av", "scipy", "PIL"} & loaded
