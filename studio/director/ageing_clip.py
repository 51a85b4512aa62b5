"""A clip's person at another age, frame by frame: what is fitted is fitted once, what is followed is followed.

The clip is decoded three times and never held: for the analysis, for the face in every frame, for the drawing.  Only
the few frames that the clean plate is made of lie on the disk.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.animatic.face import reager
from studio.animatic.face.steady import Follower
from studio.animatic.inplace.figure import Cut, Figure, cut_by, plan_figure
from studio.animatic.inplace.picture import Seen, aged_picture
from studio.animatic.person import measure
from studio.compose.cutout import Cutout
from studio.core.frames import Frame
from studio.core.people import Tracks
from studio.core.run import Run
from studio.core.time import FrameRange
from studio.director.ageing_photo import Ages, ground_of, small_scale, smaller
from studio.media.read import Clip
from studio.media.spool import Spool
from studio.vision.faces import FaceFinder
from studio.vision.hush import hush
from studio.vision.look import Sight

_PLATE_FRAMES = 24
_CUT_SHARE = 0.1
"""An edge cuts the person when it does so in this share of the analysed frames."""


class Reel:
    """The plate's frames on the disk and, while the clip runs by, the frames around the present one."""

    def __init__(self, clip: Clip, spool: Spool, reach: int) -> None:
        self._clip, self._spool, self._reach = clip, spool, reach
        self._near: OrderedDict[int, Frame] = OrderedDict()

    def __contains__(self, frame: object) -> bool:
        return frame in self._near or frame in self._spool

    def get(self, frame: int) -> Frame:
        """One clip frame; not to be changed."""
        return self._near[frame] if frame in self._near else self._spool.get(frame)

    def run(self) -> Iterator[tuple[int, Frame]]:
        """Every frame in order, with ``reach`` frames on both sides at hand."""
        due = 0
        with closing(self._clip.frames()) as frames:  # type: ignore[type-var]
            for index, picture in enumerate(frames):
                self._near[index] = picture
                while len(self._near) > 2 * self._reach + 1:
                    self._near.popitem(last=False)
                if index - due >= self._reach:
                    yield due, self._near[due]
                    due += 1
            while due in self._near:
                yield due, self._near[due]
                due += 1
        self._near.clear()


@dataclass(frozen=True, slots=True)
class Footage:
    """A clip whose person can be given any age.

    Parameters
    ----------
    faces_px : (n, 478, 3) float32 steadied landmarks of every frame
    reference : the frame that everything is fitted to
    scale : size at which colours are changed over that of the clip
    """

    clip: Clip
    reel: Reel
    cutout: Cutout
    faces_px: NDArray[np.float32]
    reference: int
    scale: float
    head_top_px: float
    ground_px: float | None
    cut: Cut

    def frames(self, ages: Ages, seed: int) -> Iterator[Frame]:
        """Every frame of the clip, re-aged."""
        made, figure = self._fitted(ages, seed)
        for index, picture in self.reel.run():
            yield self._aged(index, picture, made, figure)

    def still(self, ages: Ages, seed: int) -> Frame:
        """The reference frame, re-aged."""
        made, figure = self._fitted(ages, seed)
        return self._aged(self.reference, self.picture, made, figure)

    @property
    def picture(self) -> Frame:
        """The reference frame as it was filmed."""
        return self.reel.get(self.reference)

    def _fitted(self, ages: Ages, seed: int) -> tuple[reager.Reager, Figure]:
        picture, face = self.picture, self.faces_px[self.reference]
        small = smaller(picture, self.scale)
        matte = smaller(self.cutout.refined(self.reference, picture).alpha, self.scale)
        years = {"from_years": ages.from_years, "to_years": ages.to_years, "sex": ages.sex}
        scale = np.float32(small.shape[1] / picture.shape[1])
        rng = np.random.default_rng([seed, 7])
        made = reager.prepare(small, face * scale, matte.astype(np.float32) / 255, **years, rng=rng)
        return made, plan_figure(made, face, head_top_px=self.head_top_px, ground_px=self.ground_px, cut=self.cut)

    def _aged(self, index: int, picture: Frame, made: reager.Reager, figure: Figure) -> Frame:
        refined = self.cutout.refined(index, picture)
        seen = Seen(refined.alpha, refined.behind, self.cutout.plate.at(index), self.faces_px[index])
        small = smaller(picture, self.scale)
        return aged_picture(picture, seen, made, figure, (small, small.shape[1] / picture.shape[1]))


