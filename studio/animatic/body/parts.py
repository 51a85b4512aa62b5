"""The parts that a body is cut into; vertices carry an index of these."""

from __future__ import annotations

PARTS = (
    "head", "neck", "torso",
    "left_upper_arm", "left_forearm", "left_hand", "left_thigh", "left_shin", "left_foot",
    "right_upper_arm", "right_forearm", "right_hand", "right_thigh", "right_shin", "right_foot",
)  # fmt: skip
