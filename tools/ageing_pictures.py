"""The pictures and the table of docs/ageing.md, of synthetic people only.

    python tools/ageing_pictures.py [--people ../shared/actor/ages] [--out docs/images] [--table]

Needs the rendered portraits beside the checkout.  ``--table`` prints the table of the age model instead.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from PIL import Image

from studio.animatic import age
from studio.core.run import Run
from studio.director.ageing import AgeRequest, re_age

ROOT = Path(__file__).resolve().parents[1]
PEOPLE = (("woman", "a_adult_portrait.png", 25.0, "female"), ("man", "b_adult_portrait.png", 30.0, "male"))
YEARS = (6.0, 18.0, 45.0, 60.0, 80.0)
WIDTH_PX, QUALITY = 1400, 84

COLUMNS = (5, 8, 12, 16, 25, 50, 65, 80)
CURVES = (
    ("stature, female", lambda years: age.stature_ratio(years, 0.0), 2, "CDC 2000; loss after 50 commonly stated"),
    ("stature, male", lambda years: age.stature_ratio(years, 1.0), 2, "the same"),
    ("head, share of stature", age.head_share, 3, "US Navy drafting manual"),
    ("head, length", age.head_ratio, 2, "crash dummies of 3 and 6 years; Baughan & Demirjian 1978"),
    ("sitting height, share", age.sitting_share, 3, "crash dummies"),
    ("shoulders, female", lambda years: age.shoulder_ratio(years, 0.0), 2, "MakeHuman's age targets"),
    ("shoulders, male", lambda years: age.shoulder_ratio(years, 1.0), 2, "the same"),
    ("neck, width", age.neck_ratio, 2, "MakeHuman, thinner in a child by eye"),
    ("grey hair, share", age.grey_share, 2, "Keogh & Walsh 1965, Panhard et al. 2012"),
    ("hair, density", age.hair_density_ratio, 2, "trichogram studies, from memory"),
    ("stoop, degrees", age.stoop_deg, 1, "kyphosis 41 to 60 degrees over life"),
    ("fine lines", age.fine_lines, 2, "Albert et al. 2007"),
    ("folds", age.folds, 2, "Albert et al. 2007"),
    ("sagging", age.sagging, 2, "Windhager et al. 2019"),
    ("pigment", age.pigment, 2, "seldom before 40, common after 60"),
    ("childhood of skin and hair", age.childhood, 2, "a choice"),
)


def table() -> list[str]:
    """The rows of the page's table."""
    rows = []
    for name, curve, digits, source in CURVES:
        cells = [f"{curve(years):.{digits}f}" for years in COLUMNS]
        rows.append(f"| {name} | {' | '.join(cells)} | {source} |")
    return rows


def draw(people: Path, out: Path) -> None:
    """Write one strip a person."""
    for name, file, now, sex in PEOPLE:
        with tempfile.TemporaryDirectory() as folder:
            strip = Path(folder) / "strip.png"
            request = AgeRequest(people / file, strip, YEARS, strip=True, my_age_years=now, sex=sex, consent=True)  # type: ignore[arg-type]
            re_age(request, Run(Path(folder)))
            with Image.open(strip) as picture:
                height = round(picture.height * WIDTH_PX / picture.width)
                small = picture.resize((WIDTH_PX, height), Image.Resampling.LANCZOS)
            small.save(out / f"ageing-{name}.jpg", quality=QUALITY, optimize=True)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--people", type=Path, default=ROOT.parent / "shared" / "actor" / "ages")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images")
    parser.add_argument("--table", action="store_true")
    options = parser.parse_args()
    if options.table:
        print("\n".join(table()))
    else:
        draw(options.people, options.out)


if __name__ == "__main__":
    main()
