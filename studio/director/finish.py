"""From an engine's frames to the film's frames: edit, grade, captions, each frame once, in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from studio.compose.captions import Captions
from studio.compose.edit import Edit
from studio.compose.grade import Grade
from studio.core.frames import Frame, Size
from studio.core.settings import LookSettings
from studio.core.timeline import Timeline


def finish(
    frames: Iterable[Frame], timeline: Timeline, look: LookSettings, size_px: Size, seed: int
) -> Iterator[Frame]:
    """Grade every frame, lay light and fades of the edit over it, then the captions (which fade with the picture)."""
    grade = Grade(look, size_px, np.random.default_rng([seed, 5]))
    edit, captions = Edit(timeline), Captions(timeline.captions, size_px)
    for index, frame in enumerate(frames):
        frame = grade.apply(frame, index)
        captions.apply(frame, index)
        yield edit.apply(frame, index)
