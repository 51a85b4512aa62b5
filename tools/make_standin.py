"""A stand-in take for testing: a hooded bundle of cloth laid into a synthetic actor's air hug.

    python tools/make_standin.py ACTOR_FOLDER OUT.mp4 [--cloth 92,112,138] [--height 960] [--first 0] [--last N]

ACTOR_FOLDER holds a rendered air hug with its ground truth (clip, lossless matte, joints, depth).  The bundle hangs by
its hood from one hand while the arms are open, is brought to the chest while they fold, is held, and hangs again.
What is nearer to the camera than the bundle (forearms, hands, chin) covers it, by the true depth; both throw shadows.
Beside OUT.mp4 lies OUT.npz: ``mask`` (n, h, w) uint8, the bundle as seen, at half size, and ``held`` (n,) 0 to 1.

What it is not: a simulated cloth.  It does not bend where the arms press; folds turn towards the contact instead.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from studio.core.time import FrameRange
from studio.media.read import open_clip
from studio.media.write import write_film

CLOTH = (92, 112, 138)
_GAP_M = 0.135
"""How far the bundle's back lies before the shoulder joints."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A drawn bundle: ``rgba`` (h, w, 4) uint8 straight, ``hood_px`` where it is held, ``unit_px`` its width."""

    rgba: NDArray[np.uint8]
    hood_px: tuple[float, float]
    unit_px: float


