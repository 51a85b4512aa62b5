"""The double from behind: proportions, valid patches, stable drawing, a walk that loops."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from studio.animatic.double.figure import arms_of, build_of, legs_of
from studio.animatic.double.sprite import BackPose, DoubleLook, DoubleSprite, draw_double, dress, grey_share, look_for
from studio.core.people import Light
from studio.core.settings import CloneSettings

LIGHT = Light()
LOOK = DoubleLook(
    age_years=8,
    sex=0.5,
    hair_style="short",
    hair_rgb=(110, 80, 58),
    grey=0.0,
    skin_rgb=(214, 170, 148),
    garment="tee",
    garment_rgb=(96, 138, 150),
    stripes=False,
    trousers_rgb=(70, 92, 122),
    seed=4,
)
SIZE_PX = 320.0


def drawn(look: DoubleLook = LOOK, pose: BackPose | None = None, is_cropped: bool = False) -> DoubleSprite:
    return draw_double(look, pose or BackPose(), SIZE_PX, LIGHT, is_cropped=is_cropped)


@pytest.mark.parametrize(("age", "head"), [(7, 0.155), (8, 0.150), (12, 0.140), (30, 0.128)])
def test_head_is_that_share_of_the_stature(age: float, head: float) -> None:
    assert build_of(age, 0.5).head == pytest.approx(head, abs=0.004)


def test_builds_follow_age_and_sex() -> None:
    child, woman, man, old = build_of(8, 0.5), build_of(30, 0), build_of(30, 1), build_of(78, 0)
    assert build_of(8, 0) == build_of(8, 1), "children have one build"
    assert child.shoulder_half < woman.shoulder_half < man.shoulder_half
    assert child.waist_half / child.hip_half > woman.waist_half / woman.hip_half, "a child has no waist"
    assert child.hip_y > woman.hip_y, "a child's legs are shorter"
    assert child.neck_half / child.head_half < woman.neck_half / woman.head_half
    assert old.crown_y > woman.crown_y and old.arm_radius < woman.arm_radius, "stooped and thin"
    assert (woman.c7_y - woman.head) < 0.04, "the neck shows little"


@pytest.mark.parametrize("kind", ["walk", "reach", "embrace"])
def test_bones_keep_their_length(kind: str) -> None:
    build = build_of(30, 0)
    for phase in (0.0, 0.3, 0.7):
        arms = arms_of(build, BackPose(kind, phase))  # type: ignore[arg-type]
        legs, _ = legs_of(build, BackPose(kind, phase))  # type: ignore[arg-type]
        for side in ("left", "right"):
            assert np.linalg.norm(arms[f"{side}_elbow"] - arms[f"{side}_shoulder"]) == pytest.approx(
                build.upper_arm, rel=0.12
            )
            assert np.linalg.norm(legs[f"{side}_knee"] - legs[f"{side}_hip"]) == pytest.approx(
                build.knee_y - build.hip_y, rel=0.10
            )


@pytest.mark.parametrize("kind", ["walk", "reach", "embrace"])
@pytest.mark.parametrize("garment", ["tee", "jumper", "cardigan", "shirt"])
def test_patches_are_premultiplied_and_hold_the_anchors(kind: str, garment: str) -> None:
    pose = BackPose(kind, 0.2, lean_deg=5, head_tilt_deg=-4)  # type: ignore[arg-type]
    sprite = drawn(replace(LOOK, garment=garment, stripes=garment == "tee"), pose)  # type: ignore[arg-type]
    for patch in (sprite.patch, sprite.behind):
        assert patch.dtype == np.uint8 and patch.shape == sprite.patch.shape
        assert (patch[..., :3] <= patch[..., 3:]).all()
    height, width = sprite.patch.shape[:2]
    assert set(sprite.anchors) == {
        *("head_top", "neck", "hip", "ground"),
        *(f"{side}_{joint}" for side in ("left", "right") for joint in ("shoulder", "elbow", "hand")),
    }
    for name, (x, y) in sprite.anchors.items():
        assert 0 <= x < width and 0 <= y < height, name
    assert sprite.patch[..., 3].max() == 255
    assert sprite.behind.any() == (kind == "embrace")
    for edge in (sprite.patch[0], sprite.patch[:, 0], sprite.patch[:, -1]):
        assert edge[..., 3].max() <= 8, "nothing is cut off by the sprite's edge"


@pytest.mark.parametrize("style", ["short", "bob", "long", "tied", "curly", "thin", "bald"])
def test_every_hair_style_covers_its_part_of_the_head(style: str) -> None:
    kit = dress(replace(LOOK, hair_style=style, hair_rgb=(40, 30, 24)), 700.0, LIGHT)  # type: ignore[arg-type]
    assert np.isfinite(kit.hair).all() and np.isfinite(kit.skin).all()
    head = kit.build.head * 700
    x, y = kit.crown_px
    middle = kit.hair[int(y + 0.45 * head), int(x), 3]
    crown = kit.hair[int(y + 0.15 * head), int(x), 3]
    back = kit.hair[int(y + 1.25 * head), int(x - 0.15 * head) : int(x + 0.15 * head), 3].mean()
    if style not in ("thin", "bald"):
        assert middle > 200 and crown > 200
    else:
        assert crown < 120
    assert (back > 120) == (style == "long")


def test_grey_hair_is_lighter() -> None:
    def tone(grey: float) -> float:
        hair = dress(replace(LOOK, grey=grey), 500.0, LIGHT).hair
        return float(hair[..., :3].sum() / hair[..., 3].sum())

    assert tone(0.0) + 0.3 < tone(0.5) < tone(1.0) - 0.1


def test_the_same_seed_draws_the_same_and_another_does_not() -> None:
    first, again, other = drawn(), drawn(), drawn(replace(LOOK, seed=5))
    assert np.array_equal(first.patch, again.patch)
    assert not np.array_equal(first.patch, other.patch)


def test_a_wardrobe_changes_nothing() -> None:
    kit = dress(LOOK, SIZE_PX, LIGHT)
    assert np.array_equal(draw_double(LOOK, BackPose(), SIZE_PX, LIGHT, wardrobe=kit).patch, drawn().patch)


def test_silhouettes_grow_from_child_to_adult() -> None:
    def shoulders(age: float) -> float:
        """Width of the drawn shoulders against the head's height."""
        sprite = drawn(replace(LOOK, age_years=age, sex=0.5))
        row = round(sprite.anchors["left_shoulder"][1])
        return float((sprite.patch[row, :, 3] > 127).sum() / sprite.head_height_px)

    widths = [shoulders(age) for age in (6, 9, 13, 30)]
    assert widths == sorted(widths)
    assert 1.9 < widths[-1] < 2.5
    assert widths[0] < 0.85 * widths[-1]


