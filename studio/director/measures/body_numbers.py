"""What the body proxy says about itself, for the score."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from studio.animatic.body.contact import Embrace
from studio.animatic.body.fit import Fit
from studio.director.measures.bar import Bar, between

_NO_BODY = "this film was told without a body proxy"
_SILENT = "the body proxy does not say"


@dataclass(frozen=True, slots=True)
class BodyNumbers:
    """Numbers of a fitted and posed body proxy; None where they were not measured.

    Parameters
    ----------
    fit_error : mean keypoint error against the landmarks of the pose, share of the body's height
    joint_error : the same against known true joints (synthetic actors)
    iou : of the proxy's silhouette with the user's matte
    interpenetration_cm : deepest that one posed body stands in the other
    hand_distance_cm : largest distance of a resting hand to the surface it rests on
    arm_colour_error : Delta E 76 of a re-rendered arm against the real one
    arm_edge_ratio : its edge width against the real one's
    reason : why there is no body, when there is none
    arm_reason : why no arm was compared
    """

    fit_error: float | None = None
    joint_error: float | None = None
    iou: float | None = None
    interpenetration_cm: float | None = None
    hand_distance_cm: float | None = None
    arm_colour_error: float | None = None
    arm_edge_ratio: float | None = None
    reason: str = ""
    arm_reason: str = ""


def body_numbers(body: object | None) -> BodyNumbers | None:
    """Read them off both bodies (``animatic.hug.Hug``: a fit and a solved embrace), or by name; None without a body."""
    if body is None:
        return None
    fit: Fit | None = getattr(body, "fit", None)
    embrace: Embrace | None = getattr(body, "embrace", None)
    source = getattr(body, "numbers", None) or body
    numbers = BodyNumbers(**{f.name: getattr(source, f.name) for f in fields(BodyNumbers) if hasattr(source, f.name)})
    if fit is not None:
        numbers = replace(numbers, fit_error=fit.keypoint_error, iou=fit.iou, reason=numbers.reason or fit.why)
    if embrace is not None:
        gaps_cm = [100 * abs(gap) for gap in embrace.gaps_m.values()]
        numbers = replace(
            numbers,
            interpenetration_cm=100 * max(0.0, embrace.penetration_m),
            hand_distance_cm=max(gaps_cm) if gaps_cm else None,
        )
    return numbers


def body_bars(numbers: BodyNumbers | None) -> list[Bar]:
    """A bar for each number."""
    found = numbers or BodyNumbers(reason=_NO_BODY)

    def bar(
        name: str, value: float | None, note: str, why: str, *, least: float | None = None, most: float | None = None
    ) -> Bar:
        value = finite(value)
        note = (found.reason or why) if value is None else f"{note}; {found.reason}" if found.reason else note
        return between(name, value, note, least=least, most=most)

    share = "share of the body's height"
    arm = found.arm_reason or "no redrawn arm was laid beside a real one"
    return [
        bar("body_fit_error", found.fit_error, share, _SILENT, most=0.005),
        bar("body_joint_error", found.joint_error, share, "true joints are known of synthetic actors only", most=0.012),
        bar("body_iou", found.iou, "silhouette with matte", _SILENT, least=0.88),
        bar("interpenetration_cm", found.interpenetration_cm, "deepest", "no embrace was posed", most=1.0),
        bar("hand_distance_cm", found.hand_distance_cm, "largest", "no embrace was posed", most=2.0),
        bar("arm_colour_error", found.arm_colour_error, "Delta E 76", arm, most=5.0),
        bar("arm_edge_ratio", found.arm_edge_ratio, "edge width", arm, least=0.8, most=1.25),
    ]


def finite(value: float | None) -> float | None:
    """None for what is not a number: a fit that failed early has none."""
    return value if value is not None and np.isfinite(value) else None
