"""Drawn heads whose hair is known to the pixel, and the actors as the hair model sees them."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import cv2
import numpy as np
from face_people import Person

from studio.animatic.face import hair, mesh
from studio.animatic.face.hair_fit import fit_hair
from studio.animatic.face.hair_look import HairLook, fit_look
from studio.animatic.face.skin import SkinModel, to_lab, to_rgb
from studio.animatic.face.table import mean_face

IPD_PX = 48


@dataclass(frozen=True)
class Head:
    """A picture of a head: (h, w, 3) float32, (h, w) 0..1, (478, 3), and (h, w) where hair was drawn."""

    rgb: np.ndarray
    alpha: np.ndarray
    face_px: np.ndarray
    skin: SkinModel
    hair: np.ndarray

    @property
    def pose(self) -> mesh.Pose:
        return mesh.pose_of(self.face_px)

    @property
    def grid(self) -> np.ndarray:
        return hair.head_grid(self.pose, self.alpha.shape[::-1])

    def model(self) -> hair.HairModel:
        return fit_hair(self.rgb, self.alpha, self.grid, self.face_px, self.skin)

    def mask(self, model: hair.HairModel) -> np.ndarray:
        nothing = np.zeros_like(self.alpha)
        return hair.hair_mask(self.rgb, self.alpha, self.grid, nothing, nothing, model, self.pose.ipd_px)

    def look(self, mask: np.ndarray, from_years: float, to_years: float, sex: float = 0.5) -> HairLook:
        years, rng = (from_years, to_years, sex), np.random.default_rng(3)
        brow = np.zeros_like(self.alpha)
        return fit_look(self.rgb, mask, self.grid, self.skin, brow, self.pose.ipd_px, years, 0.45, rng)

    def seen(self, mask: np.ndarray) -> SimpleNamespace:
        """As much of a `Seen` as hair needs."""
        part = np.s_[2:6, 2:6]
        carried = np.zeros((4, 4, 16), np.float32)
        return SimpleNamespace(
            hair=mask, head=self.grid, part=part, carried=carried, ipd_px=self.pose.ipd_px, alpha=self.alpha
        )


def skin_model(lab) -> SkinModel:
    return SkinModel(np.zeros((6, 3), np.float32), np.array(lab, np.float32), np.array([9, 4, 4.5], np.float32), 0.0)


def drawn(
    skin_lab=(66, 12, 17),
    hair_lab=(20, 4, 7),
    *,
    long: bool = False,
    bald: bool = False,
    fringe: bool = False,
    cloth_lab=(45, 40, 25),
    seed: int = 1,
) -> Head:
    """A head from the front: shaded skin, strands that run with the hair, a jumper, a plain wall."""
    rng = np.random.default_rng(seed)
    width, height = 7 * IPD_PX, 8 * IPD_PX
    face = (mean_face(0.5) * (1, -1, -1) * IPD_PX).astype(np.float32)
    face[:, :2] += np.array([3.5, 3.3], np.float32) * IPD_PX
    pose = mesh.pose_of(face)
    grid = hair.head_grid(pose, (width, height))
    x, y = grid[..., 0], grid[..., 1]
    lab = np.empty((height, width, 3), np.float32)
    lab[:] = (72, 1, 3)
    alpha = np.zeros((height, width), np.float32)

    def put(where, colour, shade):
        shade = np.clip(shade, 0.2, 1.8)
        soft = cv2.GaussianBlur(where.astype(np.float32), (0, 0), 0.7)[..., None]
        light = np.dstack([colour[0] * shade, colour[1] * shade**0.5, colour[2] * shade**0.5])
        lab[:] = lab + soft * (light - lab)
        np.maximum(alpha, soft[..., 0], out=alpha)
        return soft[..., 0]

    form = np.clip(1.08 - 0.16 * x**2 + 0.08 * x, 0.5, 1.2)
    trunk = (y > 2.2 + 0.16 * x**2) & (np.abs(x) < 2.6)
    skull = np.hypot(x / 1.32, (y + 0.35) / 1.62) < 1
    behind = (np.hypot(x / 1.5, (y + 0.4) / 1.75) < 1) & (y < 0.1)
    if long:
        behind |= (np.abs(x) < 1.55) & (y >= -0.4) & (y < 2.6 - 0.3 * np.abs(x))
    strands = _strands(grid, rng)
    hairy = np.zeros_like(alpha)
    if not bald:
        hairy = put(behind, hair_lab, form + 0.35 * strands)
    covered = [
        put((np.abs(x) < 0.62) & (y > 0.8) & (y < 2.5), skin_lab, 0.78 * form),
        put(trunk, cloth_lab, np.clip(form, 0.6, 1.1) * (1 + 0.03 * rng.standard_normal(x.shape))),
    ]
    if long:
        hairy = np.maximum(
            hairy * (1 - covered[1]), put(behind & trunk & (np.abs(x) > 0.75), hair_lab, form + 0.35 * strands)
        )
    oval = np.zeros((height, width), np.uint8)
    cv2.fillPoly(oval, [np.round(face[list(mesh.OVAL), :2]).astype(np.int32)], 1)
    face_part = (
        (oval > 0) | (skull & (y > -1.15 + 0.12 * x**2) & (np.abs(x) < 1.02) & (y < 0.3))
        if not bald
        else (skull | (oval > 0))
    )
    covered.append(put(face_part, skin_lab, form))
    ears = (np.hypot((x - side * 1.22) / 0.16, (y - 0.25) / 0.34) < 1 for side in (-1, 1))
    covered.extend(put(ear, skin_lab, 0.8 * form) * (not long) for ear in ears)
    for part in covered if not long else [covered[0], covered[2]]:
        hairy = hairy * (1 - part)
    if fringe:
        hairy = np.maximum(hairy, put((y < -0.5) & (np.abs(x) < 1.0) & (y > -1.3), hair_lab, form + 0.35 * strands))
    lab[..., 0] += 0.7 * rng.standard_normal(lab.shape[:2])
    lab[..., 0] = np.clip(lab[..., 0], 1, 99)
    rgb = np.rint(np.clip(to_rgb(lab), 0, 255)).astype(np.float32)
    return Head(rgb, np.clip(alpha, 0, 1), face, skin_model(skin_lab), hairy)


def _strands(grid: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(h, w) noise smeared away from the crown."""
    x, y = grid[..., 0], grid[..., 1]
    angle, radius = np.arctan2(x, -(y + 0.4)), np.hypot(x, y + 0.4)
    noise = cv2.GaussianBlur(rng.standard_normal((64, 720)).astype(np.float32), (0, 0), 1.0)
    noise /= noise.std()
    at = np.dstack([(angle / np.pi + 1) * 359, radius * 9]).astype(np.float32)
    return np.clip(cv2.remap(noise, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP), -2, 2)


