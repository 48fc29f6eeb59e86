"""`protocol`: the kinds of binary messages."""

from enum import IntEnum


class BinaryEventTypes(IntEnum):
    """What the first four bytes of a binary message say."""

    PREVIEW_IMAGE = 1
    UNENCODED_PREVIEW_IMAGE = 2
    TEXT = 3
    PREVIEW_IMAGE_WITH_METADATA = 4
