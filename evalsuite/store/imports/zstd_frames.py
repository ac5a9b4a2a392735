"""Whether a file that Zstandard packed is whole: DuckDB, which unpacks it, takes half of one for all of it."""

from pathlib import Path
from typing import IO

__all__ = ["is_whole"]

MAGIC = b"\x28\xb5\x2f\xfd"
SKIPPABLE = b"\x2a\x4d\x18"
"""The last three bytes of the number that begins a frame without content; its first byte is 0x50 to 0x5f."""
SIZE_BYTES = (0, 2, 4, 8)
DICTIONARY_BYTES = (0, 1, 2, 4)


def is_whole(path: Path) -> bool:
    """Return whether all frames end before the file does (RFC 8878, 3.1), by the lengths that they state."""
    size = path.stat().st_size
    with path.open("rb") as file:
        while file.tell() < size:
            if not _skip_frame(file) or file.tell() > size:
                return False
    return size > 0


def _skip_frame(file: IO[bytes]) -> bool:
    magic = file.read(4)
    if magic[1:] == SKIPPABLE and 0x50 <= magic[0] <= 0x5F:
        file.seek(int.from_bytes(file.read(4), "little"), 1)
        return True
    descriptor = file.read(1)
    if magic != MAGIC or not descriptor:
        return False
    flags = descriptor[0]
    is_single = bool(flags & 0x20)
    header = (not is_single) + DICTIONARY_BYTES[flags & 3] + (SIZE_BYTES[flags >> 6] or is_single)
    file.seek(header, 1)
    while True:
        block = file.read(3)
        if len(block) < 3:
            return False
        number = int.from_bytes(block, "little")
        # A block of one repeated byte (type 1) holds that byte alone.
        file.seek(1 if number >> 1 & 3 == 1 else number >> 3, 1)
        if number & 1:
            file.seek(4 if flags & 4 else 0, 1)
            return True
