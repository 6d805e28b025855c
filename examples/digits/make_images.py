#!/usr/bin/env python3
"""Write digits.csv as small pictures, or turn such a folder into its next version.

    make_images.py data             writes data/<label>/<index>.png for every row
    make_images.py data --change    deletes, alters, adds and moves a few in place

Both give the same bytes on every machine.
"""
import argparse
import csv
import struct
import sys
import zlib
from pathlib import Path

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def write_png(path, rows):
    """Save rows of values 0...255 as an 8-bit greyscale PNG.

    The pixels are stored, not squeezed: compressors differ between machines.
    """
    size = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 0, 0, 0, 0)
    lines = b"".join(b"\0" + bytes(row) for row in rows)
    pixels = zlib.compress(lines, 0)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(
        SIGNATURE + chunk(b"IHDR", size) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


def read_png(path):
    """The rows of a picture that write_png saved."""
    data = path.read_bytes()
    if not data.startswith(SIGNATURE):
        raise ValueError(f"{path} is not a PNG")
    chunks, at = {}, len(SIGNATURE)
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + 8 + length]
        if data[at : at + 12 + length] != chunk(kind, body):
            raise ValueError(f"{path} is damaged")
        chunks[kind] = body
        at += 12 + length
    width, _ = struct.unpack_from(">II", chunks[b"IHDR"])
    lines = zlib.decompress(chunks[b"IDAT"])
    return [list(lines[i + 1 : i + 1 + width]) for i in range(0, len(lines), width + 1)]


def create(folder):
    """One picture per row of digits.csv: 64 values 0...16, then the label."""
    with open(Path(__file__).with_name("digits.csv"), newline="") as file:
        table = [[int(value) for value in row] for row in csv.reader(file)]
    for index, (*values, label) in enumerate(table):
        grey = [value * 255 // 16 for value in values]
        rows = [grey[i : i + 8] for i in range(0, 64, 8)]
        write_png(folder / str(label) / f"{index:04}.png", rows)
    return f"{len(table)} images written to {folder}"


def change(folder):
    """Every kind of change a diff can show; every 200th file gets it."""
    files = sorted(folder.glob("*/*.png"))
    deleted, altered, turned, moved = files[::200], files[50::200], files[100::200], files[150]

    for file in deleted:
        file.unlink()
    for file in altered:  # one pixel to the right
        write_png(file, [[0] + row[:-1] for row in read_png(file)])
    for index, file in enumerate(turned, 1 + max(int(file.stem) for file in files)):
        quarter = list(zip(*reversed(read_png(file))))
        write_png(file.with_name(f"{index:04}.png"), quarter)
    label = (int(moved.parent.name) + 1) % 10
    moved.rename(folder / str(label) / moved.name)

    return f"{len(deleted)} deleted, {len(altered)} altered, {len(turned)} added, 1 moved"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write digits.csv as a folder of PNG files.")
    parser.add_argument("out", type=Path, help="folder of the images")
    parser.add_argument("--change", action="store_true", help="make OUT its second version")
    options = parser.parse_args()
    if options.change != options.out.exists():
        sys.exit(f"{options.out}: {'no such folder' if options.change else 'exists already'}")
    print((change if options.change else create)(options.out))
