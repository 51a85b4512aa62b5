"""What `ageing.py` measured, against its bars and as tables."""

from __future__ import annotations

from typing import Any

import numpy as np

from studio.director.measures.bar import Bar, between

CURVES: dict[str, tuple[tuple[float, float, int], ...]] = {
    "width_height": ((0, 20, -1), (20, 99, 0)),
    "eye_opening": ((0, 99, -1),),
    "lower_face": ((0, 20, 0), (20, 99, 0)),
    "wrinkles": ((0, 99, 1),),
    "unevenness": ((0, 99, 1),),
    "grey": ((0, 99, 1),),
}
"""What is asked of each measure: from and to which age, +1 never falls, -1 never rises, 0 one way only.  A child's face
is wide and its eyes wide open, both less and less.  Whether the part below the nose gains on the nose or loses against
it while a face grows is not agreed upon in what was read, and what the old do to width and nose differs."""


def judge(report: dict[str, Any]) -> list[Bar]:
    """All numbers against their bars, worst cases named."""
    bars = []
    off = {f"{sex} {age}": by for sex, ages in report["stature"].items() for age, by in ages.items()}
    worst = max(off, key=lambda key: abs(off[key]))
    bars.append(between("stature off the CDC share, %", 100 * abs(off[worst]), worst, most=2))
    for curve in CURVES:
        broken = [(one["name"], each) for one in report["people"] for each in one["broken"] if each["curve"] == curve]
        note = "; ".join(f"{name} at {each['at']:g} by {each['by']:.3g}" for name, each in broken)
        bars.append(between(f"turns back: {curve}", len({name for name, _ in broken}), note, most=0))
    identity = report["identity"]
    note = "; ".join(f"{one['person']} at {one['years']:g} as {one['taken_for']}" for one in identity["wrong"])
    bars.append(between("identity kept, mesh, %", _percent(identity["mesh geometry"]), note, least=100))
    note = "" if identity["insightface"] is not None else "no weights here"
    bars.append(between("identity kept, insightface, %", _percent(identity["insightface"]), note, least=100))
    for name, part in (("rendered", report["true_ages"]), ("held-out shapes", report["held_out"])):
        value = float(np.mean(list(part.values()))) if part else None
        note = ", ".join(f"{key} {100 * each:.0f}" for key, each in part.items())
        bars.append(between(f"mesh error less, {name}, %", _percent(value), note, least=35))
    clips = {(name, years): one for name, ages in report["clips"].items() for years, one in ages.items()}
    if clips:
        ratio = {f"{name} at {years}": one["flicker"] for (name, years), one in clips.items()}
        worst = max(ratio, key=lambda key: ratio[key])
        bars.append(between("flicker over the user's own", ratio[worst], worst, most=1.2))
        found, of = (sum(one[key] for one in clips.values()) for key in ("found", "of"))
        lost = "; ".join(
            f"{name} at {years}: {len(one['lost'])}" for (name, years), one in clips.items() if one["lost"]
        )
        bars.append(between("face found where the user's was, %", 100 * found / max(of, 1), lost, least=100))
        for key, limit, unit in (("frame_ms", 40, "cost per frame, ms"), ("setup_s", 5, "set-up, s")):
            cost = {f"{name} at {years}": one[key] for (name, years), one in clips.items()}
            worst = max(cost, key=lambda each: cost[each])
            bars.append(between(unit, cost[worst], f"{worst}; mean {np.mean(list(cost.values())):.3g}", most=limit))
    outside = report["outside"]
    note = "no photo was asked for"
    changed = None if outside is None else outside["changed"]
    if outside:
        bad = [one for one in outside["photos"] if one["changed"]]
        note = "; ".join(f"photo {one['photo']} at {one['years']:g}: {one['changed']}" for one in bad)
    bars.append(between("pixels changed outside the matte", changed, note, most=0))
    lost = [f"{one['name']} at {years:g}" for one in report["people"] for years in one["no_face"]]
    bars.append(between("portraits whose clone has no face", len(lost), "; ".join(lost), most=0))
    return bars


def _percent(value: float | None) -> float | None:
    return None if value is None else 100 * value


def tables(report: dict[str, Any], bars: list[Bar]) -> list[str]:
    """The bars, then curves, proxies and clips, as Markdown."""
    lines = ["| measure | value | bar | | where |", "|---|---|---|---|---|"]
    for bar in bars:
        value = "-" if bar.value is None else f"{bar.value:.3g}"
        verdict = {True: "met", False: "**missed**", None: "-"}[bar.passed]
        lines.append(f"| {bar.name} | {value} | {bar.bar} | {verdict} | {bar.note} |")
    for curve in CURVES:
        lines += ["", f"{curve} (own, then by target age; noise)", ""]
        ages = sorted({years for one in report["people"] for years in one["curves"]})
        lines += [
            "| | own |" + "".join(f" {years:g} |" for years in ages) + " noise |",
            "|---|---|" + "---|" * (len(ages) + 1),
        ]
        for one in report["people"]:
            cells = [_short(one["curves"].get(years, {}).get(curve)) for years in ages]
            lines.append(
                f"| {one['name']} | {_short(one['own'][curve])} | {' | '.join(cells)} | {_short(one['noise'][curve])} |"
            )
    for name, what in (
        ("seam", "new edge along the rim, L*a*b* per .1 ipd"),
        ("grain", "fine noise of the cheeks over the user's, under .6 is wax"),
        ("eyes", "sharpness of the eyes over the user's"),
    ):
        ages = sorted({years for one in report["people"] for years in one["proxies"]})
        lines += [
            "",
            f"{name}: {what}",
            "",
            "| |" + "".join(f" {years:g} |" for years in ages),
            "|---|" + "---|" * len(ages),
        ]
        for one in report["people"]:
            cells = [_short(one["proxies"].get(years, {}).get(name)) for years in ages]
            lines.append(f"| {one['name']} | {' | '.join(cells)} |")
    keys = ("flicker", "flicker_wide", "flicker_for_contrast", "user_grey_levels", "found", "of", "setup_s", "frame_ms")
    lines += ["", "| clip, age | " + " | ".join(keys) + " |", "|---|" + "---|" * len(keys)]
    for name, ages in report["clips"].items():
        lines += [
            f"| {name}, {years} | " + " | ".join(_short(one[key]) for key in keys) + " |" for years, one in ages.items()
        ]
    return lines


def _short(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"


def rounded(value: Any) -> Any:
    """Plain JSON with four significant figures."""
    if isinstance(value, dict):
        return {f"{key:g}" if isinstance(key, float) else str(key): rounded(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(each) for each in value]
    if isinstance(value, (float, np.floating)):
        return float(f"{value:.4g}") if np.isfinite(value) else None
    return int(value) if isinstance(value, np.integer) else value
