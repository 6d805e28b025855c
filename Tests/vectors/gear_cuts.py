"""Prints where chunker `gear64v1` cuts a seeded stream of bytes: one chunk length a line.

    python3 gear_cuts.py SEED BYTES MINIMUM MEAN MAXIMUM

Written from the definition of the chunker, not from the Swift code: a second opinion on the format.
Standard library only.
"""
import hashlib
import sys

MASK = (1 << 64) - 1
TABLE = [
    int.from_bytes(hashlib.sha256(b"reprostore-gear-v1" + bytes([byte])).digest()[:8], "big")
    for byte in range(256)
]


def stream(seed, count):
    """SplitMix64 (Steele, Lea, Flood, 2014), each number as 8 little-endian bytes."""
    out = bytearray()
    while len(out) < count:
        seed = (seed + 0x9E3779B97F4A7C15) & MASK
        word = ((seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & MASK
        out += (word ^ (word >> 31)).to_bytes(8, "little")
    return bytes(out[:count])


def lengths(data, minimum, mean, maximum):
    threshold = (1 << 64) // (mean - minimum)
    start = 0
    while start < len(data):
        value = 0
        end = min(start + maximum, len(data))
        for index in range(start + max(0, minimum - 64), end):
            value = ((value << 1) + TABLE[data[index]]) & MASK
            if index - start + 1 >= minimum and value < threshold:
                end = index + 1
                break
        yield end - start
        start = end


if __name__ == "__main__":
    seed, count, minimum, mean, maximum = map(int, sys.argv[1:])
    for length in lengths(stream(seed, count), minimum, mean, maximum):
        print(length)