def test_the_walk_moves_and_loops() -> None:
    kit = dress(LOOK, SIZE_PX, LIGHT)
    frames = [draw_double(LOOK, BackPose("walk", p), SIZE_PX, LIGHT, wardrobe=kit) for p in (0.0, 0.25, 0.5, 1.0)]
    low = [f.patch[f.patch.shape[0] * 3 // 5 :, :, 3] for f in frames]
    assert np.array_equal(frames[0].patch, frames[3].patch)
    rows = min(len(p) for p in low)
    columns = min(p.shape[1] for p in low)
    first, quarter, half = (p[-rows:, (p.shape[1] - columns) // 2 :][:, :columns].astype(int) for p in low[:3])
    assert np.abs(first - quarter).mean() > 4
    mirrored = np.abs(first - half[:, ::-1]).mean()
    assert mirrored < np.abs(first - quarter).mean(), "half a stride later the other foot is in front"


def test_light_from_the_left_lights_the_left() -> None:
    def left_share(x: float) -> float:
        light = Light((x, -0.3, 0.6), contrast=0.8)
        patch = draw_double(LOOK, BackPose(), SIZE_PX, light).patch[..., :3].astype(float).sum(2)
        middle = patch.shape[1] // 2
        return patch[:, :middle].sum() / patch.sum()

    assert left_share(-0.8) > left_share(0.8) + 0.03


def test_cropping_leaves_the_legs_out() -> None:
    whole, part = drawn(), drawn(is_cropped=True)
    assert part.patch.shape[0] < 0.75 * whole.patch.shape[0]
    assert np.array_equal(part.anchors["neck"], whole.anchors["neck"])


def test_look_for_keeps_the_own_style_and_ages_it() -> None:
    rng = np.random.default_rng(0)

    def look(age: float, own: str = "long", **changes: object) -> DoubleLook:
        clone = CloneSettings(age_years=age, my_age_years=30, **changes)  # type: ignore[arg-type]
        return look_for(clone, (90, 66, 48), (214, 170, 148), (170, 60, 50), (70, 90, 120), rng, own)  # type: ignore[arg-type]

    child, old = look(8), look(75)
    assert child.hair_style == "long" and child.grey == 0
    assert old.hair_style == "long" and 0.85 < old.grey <= 1
    assert look(75, "short", sex="male").hair_style == "thin"
    assert look(8, "bald").hair_style == "short"
    assert look(8, hair="tied").hair_style == "tied"
    for one in (child, old):
        assert np.abs(np.subtract(one.garment_rgb, (170, 60, 50))).max() > 50
    assert look(8, garment_rgb=(1, 2, 3)).garment_rgb == (1, 2, 3)


def test_grey_share_grows_with_age() -> None:
    shares = [grey_share(age) for age in (20, 35, 45, 55, 65, 75)]
    assert shares == pytest.approx([0, 0.05, 0.20, 0.45, 0.75, 0.95])


@pytest.mark.parametrize("skin", [(213, 192, 173), (224, 180, 150), (150, 105, 80), (80, 52, 40)])
def test_an_old_selfs_cardigan_is_not_the_colour_of_skin(skin) -> None:
    for user in ((190, 50, 40), (20, 20, 25), (60, 120, 90), (150, 150, 155)):
        look = look_for(
            CloneSettings(age_years=75, garment="cardigan"),
            (80, 60, 50),
            skin,
            user,
            (60, 70, 90),
            np.random.default_rng(2),
        )
        cloth = np.array(look.garment_rgb, float)
        assert np.abs(cloth / cloth.sum() - np.array(skin, float) / sum(skin)).max() > 0.045