def with_hat(head: Head, lab=(40, -25, 12)) -> tuple[Head, np.ndarray]:
    """A cap with a straight edge across the forehead, and where it is."""
    x, y = head.grid[..., 0], head.grid[..., 1]
    cap = (y < -0.75 + 0.05 * x**2) & (np.hypot(x / 1.55, (y + 0.4) / 1.9) < 1)
    soft = cv2.GaussianBlur(cap.astype(np.float32), (0, 0), 0.7)
    cloth = to_rgb(np.array(lab, np.float32)[None, None]) * np.clip(1.1 - 0.25 * x**2, 0.4, 1.1)[..., None]
    rgb = head.rgb + soft[..., None] * (cloth - head.rgb)
    return Head(
        rgb.astype(np.float32), np.maximum(head.alpha, soft), head.face_px, head.skin, head.hair * (1 - soft)
    ), soft


def of_actor(person: Person) -> Head:
    """An actor with the hair that its colour gives away: a's is dark beside pale skin, b's has no colour."""
    rgb = person.frame.astype(np.float32)
    lab = to_lab(rgb)
    at = np.round(person.face_px[[50, 280, 9, 151], :2]).astype(int)
    skin = np.median(lab[at[:, 1], at[:, 0]], 0)
    head = Head(rgb, person.matte, person.face_px, skin_model(skin), person.matte)
    x, y = head.grid[..., 0], head.grid[..., 1]
    dark = (
        lab[..., 0] < 0.62 * skin[0]
        if person.sex < 0.5
        else np.hypot(lab[..., 1], lab[..., 2]) < 0.42 * np.hypot(*skin[1:])
    )
    oval = np.zeros(person.matte.shape, np.uint8)
    cv2.fillPoly(oval, [np.round(person.face_px[list(mesh.OVAL), :2]).astype(np.int32)], 1)
    low = 1.7 if person.sex < 0.5 else 0.0
    found = dark & (person.matte > 0.9) & (oval == 0) & (y < low) & (np.abs(x) < 2)
    if person.sex < 0.5:
        found &= lab[..., 1] < 14  # the jumper is red
    return Head(rgb, person.matte, person.face_px, head.skin, found.astype(np.float32))


def iou(one: np.ndarray, two: np.ndarray) -> float:
    """Overlap of two soft masks."""
    return float(np.minimum(one, two).sum() / np.maximum(one, two).sum())