def open_footage(clip: Clip, sight: Sight, row: int, run: Run) -> tuple[Footage, Spool]:
    """Follow the face through the whole clip and make the clean plate; the caller closes the spool.

    Parameters
    ----------
    row : of ``sight``, the one that shows the face best
    """
    tracks = sight.tracks
    reference = int(tracks.frame[row])
    few = np.linspace(0, len(tracks) - 1, min(len(tracks), _PLATE_FRAMES)).round().astype(int)
    wanted = sorted({reference, *(int(tracks.frame[at]) for at in few)})
    with run.stage("background", len(wanted) + 1) as step:
        spool = Spool.fill(clip, wanted, Path(run.workdir), step=step)
        try:
            stride = int(np.diff(tracks.frame).max()) if len(tracks) > 1 else 1
            reel = Reel(clip, spool, stride)
            cutout = Cutout(reel, tracks, sight.motion)
            step(1)
            faces = follow_faces(clip, tracks, run)
            return _measured(clip, sight, row, reel, cutout, faces), spool
        except BaseException:
            spool.close()
            raise


def _measured(clip: Clip, sight: Sight, row: int, reel: Reel, cutout: Cutout, faces: NDArray) -> Footage:
    tracks, reference = sight.tracks, int(sight.tracks.frame[row])
    person = measure(tracks, FrameRange(0, sight.frame_count), sight.size_px[1])
    face = faces[reference]
    return Footage(
        clip=clip,
        reel=reel,
        cutout=cutout,
        faces_px=faces,
        reference=reference,
        scale=small_scale(face),
        head_top_px=min(float(tracks.head_top_px[row]), float(face[:468, 1].min())),
        ground_px=ground_of(person, tracks.matte[:: max(1, len(tracks) // 40)], sight.size_px[1]),
        cut=_cut(tracks),
    )


def _cut(tracks: Tracks) -> Cut:
    """Edges that cut the person for a part of the clip."""
    cuts = [cut_by(np.asarray(matte)) for matte in tracks.matte]

    def often(side: str) -> bool:
        return float(np.mean([getattr(cut, side) for cut in cuts])) > _CUT_SHARE

    return Cut(often("left"), often("top"), often("right"), often("bottom"))


def follow_faces(clip: Clip, tracks: Tracks, run: Run) -> NDArray[np.float32]:
    """(n, 478, 3) landmarks of every frame, steadied; where the face is lost, carried on between its neighbours."""
    analysed = {int(frame): row for row, frame in enumerate(tracks.frame)}
    follower, lost = Follower(), 0
    with hush():
        opened = FaceFinder()
    with closing(opened) as finder, closing(clip.frames()) as frames:  # type: ignore[type-var]
        for index, picture in enumerate(run.watch(frames, "faces", clip.frame_count)):
            found = finder.find(picture, tracks.pose_at(index))
            # what the analysis saw counts where this pass saw nothing
            if found is None and index in analysed and np.isfinite(tracks.face_px[analysed[index], 0, 0]):
                found = tracks.face_px[analysed[index]]
            lost += found is None
            follower.see(picture, found)
    if lost > 0.02 * clip.frame_count:
        share = 100 * lost / clip.frame_count
        run.warn(f"The face is not seen in {share:.0f} % of the clip; it is carried on from before and after.")
    return follower.faces_px(1.5 * max(1.0, float(clip.rate) / 30))


def film_frames(frames: Iterator[Frame], count: int, rate: Fraction, film_rate: Fraction, film_count: int):
    """Frames of a clip at a film's rate, each film frame the one shown at its time."""
    held, at = next(frames), 0
    for number in range(film_count):
        wanted = min(count - 1, int(number / film_rate * rate + Fraction(1, 2)))
        while at < wanted:
            held, at = next(frames), at + 1
        yield held
