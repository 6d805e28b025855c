"""Writes the made-up data of the chunking comparison into a directory: v1 and v2 of a checkpoint
(safetensors, and a zip as torch.save writes it) and of a CSV file.

    python3 make_data.py DIRECTORY [MEGABYTES]

Prints how many bytes of each v2 are truly new. Standard library only; with numpy the weights are
normally distributed float32, without it random bytes. The seeds are fixed.
"""
import json
import os
import random
import struct
import sys
import zipfile

try:
    import numpy
except ImportError:
    numpy = None


def weights(seed, count):
    """`count` float32 values as bytes."""
    if numpy is None:
        return random.Random(seed).randbytes(4 * count)
    values = numpy.random.default_rng(seed).normal(0, 0.02, count)
    return values.astype(numpy.float32).tobytes()


def shapes(megabytes):
    """Names and lengths of a small transformer's tensors, about `megabytes` MB of float32."""
    width, vocabulary = 768, 8000
    yield "embed.weight", vocabulary * width
    layer = [("norm1.weight", width), ("norm1.bias", width), ("norm2.weight", width)]
    layer += [(f"attention.{part}.weight", width * width) for part in "qkvo"]
    layer += [(f"attention.{part}.bias", width) for part in "qkvo"]
    layer += [("mlp.up.weight", 4 * width * width), ("mlp.up.bias", 4 * width)]
    layer += [("mlp.down.weight", 4 * width * width), ("mlp.down.bias", width)]
    layer_bytes = 4 * sum(count for _, count in layer)
    layers = max(1, (megabytes * 1_000_000 - 4 * vocabulary * width) // layer_bytes)
    for index in range(layers):
        for name, count in layer:
            yield f"layers.{index}.{name}", count


def versions(megabytes):
    """v1 and v2 of the tensors: in v2 a tenth of them has other values."""
    names = list(shapes(megabytes))
    old = [(name, weights(seed, count)) for seed, (name, count) in enumerate(names)]
    fresh = set(random.Random(3).sample(range(len(old)), len(old) // 10))
    new, changed = [], 0
    for index, (name, data) in enumerate(old):
        if index in fresh:
            data = weights(1_000_000 + index, len(data) // 4)
            changed += len(data)
        new.append((name, data))
    return old, new, changed


def write_safetensors(path, tensors, metadata):
    header, at = {"__metadata__": metadata}, 0
    for name, data in tensors:
        offsets = [at, at + len(data)]
        header[name] = {"dtype": "F32", "shape": [len(data) // 4], "data_offsets": offsets}
        at += len(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _, data in tensors:
            file.write(data)


def write_torch_zip(path, tensors, pickle):
    """Stored members whose data begin at multiples of 64 bytes by way of an extra field. Its dates
    are the same in all files, as in those of torch.save."""
    with open(path, "wb") as file, zipfile.ZipFile(file, "w") as archive:
        members = [("data.pkl", pickle), ("byteorder", b"little")]
        members += [(f"data/{index}", data) for index, (_, data) in enumerate(tensors)]
        for name, data in members + [("version", b"3\n")]:
            info = zipfile.ZipInfo("checkpoint/" + name, (1980, 1, 1, 0, 0, 0))
            padding = -(file.tell() + 30 + len(info.filename) + 4) % 64
            info.extra = b"FB" + struct.pack("<H", padding) + b"Z" * padding
            archive.writestr(info, data)


def row(random, number):
    values = ",".join(f"{random.gauss(0, 1):.6f}" for _ in range(8))
    return f"{number},2024-05-{random.randrange(1, 31):02},{random.choice(LABELS)},{values}\n"


LABELS = ["car", "bus", "tram", "bicycle", "pedestrian", "truck", "unknown"]


def write_csv(directory, megabytes):
    """v2: 1 % of the rows inserted in blocks at 20 places, 2 % appended."""
    generator = random.Random(7)
    rows = [row(generator, number) for number in range(megabytes * 1_000_000 // 97)]
    with open(os.path.join(directory, "table-v1.csv"), "w") as file:
        file.writelines(rows)
    places = sorted(generator.sample(range(len(rows)), 20))
    block = len(rows) // 100 // 20
    inserted = 0
    with open(os.path.join(directory, "table-v2.csv"), "w") as file:
        start = 0
        for place in places + [len(rows)]:
            file.writelines(rows[start:place])
            start = place
            count = block if place < len(rows) else len(rows) // 50
            new = [row(generator, 10_000_000 + number) for number in range(count)]
            inserted += sum(map(len, new))
            file.writelines(new)
    return inserted


def main(directory, megabytes=300):
    os.makedirs(directory, exist_ok=True)
    old, new, changed = versions(megabytes)
    note = {"format": "pt", "step": "1000"}
    grown = {"format": "pt", "step": "2000", "history": "epoch 2 of 3, " * 400}
    write_safetensors(os.path.join(directory, "model-v1.safetensors"), old, note)
    write_safetensors(os.path.join(directory, "model-v2.safetensors"), new, grown)
    pickle = random.Random(1).randbytes(40_000)
    write_torch_zip(os.path.join(directory, "model-v1.pt"), old, pickle)
    write_torch_zip(os.path.join(directory, "model-v2.pt"), new, pickle + b"more" * 1_000)
    print(f"checkpoints: {changed / 2**20:.2f} MiB of tensors are new, numpy: {numpy is not None}")
    print(f"table: {write_csv(directory, megabytes // 2) / 2**20:.2f} MiB of rows are new")


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
