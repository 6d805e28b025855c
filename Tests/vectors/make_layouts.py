"""Writes small safetensors files and zip containers into a directory, for the layout tests.

    python3 make_layouts.py DIRECTORY

Each file NAME gets a NAME.parts that lists, one `start end` a line, the bytes of its tensors or
stored members as this script knows them. Standard library only: zipfile is the real writer.
"""
import io
import json
import os
import random
import struct
import sys
import zipfile

RANDOM = random.Random(12)
DATE = (2024, 1, 2, 3, 4, 6)


def member(name, method=zipfile.ZIP_STORED, extra=b""):
    info = zipfile.ZipInfo(name, DATE)
    info.compress_type = method
    info.extra = extra
    return info


class Pipe(io.RawIOBase):
    """A file that cannot seek, so that zipfile writes data descriptors."""

    def __init__(self, file):
        self.file = file

    def writable(self):
        return True

    def write(self, data):
        return self.file.write(data)


def stored_parts(data):
    """The data of each stored member, from the local headers."""
    for info in zipfile.ZipFile(io.BytesIO(data)).infolist():
        at = info.header_offset
        name, extra = struct.unpack_from("<HH", data, at + 26)
        start = at + 30 + name + extra
        if info.compress_type == zipfile.ZIP_STORED:
            yield start, start + info.compress_size


def zip_of(members, comment=b"", pipe=False, zip64=False):
    """`zip64` adds the wide fields to local headers, as numpy.savez does for any size."""
    out = io.BytesIO()
    with zipfile.ZipFile(Pipe(out) if pipe else out, "w") as archive:
        for info, data in members:
            with archive.open(info, "w", force_zip64=zip64) as file:
                file.write(data)
        archive.comment = comment
    return out.getvalue()


def torch_like(tensors):
    """As torch.save lays a checkpoint out: stored members, each padded by an extra field so that
    its bytes begin at a multiple of 64, and zip64 end records."""
    out = io.BytesIO()
    keep = zipfile.ZIP64_LIMIT
    with zipfile.ZipFile(out, "w") as archive:
        names = ["data.pkl", "byteorder"] + [f"data/{i}" for i in range(len(tensors))] + ["version"]
        contents = [RANDOM.randbytes(700), b"little"] + tensors + [b"3\n"]
        for name, data in zip(names, contents):
            info = member("archive/" + name)
            start = out.tell() + 30 + len(info.filename) + 4
            padding = -start % 64
            info.extra = b"FB" + struct.pack("<H", padding) + b"Z" * padding
            archive.writestr(info, data)
        zipfile.ZIP64_LIMIT = 20
    zipfile.ZIP64_LIMIT = keep
    return out.getvalue()


def zip64_of(members):
    """Wide fields everywhere, by telling zipfile that 20 bytes are too many for the others."""
    keep = zipfile.ZIP64_LIMIT
    zipfile.ZIP64_LIMIT = 20
    data = zip_of(members, zip64=True)
    zipfile.ZIP64_LIMIT = keep
    return data


def safetensors(tensors, metadata=None, order=None, padding=0):
    header, at = {}, 0
    if metadata:
        header["__metadata__"] = metadata
    for name, data in tensors:
        header[name] = {"dtype": "U8", "shape": [len(data)], "data_offsets": [at, at + len(data)]}
        at += len(data)
    if order:
        header = {name: header[name] for name in order}
    text = json.dumps(header, ensure_ascii=False).encode() + b" " * padding
    data = struct.pack("<Q", len(text)) + text + b"".join(data for _, data in tensors)
    base = 8 + len(text)
    spans = [v["data_offsets"] for k, v in header.items() if k != "__metadata__"]
    return data, [(base + begin, base + end) for begin, end in sorted(spans)]


def main(directory):
    def put(name, data, parts=None):
        with open(os.path.join(directory, name), "wb") as file:
            file.write(data)
        with open(os.path.join(directory, name + ".parts"), "w") as file:
            for start, end in stored_parts(data) if parts is None else parts:
                file.write(f"{start} {end}\n")

    big = [RANDOM.randbytes(n) for n in (200_000, 1_600_000, 65_536)]
    small = RANDOM.randbytes(900)
    stored = [(member(f"m{i}"), data) for i, data in enumerate(big)]
    deflated = (member("text", zipfile.ZIP_DEFLATED), b"words " * 9_000)
    put("stored.zip", zip_of(stored))
    put("mixed.zip", zip_of([deflated] + stored + [(member("s"), small)]))
    put("deflated.zip", zip_of([deflated]))
    put("mostly-deflated.zip", zip_of([(member("d", zipfile.ZIP_DEFLATED), big[1])] + stored[:1]))
    # zipfile itself takes the comment for the end, so the parts come from the archive without it.
    comment = b"PK\x05\x06" + b"not the end " * 4_000
    put("comment.zip", zip_of(stored, comment=comment), stored_parts(zip_of(stored)))
    put("descriptor.zip", zip_of(stored, pipe=True))
    put("zip64.zip", zip64_of(stored))
    put("arrays.npz", zip_of([(member(f"a{i}.npy"), b) for i, b in enumerate(big)], zip64=True))
    put("model.pt", torch_like(big + [small, b""]))
    put("prefix.zip", b"#!/bin/sh\n" + zip_of(stored))
    put("empty.zip", zip_of([]))

    odd = "bé\"\\"
    named = [("w", big[0]), ("bias", small), (odd, big[1]), ("scalar", b""), ("z", big[2])]
    put("plain.safetensors", *safetensors(named))
    put("meta.safetensors", *safetensors(named, metadata={"format": "pt", "note": "{[\\\" "}))
    put("order.safetensors", *safetensors(named, order=["z", "scalar", "bias", "w", odd]))
    put("padded.safetensors", *safetensors(named, padding=77))
    put("small.safetensors", *safetensors([(f"t{i}", RANDOM.randbytes(3_000)) for i in range(200)]))

    # A few hundred bytes each, for tests that damage every one of them.
    tiny = [RANDOM.randbytes(n) for n in (24, 21)]
    members = [(member(f"m{i}"), data) for i, data in enumerate(tiny)]
    put("tiny.zip", zip_of(members, comment=b"hi"))
    put("tiny-descriptor.zip", zip_of(members, pipe=True))
    put("tiny64.zip", zip64_of(members))
    put("tiny.safetensors", *safetensors(
        [("a", tiny[0]), ("b", tiny[1])], metadata={"k": "v"}, padding=3))


if __name__ == "__main__":
    main(sys.argv[1])
