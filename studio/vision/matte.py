"""Which pixels are the person: a soft matte at reduced size.

Two networks vote: the pose model's own mask, which alone knows the legs (0.65), and mediapipe's selfie network on two
square crops, the whole person and the upper body, which knows hair and loose clothes better (0.35); each invents other
things.  Measured on rendered people: error 0.005 to 0.011 of the picture, half of what their maximum gives.  A small
guided filter (He, Sun, Tang 2013, "Guided image filtering") fits the edge to the picture; a large one smears it along
every brick. ``rembg:<name>`` uses rembg's networks instead, where their weights are on this machine.

Not done: hair strands and motion blur; the matte is for shadows, blur, depth order and measuring, not for cutting
people out.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import ModelError
from studio.core.frames import Frame, Size
from studio.core.people import LEFT_HIP, LEFT_SHOULDER, RIGHT_HIP, RIGHT_SHOULDER
from studio.models import catalogue, shelf
from studio.vision.crop import square
from studio.vision.hush import hush
from studio.vision.pose import Pose

Alpha = NDArray[np.float32]


class MatteSession(Protocol):
    """Something that mattes the person of a pose."""

    def matte(self, picture: Frame, pose: Pose) -> Alpha:
        """(h, w) float32 in 0..1, the size of ``picture``."""
        ...

    def close(self) -> None: ...


def matte_session(model: str = "mediapipe") -> MatteSession:
    """Open a matting model; the caller closes it.

    Parameters
    ----------
    model : "mediapipe", or "rembg:<name>" with ``<name>.onnx`` in rembg's folder (``U2NET_HOME`` or ``~/.u2net``) or
        on the studio's shelf

    Raises
    ------
    ModelError : unknown model, its weights are not on this machine (nothing is ever downloaded here), or their
        non-commercial licence was not accepted
    """
    if model == "mediapipe":
        return SelfieMatte()
    if model.startswith("rembg:"):
        return RembgMatte(model.removeprefix("rembg:"))
    raise ModelError(
        f"There is no matting model '{model}'.", "Use 'mediapipe' or 'rembg:<name>', for example rembg:u2net."
    )


def matte_size(size_px: Size) -> Size:
    """Width and height at which mattes are kept: at most 480 wide and 640 long."""
    width, height = size_px
    scale = min(1.0, 480 / width, 640 / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


class SelfieMatte:
    """mediapipe's selfie segmentation on two crops, joined with the pose model's mask."""

    def __init__(self) -> None:
        from mediapipe.python.solutions import selfie_segmentation

        self._model = selfie_segmentation.SelfieSegmentation(model_selection=0)
        self._model.process(np.zeros((64, 64, 3), np.uint8))

    def matte(self, picture: Frame, pose: Pose) -> Alpha:
        height, width = picture.shape[:2]
        total = np.zeros((height, width), np.float32)
        weight = np.zeros((height, width), np.float32)
        for (x0, y0, side), share in zip(_squares(pose), (1.0, 2.0), strict=True):
            mask = self._model.process(square(picture, x0, y0, side)).segmentation_mask
            left, top = max(x0, 0), max(y0, 0)
            right, bottom = min(x0 + side, width), min(y0 + side, height)
            if right <= left or bottom <= top:
                continue
            total[top:bottom, left:right] += share * mask[top - y0 : bottom - y0, left - x0 : right - x0]
            weight[top:bottom, left:right] += share
        selfie = total / np.maximum(weight, 1e-6)
        return _fit_to_picture(_of_one_body(0.35 * selfie + 0.65 * pose.mask), picture)

    def close(self) -> None:
        self._model.close()


class RembgMatte:
    """One of rembg's networks, through its own session code, many times slower than mediapipe."""

    def __init__(self, name: str) -> None:
        weights = rembg_weights(name)
        with hush():
            self._session = _open_rembg(name, weights)

    def matte(self, picture: Frame, pose: Pose) -> Alpha:
        from rembg import remove

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # rembg speaks to Pillow in an old way
            mask = np.asarray(remove(picture, session=self._session, only_mask=True), np.float32) / 255
        return _fit_to_picture(_of_one_body(mask if mask.ndim == 2 else mask[..., 0]), picture)

    def close(self) -> None:
        """Nothing to release: onnxruntime frees the network with the object."""


