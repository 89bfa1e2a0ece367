"""Groups of MediaPipe landmarks that expressions move or leave in place.

Sided groups are the subject's right (x < 0, left in the picture).
"""

from __future__ import annotations

# Rows of the lips from the red line to the inner edge, each from the corner to the middle.
UPPER_LIP = (
    (61, 185, 40, 39, 37, 0), (76, 184, 74, 73, 72, 11),
    (62, 183, 42, 41, 38, 12), (78, 191, 80, 81, 82, 13),
)  # fmt: skip
LOWER_LIP = (
    (61, 146, 91, 181, 84, 17), (76, 77, 90, 180, 85, 16),
    (62, 96, 89, 179, 86, 15), (78, 95, 88, 178, 87, 14),
)  # fmt: skip
LIPS = tuple(sorted({i for row in UPPER_LIP + LOWER_LIP for i in row}))

# Eyelid edges, outer to inner corner; then the ring of skin around, and the next one.
UPPER_LID = (246, 161, 160, 159, 158, 157, 173)
LOWER_LID = (7, 163, 144, 145, 153, 154, 155)
EYE_CORNERS = (33, 133)
UPPER_LID_FOLD = (247, 30, 29, 27, 28, 56, 190)
LOWER_LID_FOLD = (25, 110, 24, 23, 22, 26, 112)
FOLD_CORNERS = (130, 243)
EYE = UPPER_LID + LOWER_LID + EYE_CORNERS + UPPER_LID_FOLD + LOWER_LID_FOLD + FOLD_CORNERS
UNDER_BROW = (113, 225, 224, 223, 222, 221, 189)
UNDER_EYE = (31, 228, 229, 230, 231, 232, 233)
IRIS = (468, 469, 470, 471, 472)

NOSE_RIDGE = (168, 6, 197, 195, 5, 4, 1, 19, 94)

OUTLINE = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
BROW = (46, 53, 52, 65, 55, 70, 63, 105, 66, 107)

# What stays in place while the mouth, or the upper face, moves.
STILL_FOR_MOUTH = OUTLINE + EYE + UNDER_BROW + BROW + NOSE_RIDGE[:6] + (8, 9, 151)
STILL_FOR_BROWS = OUTLINE + LOWER_LID + LOWER_LID_FOLD + EYE_CORNERS + UNDER_EYE + (
    6, 197, 195, 5, 4, 50, 101, 118, 117, 116, 205,
)  # fmt: skip
