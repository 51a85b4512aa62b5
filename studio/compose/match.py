"""Make a drawn layer as soft and as grainy as the footage it lies in.

Softness is compared by the width of edges (`edge_width`), grain by what is finer than 1.5 px in flat places (`noise`):
both are measured alike on the footage and on the layer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.compose.edge_width import edge_width
from studio.compose.noise import noise_level
from studio.core.frames import Frame

_PER_SIGMA = 2.5
"""Edge width of a step that was blurred by a Gaussian, over its sigma."""
_CRISP_PX = 2.4
"""Edge width of an anti-aliased drawing."""
_FILM_EDGE = 2.4
"""Edge width of a clip's pixel when enlarged, in film pixels per clip pixel: for footage without a clear edge."""
_MOST_SIGMA_PX = 4.0
_MOST_NOISE = 1.1


@dataclass(frozen=True, slots=True)
class Texture:
    """Of a picture, in its own pixels.

    Parameters
    ----------
    edge_px : median width of clear edges
    noise : grey levels of standard deviation
    """

    edge_px: float
    noise: float

    @classmethod
    def of(cls, frame: Frame, region: NDArray[np.bool_], enlarged: float) -> Texture:
        """Measure a region of a frame; ``enlarged`` is how many of its pixels one filmed pixel covers."""
        width = edge_width(frame, region)
        noise = noise_level(frame, region)
        return cls(width if width is not None else _FILM_EDGE * max(1.0, enlarged), noise if noise is not None else 0.0)


def matched(rgba: NDArray[np.uint8], texture: Texture, enlarge: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """The layer with the footage's softness and grain.

    Parameters
    ----------
    rgba : (h, w, 4) uint8 premultiplied, with a margin for the blur
    enlarge : by how much the layer will be enlarged when it is laid on the picture that ``texture`` was measured in
    """
    import cv2

    solid = cv2.erode(cv2.extractChannel(rgba, 3), np.ones((7, 7), np.uint8)) > 250
    if solid.sum() < 400:
        return rgba
    # Folds are wide edges already, the outline is crisp: both are seen, so the layer counts as between them.
    inner = edge_width(np.ascontiguousarray(rgba[..., :3]), solid) or _CRISP_PX
    own = 0.5 * (_CRISP_PX + min(inner, 2 * _CRISP_PX)) * enlarge
    missing = np.sqrt(max(0.0, texture.edge_px**2 - own**2))
    sigma = min(missing / _PER_SIGMA, _MOST_SIGMA_PX) / enlarge
    soft = cv2.GaussianBlur(rgba, (0, 0), sigma) if sigma > 0.25 else rgba
    have = noise_level(np.ascontiguousarray(soft[..., :3]), solid) or 0.0
    if have > _MOST_NOISE * max(texture.noise, 0.3):  # a weave that this camera would not have seen
        keep = _MOST_NOISE * max(texture.noise, 0.3) / have
        flat = cv2.GaussianBlur(soft, (0, 0), max(0.6, 1.5 / enlarge))
        return cv2.addWeighted(soft, keep, flat, 1 - keep, 0)
    wanted = np.sqrt(max(0.0, texture.noise**2 - have**2))
    return grained(soft, float(wanted), rng) if wanted > 0.25 else soft


def grained(rgba: NDArray[np.uint8], sigma: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """The layer with neutral Gaussian grain of ``sigma`` grey levels where it is solid, still premultiplied."""
    import cv2

    grain = rng.normal(0.0, sigma, rgba.shape[:2]).astype(np.float32)
    alpha = cv2.extractChannel(rgba, 3)
    grain *= alpha.astype(np.float32) / 255
    colour = rgba[..., :3].astype(np.float32) + grain[..., None]
    out = np.dstack([np.clip(np.rint(colour), 0, 255).astype(np.uint8), alpha])
    np.minimum(out[..., :3], alpha[..., None], out=out[..., :3])
    return out
