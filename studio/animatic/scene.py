"""What every shot of one film shares: the footage, the user in numbers, the double's looks, the film's size."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from studio.animatic.arms.forearms import ForearmTrack
from studio.animatic.arms.posed import PosedArms
from studio.animatic.arms.sleeve import Sleeve
from studio.animatic.backdrop import Backdrop
from studio.animatic.double.bodied import BodyDouble
from studio.animatic.double.look import DoubleLook
from studio.animatic.footage import Footage
from studio.animatic.held_double import HeldDouble
from studio.animatic.hug import Hug
from studio.animatic.person import Person
from studio.animatic.place import Stand
from studio.compose.blend import lay_alpha
from studio.compose.view import View
from studio.core.frames import Frame, Patch, Size
from studio.core.people import Analysis, Light
from studio.core.settings import Preset, Rgb
from studio.core.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Scene:
    """Parameters
    ----------
    backdrop : the footage without the user
    own_look : the user from behind, drawn as the double is, for the reverse angle
    opened, held : the user measured while the arms are open, and during the embrace
    forearms : the user's forearm masks in the embrace; None in an open-arms take
    stand : where the double stands in the embrace
    hug : both bodies in the embrace
    double : the other self as a dressed body
    posed_arms : the user's arms round it; None where the filmed ones are folded, or the body could not be fitted
    skin_rgb : of the user's face
    sleeve : of the user's arms
    held_double : the thing in the user's arms that becomes the double; None where the double is drawn
    unit : film height / 1920, so that pixel constants are written for the full size
    """

    preset: Preset
    analysis: Analysis
    timeline: Timeline
    footage: Footage
    backdrop: Backdrop
    size_px: Size
    look: DoubleLook
    own_look: DoubleLook
    opened: Person
    held: Person
    forearms: ForearmTrack | None
    stand: Stand
    hug: Hug
    double: BodyDouble
    posed_arms: PosedArms | None
    skin_rgb: Rgb
    sleeve: Sleeve
    sex: float
    seed: int
    held_double: HeldDouble | None = None

    @property
    def unit(self) -> float:
        """Film pixels per pixel of the full-size film."""
        return self.size_px[1] / 1920

    @property
    def is_forearm_bare(self) -> bool:
        """Whether skin shows below the user's elbows."""
        return self.sleeve.is_forearm_bare

    @property
    def forearm_rgb(self) -> Rgb:
        """Colour of the user's forearms, bare or in a sleeve."""
        return self.sleeve.skin_rgb if self.is_forearm_bare else self.sleeve.cloth_rgb or self.skin_rgb

    def rng(self, salt: int) -> np.random.Generator:
        """A generator of its own for each part, so that shots can be drawn in any order."""
        return np.random.default_rng([self.seed, salt])


@dataclass(frozen=True, slots=True)
class Painted:
    """One film frame of the animatic.

    Parameters
    ----------
    frame : (H, W, 3) uint8
    drawn : the layers that were drawn into it, not filmed; empty when all is the user's own
    order : names of the layers, back to front
    own : (H, W, 3) uint8, the user's own picture in this view, the head bent, before defocus and layers
    touched : (H, W) uint8, 255 where a layer, a shadow or a defocus may have changed ``own``

    The last two are only there when a painter explains itself.
    """

    frame: Frame
    drawn: tuple[Patch, ...] = ()
    order: tuple[str, ...] = ()
    own: Frame | None = None
    touched: NDArray[np.uint8] | None = None

    @property
    def clone(self) -> Patch | None:
        """Where an engine may draw again: the one layer, or the alpha of all of them over the whole frame."""
        if len(self.drawn) <= 1:
            return self.drawn[0] if self.drawn else None
        alpha = np.zeros(self.frame.shape[:2], np.uint8)
        for layer in self.drawn:
            lay_alpha(alpha, layer)
        return Patch(np.dstack([np.zeros_like(self.frame), alpha]), 0, 0)


class Painter(Protocol):
    """Draws the frames of one shot, in any order."""

    def paint(self, film_frame: int) -> Painted:
        """The frame at a film frame number inside the shot."""
        ...

    def position(self, film_frame: int) -> float:
        """The clip position that a film frame shows."""
        ...

    def view(self, film_frame: int) -> View | None:
        """The view of the clip that it is seen through; None where a shot shows no clip frame as it is."""
        ...

    def explain(self, film_frame: int) -> Painted:
        """The same frame, together with what was done to the user's picture; for measuring."""
        ...


def drawing_light(scene: Scene) -> Light:
    """The measured light as bodies are drawn in it (see `lit_for_drawing`)."""
    return lit_for_drawing(scene.analysis.light)


def lit_for_drawing(light: Light) -> Light:
    """The measured light as the double is drawn in it: neutral, and never from below.

    The colours that are drawn were sampled from the footage, so they carry the light's tint already.  A face in shade
    under a bright sky or above a bright floor measures as lit from below; on a back that would look like a stage, and
    the sky itself is the light.
    """
    x, y, z = light.direction
    if y > -0.15:
        y = -0.35
    length = float(np.hypot(np.hypot(x, y), z))
    return replace(light, direction=(x / length, y / length, z / length), rgb=(1.0, 1.0, 1.0))


def ease(t: float) -> float:
    """Smoothstep on 0..1."""
    t = min(max(t, 0.0), 1.0)
    return t * t * (3 - 2 * t)


def ease_out(t: float) -> float:
    """Fast, then settling."""
    t = min(max(t, 0.0), 1.0)
    return 1 - (1 - t) ** 3


def softness(rgba: NDArray[np.uint8], frame: Frame, region: NDArray[np.bool_]) -> float:
    """Sigma in px of the blur that makes a drawn layer no sharper than the real picture in ``region``.

    Sharpness is the 90th percentile of the absolute Laplacian of luma, measured alike on both.
    """
    import cv2

    target = _sharpness(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), region)
    solid = cv2.erode(np.ascontiguousarray(rgba[..., 3]), np.ones((9, 9), np.uint8)) > 250
    if target <= 0 or solid.sum() < 200:
        return 0.0
    for sigma in (0.0, 0.6, 0.9, 1.2, 1.6, 2.0, 2.5):
        grey = cv2.cvtColor(np.ascontiguousarray(soften(rgba, sigma)[..., :3]), cv2.COLOR_RGB2GRAY)
        if _sharpness(grey, solid) <= 1.05 * target:
            return sigma
    return 3.0


def soften(rgba: NDArray[np.uint8], sigma_px: float) -> NDArray[np.uint8]:
    """Gaussian blur of a premultiplied layer; 0 leaves it alone."""
    import cv2

    return cv2.GaussianBlur(rgba, (0, 0), sigma_px) if sigma_px > 0 else rgba


def _sharpness(grey: NDArray[np.uint8], region: NDArray[np.bool_]) -> float:
    import cv2

    if not region.any():
        return 0.0
    return float(np.percentile(np.abs(cv2.Laplacian(grey, cv2.CV_32F))[region], 90))