def draw_bundle(unit_px: float, cloth: tuple[int, int, int], seed: int = 5) -> Bundle:
    """Draw a rolled jacket with its hood up, seen from behind, lit from above left.

    Parameters
    ----------
    unit_px : width over the sleeves
    """
    rng = np.random.default_rng(seed)
    width, height = round(1.3 * unit_px), round(1.9 * unit_px)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    u, v = (x - width / 2) / unit_px, (y - 0.08 * unit_px) / unit_px  # v: 0 at the hood's top
    # Body: a soft box that widens downwards; hood: an egg on top; both as distances, joined smoothly.
    half = 0.46 + 0.03 * np.clip((v - 0.35) / 0.5, 0, 1) - 0.07 * np.clip((v - 1.0) / 0.5, 0, 1)
    body = (np.abs(u) / half) ** 2.6 + (np.abs(v - 1.05) / 0.62) ** 3.4 - 1
    hood = (np.abs(u) / 0.30) ** 2.2 + (np.abs(v - 0.36) / 0.37) ** 2.3 - 1
    join = -np.log(np.exp(-5 * np.clip(body, -1, 6)) + np.exp(-5 * np.clip(hood, -1, 6))) / 5
    ragged = cv2.GaussianBlur(rng.normal(0, 1, (height, width)).astype(np.float32), (0, 0), 0.06 * unit_px)
    join += 0.10 * ragged / ragged.std()
    alpha = np.clip(0.5 - join * unit_px * 0.09, 0, 1)
    relief = 0.34 * np.sqrt(np.clip(-join, 0, 1))
    # Folds: hanging ones that turn towards where the arms press, and crumpling across.
    for _ in range(34):
        at, down = rng.uniform(-0.5, 0.5), rng.uniform(0.55, 1.7)
        slope, length, thin = rng.normal(0.9 * at, 0.5), rng.uniform(0.15, 0.42), rng.uniform(0.016, 0.04)
        across = u - at - slope * (v - down) - 0.05 * np.sin(9 * (v - down) + at)
        relief += rng.uniform(-0.016, 0.022) * np.exp(-((across / thin) ** 2) - ((v - down) / length) ** 2)
    for side in (-1, 1):  # the hood's hem and its middle seam, the seam of the yoke
        relief -= 0.012 * np.exp(-(((np.hypot(u * 1.15, v - 0.36) - 0.33) / 0.02) ** 2)) * (v > 0.4)
        relief += 0.010 * np.exp(-(((u - side * (0.30 + 0.1 * (v - 1))) / 0.03) ** 2)) * (v > 0.75)
    relief -= 0.010 * np.exp(-((u / 0.010) ** 2)) * (v < 0.62)
    relief = cv2.GaussianBlur(relief, (0, 0), 0.008 * unit_px) * unit_px
    gx, gy = cv2.Sobel(relief, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(relief, cv2.CV_32F, 0, 1, scale=0.125)
    steep = np.sqrt(1 + gx**2 + gy**2)
    lambert = np.clip((0.30 * gx + 0.62 * gy + 0.72) / steep, 0, None)
    shade = 0.42 + 0.62 * lambert
    knit = 1 + 0.035 * rng.normal(0, 1, (height, width)) + 0.02 * np.sin(x * 2.1) * np.sin(y * 1.7)
    rgb = np.array(cloth, np.float32) * (shade * knit)[..., None]
    rgba = np.dstack([rgb, 255 * alpha]).clip(0, 255).astype(np.uint8)
    return Bundle(rgba, (width / 2, 0.10 * unit_px), unit_px)


class Actor:
    """The ground truth of a rendered air hug."""

    def __init__(self, folder: Path) -> None:
        self.clip = open_clip(folder / f"{folder.name}.mp4")
        self.matte = open_clip(folder / "alpha_lossless.mp4")
        told: dict[str, Any] = json.loads((folder / "joints.json").read_text(encoding="utf-8"))
        self.joints: list[dict[str, list[float]]] = [one["joints"] for one in told["data"]]
        self.phases: dict[str, Any] = told["phases_s"]
        self.fps = float(told["fps"])
        self.depth_mm: NDArray[np.uint16] = np.load(folder / "depth_mm_quarter.npz")["actor"]

    def held(self, frame: int) -> float:
        """0: hangs from the hand; 1: lies at the chest."""
        at = (frame + 0.5) / self.fps
        (start, stop), (leave, gone) = self.phases["closing"], self.phases["release"]
        come = np.clip((at - start) / (0.85 * (stop - start)), 0, 1)
        go = np.clip((at - leave - 0.1) / (0.9 * (gone - leave)), 0, 1)
        share = come - go
        return float(share * share * (3 - 2 * share))


def compose(
    folder: Path, part: FrameRange | None = None, cloth: tuple[int, int, int] = CLOTH, every: int = 1
) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.uint8], float]]:
    """Yield (frame (H, W, 3) uint8, mask (H, W) uint8, held) for every ``every``-th frame of ``part``."""
    actor = Actor(folder)
    part = part or FrameRange(0, actor.clip.frame_count)
    middle = actor.joints[len(actor.joints) * 2 // 3]
    unit = 1.12 * float(np.hypot(*(np.array(middle["left_shoulder"]) - np.array(middle["right_shoulder"]))[:2]))
    bundle = draw_bundle(2 * unit, cloth)
    rng = np.random.default_rng(1)
    # A child's bundle lies lower than that of somebody equally tall.
    low = np.mean([middle["left_wrist"][1], middle["right_wrist"][1]]) - 0.80 * unit
    low = max(low, middle["nose"][1]) - np.mean([middle["left_shoulder"][1], middle["right_shoulder"][1]])
    for number, frame, matte in zip(part, actor.clip.frames(part), actor.matte.frames(part), strict=True):
        if (number - part.start) % every:
            continue
        joints, held = actor.joints[number], actor.held(number)
        left, right = np.array(joints["left_shoulder"]), np.array(joints["right_shoulder"])
        chest, hand = (left + right) / 2, np.array(joints["right_index"])
        roll = np.degrees(np.arctan2(left[1] - right[1], left[0] - right[0]))
        hood = (1 - held) * (hand[:2] - (0, 0.04 * unit)) + held * (chest[:2] + (0, low))
        depth_m = (1 - held) * (hand[2] + 0.03) + held * (chest[2] - _GAP_M)
        swing = 7 * np.sin(number / 5) * (1 - held)
        # It is farther from the camera than nothing: cloth keeps its size in metres.
        scale = unit / bundle.unit_px * chest[2] / depth_m
        placed = _place(bundle, hood, scale, held * roll + swing, frame.shape[1::-1])
        yield (*_lay(frame, placed, _front(frame, matte[..., 0], actor.depth_mm[number], depth_m), matte[..., 0], rng,
                     held, unit), held)  # fmt: skip


def _place(bundle: Bundle, hood: NDArray, scale: float, turn_deg: float, size: tuple[int, int]) -> NDArray[np.uint8]:
    """The bundle on the frame's canvas, straight RGBA."""
    matrix = cv2.getRotationMatrix2D(bundle.hood_px, -turn_deg, scale)
    matrix[:, 2] += hood - np.array(bundle.hood_px)
    small = cv2.GaussianBlur(bundle.rgba, (0, 0), 0.45 / scale)
    return cv2.warpAffine(small, matrix, size, flags=cv2.INTER_LINEAR)


def _front(
    frame: NDArray[np.uint8], matte: NDArray[np.uint8], depth_mm: NDArray[np.uint16], depth_m: float
) -> NDArray[np.float32]:
    """(H, W) 0..1: what of the actor is nearer to the camera than the bundle."""
    near = ((depth_mm > 0) & (depth_mm < 1000 * depth_m)).astype(np.float32)
    soft = cv2.resize(near, frame.shape[1::-1], interpolation=cv2.INTER_CUBIC).clip(0, 1)
    if hasattr(cv2, "ximgproc"):
        soft = cv2.ximgproc.guidedFilter(frame, soft, 6, (0.03 * 255) ** 2)
    return np.clip((soft - 0.38) / 0.45, 0, 1) * matte.astype(np.float32) / 255


def _lay(
    frame: NDArray[np.uint8],
    placed: NDArray[np.uint8],
    front: NDArray[np.float32],
    matte: NDArray[np.uint8],
    rng: np.random.Generator,
    held: float,
    unit: float,
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The bundle between the actor's chest and the actor's forearms, with the shadows of both."""
    made, mask = frame.copy(), np.zeros(frame.shape[:2], np.uint8)
    ys, xs = np.nonzero(placed[..., 3])
    if len(ys) == 0:
        return made, mask
    margin = int(0.5 * unit)
    box = (
        slice(max(0, int(ys.min()) - margin), int(ys.max()) + margin),
        slice(max(0, int(xs.min()) - margin), int(xs.max()) + margin),
    )
    alpha, body, near = placed[box][..., 3] / np.float32(255), matte[box] / np.float32(255), front[box]

    def shadow(of: NDArray[np.float32], down: float, blur: float) -> NDArray[np.float32]:
        moved = cv2.warpAffine(of, np.array([[1, 0, 0.3 * down], [0, 1, down]], np.float32), of.shape[::-1])
        return cv2.GaussianBlur(moved, (0, 0), blur)

    on_chest = 1 - held * (0.35 * shadow(alpha, 0.10 * unit, 0.09 * unit)) * body
    under = frame[box] * on_chest[..., None]
    arms = 0.45 * shadow(near, 0.06 * unit, 0.05 * unit) + 0.30 * shadow(near, 0.02 * unit, 0.015 * unit)
    cloth = placed[box][..., :3] * (1 - np.clip(arms, 0, 0.7))[..., None]
    cloth += rng.normal(0, 1.6, cloth.shape).astype(np.float32)
    share = alpha * (1 - near)
    mixed = under * (1 - share[..., None]) + cloth * share[..., None]
    # What lies in front keeps its own pixels, shadows and all.
    mixed += near[..., None] * (frame[box] - under) * (1 - share[..., None])
    made[box] = mixed.clip(0, 255).round().astype(np.uint8)
    mask[box] = np.rint(255 * share)
    return made, mask


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("actor", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--cloth", default=",".join(map(str, CLOTH)), help="R,G,B")
    parser.add_argument("--height", type=int, help="of the film in pixels; default: the clip's")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--last", type=int, help="the last frame; default: the clip's")
    options = parser.parse_args()
    clip = open_clip(options.actor / f"{options.actor.name}.mp4")
    part = FrameRange(options.first, clip.frame_count if options.last is None else options.last + 1)
    height = options.height or clip.size_px[1]
    size = (2 * round(clip.size_px[0] * height / clip.size_px[1] / 2), 2 * round(height / 2))
    masks, helds = [], []

    def frames() -> Iterator[NDArray[np.uint8]]:
        cloth = tuple(int(v) for v in options.cloth.split(","))
        for frame, mask, held in compose(options.actor, part, cloth):  # type: ignore[arg-type]
            masks.append(cv2.resize(mask, (size[0] // 2, size[1] // 2), interpolation=cv2.INTER_AREA))
            helds.append(held)
            yield frame if size == clip.size_px else cv2.resize(frame, size, interpolation=cv2.INTER_AREA)

    write_film(frames(), options.out, size_px=size, rate=Fraction(clip.rate), frame_count=len(part), audio=None)
    np.savez_compressed(options.out.with_suffix(".npz"), mask=np.stack(masks), held=np.array(helds, np.float32))
    print(f"{options.out}: {size[0]}x{size[1]}, {len(part)} frames")


if __name__ == "__main__":
    main()
