#!/usr/bin/env python3
"""Train a small network on a folder of digits and write a run folder.

    train.py data runs/first --seed 42

The run folder has the layout of Orobix Quadra. The same data, seed and Python
give the same bytes, but for the times in main.log and the folder's own name.
"""
import argparse
import csv
import hashlib
import json
import logging
import math
import pickle
import re
import struct
import sys
from operator import mul
from pathlib import Path
from random import Random

from make_images import read_png

log = logging.getLogger("digits.train")


# Data


def listing(folder, seed, val_share):
    """All images, each dealt to a split by its index: others may come and go."""
    return [
        {
            "path": file.relative_to(folder).as_posix(),
            "label": file.parent.name,
            "split": "val" if Random(f"{seed} split {file.stem}").random() < val_share else "train",
            "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        }
        for file in sorted(folder.glob("*/*.png"))
    ]


def pixels(folder, items):
    return [[v / 255 for row in read_png(folder / item["path"]) for v in row] for item in items]


def normalised(images, mean, std):
    """Centred images with a 1 at the end, the input of the bias."""
    return [[(value - mean) / std for value in image] + [1.0] for image in images]


# Model: 64 pixels -> hidden ReLU layer -> softmax. The last columns are biases.


def times(a, b):
    """Matrix product of a and the transpose of b."""
    return [[sum(map(mul, row, column)) for column in b] for row in a]


def transpose(matrix):
    return list(zip(*matrix))


def softmax(scores):
    top = max(scores)
    powers = [math.exp(score - top) for score in scores]
    total = sum(powers)
    return [power / total for power in powers]


def initial(seed, inputs, hidden, classes):
    random = Random(f"{seed} init")

    def layer(rows, columns):
        spread = math.sqrt(2 / columns)
        return [[random.gauss(0, spread) for _ in range(columns)] + [0.0] for _ in range(rows)]

    return {"hidden.weight": layer(hidden, inputs), "output.weight": layer(classes, hidden)}


def forward(model, images):
    """The hidden units and the chance of each class, for every image."""
    sums = times(images, model["hidden.weight"])
    hidden = [[max(0.0, value) for value in row] + [1.0] for row in sums]
    return hidden, [softmax(row) for row in times(hidden, model["output.weight"])]


def backward(model, images, labels, hidden, chances):
    """The gradient of the mean loss."""
    error = [
        [(chance - (i == label)) / len(labels) for i, chance in enumerate(row)]
        for row, label in zip(chances, labels)
    ]
    blame = [
        [value * (unit > 0) for value, unit in zip(values, units[:-1])]
        for values, units in zip(times(error, transpose(model["output.weight"])), hidden)
    ]
    return {
        "hidden.weight": times(transpose(blame), transpose(images)),
        "output.weight": times(transpose(error), transpose(hidden)),
    }


def descend(model, momentum, gradient, lr, decay):
    """One step of gradient descent with momentum, in place."""
    for name, matrix in gradient.items():
        for weights, speeds, slopes in zip(model[name], momentum[name], matrix):
            speeds[:] = [decay * speed - lr * slope for speed, slope in zip(speeds, slopes)]
            weights[:] = map(sum, zip(weights, speeds))


def score(chances, labels):
    """Mean loss and accuracy."""
    loss = -sum(math.log(max(row[label], 1e-12)) for row, label in zip(chances, labels))
    right = sum(row[label] == max(row) for row, label in zip(chances, labels))
    return loss / len(labels), right / len(labels)


# Files


def save_tensors(path, tensors, step):
    """A safetensors file: header length, JSON header padded to 8 bytes, F32 data."""
    header, data = {"__metadata__": {"step": str(step)}}, b""
    for name, rows in sorted(tensors.items()):
        values = [value for row in rows for value in row]
        start, data = len(data), data + struct.pack(f"<{len(values)}f", *values)
        shape = [len(rows), len(rows[0])]
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [start, len(data)]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def save_checkpoint(path, model, momentum, step):
    moving = {f"momentum.{name}": matrix for name, matrix in momentum.items()}
    save_tensors(path, {**model, **moving}, step)


def yaml(value, indent=""):
    """The lines of plain dicts, lists and scalars as YAML."""
    if isinstance(value, list):
        return [f"{indent}- {scalar(item)}" for item in value]
    lines = []
    for key, item in value.items():
        if isinstance(item, (dict, list)) and item:
            lines.append(f"{indent}{key}:")
            lines += yaml(item, indent + "  " * isinstance(item, dict))
        else:
            lines.append(f"{indent}{key}: {scalar(item)}")
    return lines


def scalar(value):
    """Plain where YAML reads it back as the same text, else JSON, which is YAML too."""
    words = ("y", "n", "yes", "no", "on", "off", "true", "false", "null")
    plain = isinstance(value, str) and re.fullmatch(r"[A-Za-z$/][\w./=${}-]*", value)
    return value if plain and value.lower() not in words else json.dumps(value, ensure_ascii=False)


def tree(config):
    """The sections of a config as branches."""
    lines = ["CONFIG"]
    for name, section in config.items():
        last = name == list(config)[-1]
        lines.append(f"{'└' if last else '├'}── {name}")
        for number, line in enumerate(yaml(section)):
            lines.append(f"{' ' if last else '│'}   {'    ' if number else '└── '}{line}")
    return lines


def resolved(config):
    """The config with every ${section.key} replaced by what it names."""

    def look_up(value):
        found = re.fullmatch(r"\$\{(\w+)\.(\w+)\}", str(value))
        return config[found[1]][found[2]] if found else value

    return {
        name: {key: look_up(value) for key, value in section.items()}
        for name, section in config.items()
    }


def write(path, lines):
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


# The parts of a run


def configure(data, out, seed, epochs):
    """Write down how this run is set up."""
    config = {
        "core": {"name": "digits", "seed": seed},
        "datamodule": {"path": str(data), "seed": "${core.seed}", "val_share": 0.2},
        "model": {"hidden": 32, "seed": "${core.seed}"},
        "optimizer": {"lr": 0.05, "momentum": 0.9},
        "trainer": {"batch_size": 32, "max_epochs": epochs, "seed": "${core.seed}"},
    }
    overrides = [f"core.seed={seed}", f"datamodule.path={data}", f"trainer.max_epochs={epochs}"]
    hydra = {
        "run": {"dir": str(out)},
        "mode": "RUN",
        "overrides": {"hydra": [], "task": overrides},
        "job": {"name": "main", "chdir": False, "config_name": "digits"},
    }
    write(out / ".hydra/config.yaml", yaml(config))
    write(out / ".hydra/hydra.yaml", yaml({"hydra": hydra}))
    write(out / ".hydra/overrides.yaml", yaml(overrides))
    config = resolved(config)
    write(out / "config_resolved.yaml", yaml(config))
    write(out / "config_tree.txt", tree(config))
    return config


def load(data, out, seed, val_share):
    """Write down which images are used, and return what the network needs of them."""
    items = listing(data, seed, val_share)
    classes = sorted({item["label"] for item in items})
    splits = {name: [i for i in items if i["split"] == name] for name in ("train", "val")}
    with open(out / "data/dataset.csv", "w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, items[0], lineterminator="\n")
        table.writeheader()
        table.writerows(items)
    module = {
        "classes": classes,
        "split": {name: [item["path"] for item in part] for name, part in splits.items()},
        "files": {item["path"]: item["sha256"] for item in items},
    }
    (out / "data/datamodule.pkl").write_bytes(pickle.dumps(module, protocol=4))

    values = [value for image in pixels(data, splits["train"]) for value in image]
    mean = sum(values) / len(values)
    std = math.sqrt(sum((value - mean) ** 2 for value in values) / len(values))
    train, val = (
        (normalised(pixels(data, part), mean, std), [classes.index(i["label"]) for i in part])
        for part in splits.values()
    )
    return classes, mean, std, train, val


def fit(model, train, val, out, optimizer, trainer):
    """Train the model in place; the number of steps and the last validation accuracy."""
    momentum = {name: [[0.0] * len(row) for row in rows] for name, rows in model.items()}
    save_checkpoint(out / "checkpoints/step=0.safetensors", model, momentum, 0)
    random = Random(f"{trainer['seed']} order")
    pairs, size, step = list(zip(*train)), trainer["batch_size"], 0
    for epoch in range(1, trainer["max_epochs"] + 1):
        random.shuffle(pairs)
        seen = []
        for start in range(0, len(pairs), size):
            images, labels = zip(*pairs[start : start + size])
            hidden, chances = forward(model, images)
            gradient = backward(model, images, labels, hidden, chances)
            descend(model, momentum, gradient, optimizer["lr"], optimizer["momentum"])
            seen += chances
            step += 1
        loss, accuracy = score(seen, [label for _, label in pairs])
        val_loss, val_accuracy = score(forward(model, val[0])[1], val[1])
        log.info(
            f"epoch={epoch} step={step} loss={loss:.4f} accuracy={accuracy:.4f} "
            f"val_loss={val_loss:.4f} val_accuracy={val_accuracy:.4f}"
        )
    save_checkpoint(out / "checkpoints/last.safetensors", model, momentum, step)
    return step, val_accuracy


def main(data, out, seed, epochs):
    for folder in (".hydra", "checkpoints", "data", "deployment_model"):
        (out / folder).mkdir(parents=True)
    logging.basicConfig(
        filename=out / "main.log",
        level=logging.INFO,
        format="[%(asctime)s][%(name)s][%(levelname)s] - %(message)s",
    )
    config = configure(data, out, seed, epochs)
    classes, mean, std, train, val = load(data, out, seed, config["datamodule"]["val_share"])
    log.info(f"{len(train[0])} images to train on, {len(val[0])} to validate with")

    model = initial(seed, 64, config["model"]["hidden"], len(classes))
    step, accuracy = fit(model, train, val, out, config["optimizer"], config["trainer"])

    names = dict(enumerate(classes))
    about = {"input_size": [1, 8, 8], "classes": names, "mean": [mean], "std": [std]}
    write(out / "deployment_model/model.json", [json.dumps(about)])
    write(out / "deployment_model/model_config.yaml", yaml(config["model"]))
    save_tensors(out / "deployment_model/model.safetensors", model, step)
    print(f"validation accuracy {accuracy:.4f} after {step} steps, written to {out}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Train on a folder of digits.")
    parser.add_argument("data", type=Path, help="folder that make_images.py wrote")
    parser.add_argument("out", type=Path, help="run folder to write")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--epochs", type=int, default=7)
    options = parser.parse_args()
    if options.epochs < 1:
        sys.exit("--epochs: at least 1")
    if options.out.exists():
        sys.exit(f"{options.out}: exists already")
    if not any(options.data.glob("*/*.png")):
        sys.exit(f"{options.data}: no images there")
    main(options.data, options.out, options.seed, options.epochs)
