"""The age model against the tables it claims to follow."""

from __future__ import annotations

import numpy as np
import pytest

from studio.animatic import age
from studio.animatic.face.table import displacement, layout_uv, mean_face, ratio_map

CDC_CM = {
    1.0: {3: 95.3, 5: 109.2, 7: 122.0, 9: 133.7, 12: 149.3, 16: 173.6, 20: 176.85},
    0.0: {3: 94.2, 5: 108.0, 7: 121.8, 9: 133.1, 12: 151.5, 16: 162.6, 20: 163.34},
}


@pytest.mark.parametrize("sex", [0.0, 1.0])
def test_stature_follows_the_cdc_table(sex):
    adult = CDC_CM[sex][20]
    for years, height in CDC_CM[sex].items():
        assert age.stature_ratio(years, sex) == pytest.approx(height / adult, rel=0.005)


def test_stature_between_table_rows_is_near_the_published_half_years():
    # CDC 2000, 50th percentile at 102.5 months (8.5 years): boys 130.9 cm, girls 130.5 cm, within the asked 5 %
    assert age.stature_ratio(8.5, 1) == pytest.approx(130.9 / 176.85, rel=0.05)
    assert age.stature_ratio(8.5, 0) == pytest.approx(130.5 / 163.34, rel=0.05)


YOUNG = np.linspace(3, 20, 60)
OLD = np.linspace(50, 90, 60)


@pytest.mark.parametrize(
    ("curve", "years", "sign"),
    [
        (age.stature_ratio, YOUNG, 1),
        (age.shoulder_ratio, YOUNG, 1),
        (age.head_ratio, YOUNG, 1),
        (age.neck_ratio, YOUNG, 1),
        (age.limb_ratio, YOUNG, 1),
        (age.head_share, YOUNG, -1),
        (age.childhood, YOUNG, -1),
        (age.stature_ratio, OLD, -1),
        (age.grey_share, OLD, 1),
        (age.stoop_deg, OLD, 1),
        (age.wear, OLD, 1),
    ],
)
def test_curves_only_go_one_way(curve, years, sign):
    assert (sign * np.diff([curve(y) for y in years]) >= -1e-9).all()


def test_ages_outside_the_table_are_held_at_its_ends():
    assert age.stature_ratio(1) == age.stature_ratio(3)
    assert age.grey_share(200) == age.grey_share(90) == 1
    assert age.grey_share(5) == 0


def test_hair_goes_grey_as_published():
    assert [age.grey_share(y) for y in (20, 35, 45, 55, 65, 75)] == pytest.approx([0, 0.05, 0.20, 0.45, 0.75, 0.95])


def test_sexes_mix():
    middle = age.stature_ratio(7, 0.5)
    assert middle == pytest.approx((age.stature_ratio(7, 0) + age.stature_ratio(7, 1)) / 2)


def test_face_table_is_symmetric_in_age_and_shortens_a_childs_face():
    there, back = displacement(30, 8, 0.5), displacement(8, 30, 0.5)
    np.testing.assert_allclose(there, -back, atol=1e-6)
    assert there.shape == (478, 3)
    assert there[152, 1] > 0.15, "the chin rises"
    assert displacement(30, 75, 0.5)[1, 1] < -0.04, "an old nose drops"
    np.testing.assert_array_equal(displacement(40, 40, 0.5), 0)


def test_data_is_complete_and_small(root):
    folder = root / "studio" / "animatic" / "face" / "data"
    assert (folder / "face_age.npz").stat().st_size < 1_000_000
    for name in ("female_mid", "female_old", "male_mid", "male_old"):
        assert (folder / f"ratio_{name}.png").stat().st_size < 400_000
        bands = ratio_map(name)
        assert bands.shape == (384, 384, 4)
        assert abs(np.median(bands)) < 0.01, "skin stays as light as it was"
        assert bands.min() < -0.1
    assert mean_face(0.3).shape == (478, 3)
    assert layout_uv().min() > 0
    assert layout_uv().max() < 1
