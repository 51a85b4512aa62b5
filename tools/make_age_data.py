"""Make ``studio/animatic/face/data`` from the measured age tables beside the checkout (``../shared/ageing``).

    python tools/make_age_data.py

Keeps what the studio reads: ages, the mean 25-year-old face, the recommended and the raw displacement table, the
layout of the ratio maps, and the four ratio maps at half size.  Everything is derived from CC0 data (see
``studio/animatic/face/data/README.md``).
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT.parent / "shared" / "ageing"
TARGET = ROOT / "studio" / "animatic" / "face" / "data"
MAP_SIDE_PX = 384
MAPS = ("female_mid", "female_old", "male_mid", "male_old")


def main() -> None:
    TARGET.mkdir(exist_ok=True)
    with np.load(SOURCE / "face_age.npz") as table:
        np.savez_compressed(
            TARGET / "face_age.npz",
            ages=table["ages"].astype(np.float32),
            base25=table["base25"].astype(np.float32),
            disp_use=table["disp_use"].astype(np.float16),
            disp_mh=table["disp_mh"].astype(np.float16),
            ratio_uv=table["ratio_uv"].astype(np.float32),
        )
    for name in MAPS:
        log_ratio = cv2.imread(str(SOURCE / f"ratio_{name}.png"), cv2.IMREAD_UNCHANGED).astype(np.float32) - 32768
        small = cv2.resize(log_ratio, (MAP_SIDE_PX, MAP_SIDE_PX), interpolation=cv2.INTER_AREA)
        # 8 bits hold +-0.5 in steps of .004, below a visible step in a multiplied picture
        byte = np.clip(np.rint(small / 65534 * 254) + 128, 0, 255).astype(np.uint8)
        cv2.imwrite(str(TARGET / f"ratio_{name}.png"), byte, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    for path in sorted(TARGET.iterdir()):
        print(f"{path.name:24} {path.stat().st_size / 1024:7.0f} KiB")


if __name__ == "__main__":
    main()
