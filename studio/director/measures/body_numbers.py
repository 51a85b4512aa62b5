"""What the body proxy says about itself, for the score."""

from __future__ import annotations

from dataclasses import dataclass, fields

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
    """

    fit_error: float | None = None
    joint_error: float | None = None
    iou: float | None = None
    interpenetration_cm: float | None = None
    hand_distance_cm: float | None = None
    arm_colour_error: float | None = None
    arm_edge_ratio: float | None = None
    reason: str = ""


def body_numbers(body: object | None) -> BodyNumbers | None:
    """Read them off a body, or off its ``numbers``, by name; None without a body."""
    if body is None:
        return None
    source = getattr(body, "numbers", None) or body
    return BodyNumbers(**{f.name: getattr(source, f.name) for f in fields(BodyNumbers) if hasattr(source, f.name)})


def body_bars(numbers: BodyNumbers | None) -> list[Bar]:
    """A bar for each number."""
    found = numbers or BodyNumbers(reason=_NO_BODY)
    why = found.reason or _SILENT

    def bar(name: str, value: float | None, note: str, least: float | None = None, most: float | None = None) -> Bar:
        return between(name, value, note if value is not None else why, least=least, most=most)

    return [
        bar("body_fit_error", found.fit_error, "share of the body's height", most=0.005),
        bar("body_joint_error", found.joint_error, "share of the body's height", most=0.012),
        bar("body_iou", found.iou, "silhouette with matte", least=0.88),
        bar("interpenetration_cm", found.interpenetration_cm, "deepest", most=1.0),
        bar("hand_distance_cm", found.hand_distance_cm, "largest", most=2.0),
        bar("arm_colour_error", found.arm_colour_error, "Delta E 76", most=5.0),
        bar("arm_edge_ratio", found.arm_edge_ratio, "edge width", least=0.8, most=1.25),
    ]