def rembg_weights(name: str) -> Path:
    """The file of one of rembg's networks: in rembg's own folder, else on the studio's shelf.

    Raises
    ------
    ModelError : in neither, or its non-commercial licence was not accepted, wherever the file lies
    """
    known = catalogue.everything().get(name)
    places = [_rembg_folder() / f"{name}.onnx"] + ([shelf.place(known)] if known else [])
    here = next((place for place in places if place.is_file()), None)
    if here is None:
        get = (
            shelf.how_to_get(known) if known else f"put {name}.onnx into the folder .u2net of your home (or U2NET_HOME)"
        )
        raise ModelError(
            f"The matting model 'rembg:{name}' is not on this machine.",
            f"To get it: {get}. Or leave --matte out: mediapipe needs nothing more.",
        )
    if known and not shelf.accepted(known):
        raise ModelError(
            f"The matting model 'rembg:{name}' may not be used commercially: {known.licence}.",
            f"If that suits you: python -m studio fetch {name} --accept-licence",
        )
    return here


def _rembg_folder() -> Path:
    """The same rule as rembg's ``BaseSession.u2net_home``, without importing rembg to find nothing."""
    return Path(os.environ.get("U2NET_HOME", Path(os.environ.get("XDG_DATA_HOME", "~")) / ".u2net")).expanduser()


def _open_rembg(name: str, weights: Path) -> object:
    from rembg import new_session
    from rembg.sessions import sessions_names

    if name == "u2net_custom" or name not in sessions_names:
        return new_session("u2net_custom", model_path=str(weights))
    # With its checksum on, rembg answers a file of another version by downloading its own over it.
    with _environment(MODEL_CHECKSUM_DISABLED="1", U2NET_HOME=str(weights.parent)):
        return new_session(name)


@contextmanager
def _environment(**values: str) -> Iterator[None]:
    """Variables of the environment, put back afterwards: the only way to tell rembg where to look."""
    kept = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in kept.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _squares(pose: Pose) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """(x0, y0, side) of the whole person and of the upper body."""
    points = pose.points_px[:, :2]
    low, high = points.min(axis=0), points.max(axis=0)
    centre, extent = (low + high) / 2, high - low
    whole = 1.25 * extent.max()
    trunk = points[[LEFT_SHOULDER, RIGHT_SHOULDER, LEFT_HIP, RIGHT_HIP]].mean(axis=0)
    upper = max(0.62 * extent[1], 1.15 * extent[0])
    top = low[1] - 0.1 * upper  # the points end at the eyes, the hair does not
    squares = []
    for x, y, side in ((centre[0] - whole / 2, centre[1] - whole / 2, whole), (trunk[0] - upper / 2, top, upper)):
        squares.append((int(x), int(y), max(16, int(side))))
    return squares[0], squares[1]


def _of_one_body(mask: Alpha) -> Alpha:
    """The mask without islands (bushes, pictures on the wall): pieces under a fiftieth of the largest one go."""
    import cv2

    count, labels, stats, _ = cv2.connectedComponentsWithStats((mask > 0.3).astype(np.uint8))
    if count <= 2:
        return mask
    areas = stats[1:, cv2.CC_STAT_AREA]
    islands = np.flatnonzero(areas < 0.02 * areas.max()) + 1
    return np.where(np.isin(labels, islands), np.float32(0), mask) if len(islands) else mask


def _fit_to_picture(mask: Alpha, picture: Frame) -> Alpha:
    """Fit the mask's edge to the picture's, and take a side where the networks are in doubt."""
    fitted = guided_filter(picture, mask, radius_px=max(1, picture.shape[1] // 240), eps=1e-3)
    sure = np.clip((fitted - 0.25) / 0.4, 0, 1)
    return sure * sure * (3 - 2 * sure)


def guided_filter(guide: Frame, mask: Alpha, *, radius_px: int, eps: float) -> Alpha:
    """He's guided filter with a grey guide; OpenCV's own where that version is installed.

    Parameters
    ----------
    guide : (h, w, 3) uint8
    mask : (h, w) float32
    eps : variance of the guide (0..1) below which the mask is smoothed
    """
    import cv2

    grey = cv2.cvtColor(guide, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    if hasattr(cv2, "ximgproc"):
        return cv2.ximgproc.guidedFilter(grey, mask, radius_px, eps)
    window = (2 * radius_px + 1, 2 * radius_px + 1)
    mean_g, mean_m = cv2.blur(grey, window), cv2.blur(mask, window)
    slope = (cv2.blur(grey * mask, window) - mean_g * mean_m) / (cv2.blur(grey * grey, window) - mean_g * mean_g + eps)
    offset = mean_m - slope * mean_g
    return cv2.blur(slope, window) * grey + cv2.blur(offset, window)
