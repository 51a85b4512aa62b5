from __future__ import annotations

import os
import threading

from studio.vision.hush import hush


def test_the_descriptor_is_silent_inside_and_back_after(capfd):
    with hush():
        os.write(2, b"chatter")
    os.write(2, b"words")
    assert capfd.readouterr().err == "words"


def test_overlapping_threads_leave_stderr_as_it_was(capfd):
    inside, go = threading.Event(), threading.Event()

    def other():
        with hush():
            inside.set()
            go.wait(5)

    thread = threading.Thread(target=other)
    thread.start()
    inside.wait(5)
    with hush():
        os.write(2, b"one")
    os.write(2, b"two")  # the other block is still silent
    go.set()
    thread.join()
    os.write(2, b"three")
    assert capfd.readouterr().err == "three"


def test_nothing_is_hidden_when_not_wanted(capfd):
    with hush(False):
        os.write(2, b"seen")
    assert capfd.readouterr().err == "seen"
