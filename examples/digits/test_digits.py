"""Tests of make_images.py and train.py: python3 -m unittest test_digits"""
import csv
import hashlib
import json
import pickle
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import make_images

HERE = Path(__file__).resolve().parent
LAYOUT = """
    .hydra/config.yaml .hydra/hydra.yaml .hydra/overrides.yaml
    checkpoints/last.safetensors checkpoints/step=0.safetensors
    config_resolved.yaml config_tree.txt data/datamodule.pkl data/dataset.csv
    deployment_model/model.json deployment_model/model.safetensors
    deployment_model/model_config.yaml main.log
""".split()


def run(script, *arguments):
    command = [sys.executable, "-B", str(HERE / script), *map(str, arguments)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, universal_newlines=True)
    return done.stdout


def contents(folder):
    """Path -> bytes of every file."""
    files = (file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


def tensors(path):
    """Name -> values of a safetensors file, after checking its frame."""
    data = path.read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    header, body = json.loads(data[8 : 8 + length]), data[8 + length :]
    assert length % 8 == 0 and data[8:9] == b"{"
    found, end = {}, 0
    del header["__metadata__"]
    for name, entry in header.items():
        start, stop = entry["data_offsets"]
        rows, columns = entry["shape"]
        assert entry["dtype"] == "F32" and start == end and stop - start == 4 * rows * columns
        found[name] = struct.unpack(f"<{rows * columns}f", body[start:stop])
        end = stop
    assert end == len(body)
    return found


class DigitsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.work)
        cls.data = cls.work / "data"
        run("make_images.py", cls.data)
        cls.first = cls.work / "runs/first"
        cls.said = run("train.py", cls.data, cls.first, "--seed", 7)

    def test_images_hold_the_table(self):
        with open(HERE / "digits.csv", newline="") as file:
            table = [[int(value) for value in row] for row in csv.reader(file)]
        self.assertEqual(len(contents(self.data)), len(table))
        for index, (*values, label) in enumerate(table):
            rows = make_images.read_png(self.data / str(label) / f"{index:04}.png")
            self.assertEqual([round(v * 16 / 255) for row in rows for v in row], values)

    def test_any_size_survives(self):
        rows = [[0, 1, 255], [7, 8, 9]]
        make_images.write_png(self.work / "small.png", rows)
        self.assertEqual(make_images.read_png(self.work / "small.png"), rows)

    def test_damage_is_noticed(self):
        good = (self.data / "3/0003.png").read_bytes()
        for at in (0, 20, 60, len(good) - 1):
            bad = self.work / "bad.png"
            bad.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
            with self.assertRaises(ValueError):
                make_images.read_png(bad)

    def test_change_is_of_every_kind_and_deterministic(self):
        for name in ("one", "two"):
            shutil.copytree(self.data, self.work / name)
            run("make_images.py", self.work / name, "--change")
        before, after = contents(self.data), contents(self.work / "one")
        self.assertEqual(after, contents(self.work / "two"))
        gone, new = before.keys() - after.keys(), after.keys() - before.keys()
        moved = [(a, b) for a in gone for b in new if before[a] == after[b]]
        altered = [name for name in before.keys() & after.keys() if before[name] != after[name]]
        self.assertEqual((len(gone), len(new), len(altered), len(moved)), (10, 10, 9, 1))
        self.assertEqual(Path(moved[0][0]).name, Path(moved[0][1]).name)

    def test_layout(self):
        self.assertEqual(sorted(contents(self.first)), sorted(LAYOUT))

    def test_accuracy(self):
        said = re.match(r"validation accuracy (\S+) ", self.said)
        self.assertGreater(float(said[1]), 0.9)
        self.assertIn(f"val_accuracy={said[1]}", (self.first / "main.log").read_text())

    def test_log_lines(self):
        line = r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}\]\[digits\.train\]\[INFO\] - .+"
        for text in (self.first / "main.log").read_text().splitlines():
            self.assertRegex(text, f"^{line}$")

    def test_tensors(self):
        start = tensors(self.first / "checkpoints/step=0.safetensors")
        last = tensors(self.first / "checkpoints/last.safetensors")
        model = tensors(self.first / "deployment_model/model.safetensors")
        self.assertEqual(start.keys(), last.keys())
        for name in start:
            self.assertNotEqual(start[name], last[name])
        self.assertFalse(any(any(start[f"momentum.{name}"]) for name in model))
        self.assertEqual(model, {name: last[name] for name in model})

    def test_data_lists(self):
        with open(self.first / "data/dataset.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(list(rows[0]), ["path", "label", "split", "sha256"])
        hashes = {
            name: hashlib.sha256(data).hexdigest() for name, data in contents(self.data).items()
        }
        self.assertEqual({row["path"]: row["sha256"] for row in rows}, hashes)
        self.assertTrue(all(row["path"].startswith(row["label"] + "/") for row in rows))
        module = pickle.loads((self.first / "data/datamodule.pkl").read_bytes())
        self.assertEqual(module["files"], hashes)
        self.assertEqual(module["classes"], list("0123456789"))
        for split in ("train", "val"):
            paths = [row["path"] for row in rows if row["split"] == split]
            self.assertEqual(module["split"][split], paths)
            self.assertGreater(len(paths), 300)

    def test_configs(self):
        self.assertIn("seed: ${core.seed}", (self.first / ".hydra/config.yaml").read_text())
        self.assertIn("- core.seed=7\n", (self.first / ".hydra/overrides.yaml").read_text())
        resolved = (self.first / "config_resolved.yaml").read_text()
        self.assertNotIn("$", resolved)
        self.assertEqual(resolved.count("seed: 7\n"), 4)
        model = json.loads((self.first / "deployment_model/model.json").read_text())
        self.assertEqual(sorted(model), ["classes", "input_size", "mean", "std"])

    def test_same_seed_same_run(self):
        again = self.work / "runs/again"
        run("train.py", self.data, again, "--seed", 7)
        one, two = contents(self.first), contents(again)
        differing = [name for name in one if one[name] != two[name]]
        self.assertEqual(sorted(differing), [".hydra/hydra.yaml", "main.log"])

    def test_other_seed_other_run(self):
        other = self.work / "runs/other"
        run("train.py", self.data, other, "--seed", 8, "--epochs", 1)
        one, two = contents(self.first), contents(other)
        same = {name for name in one if one[name] == two[name]}
        self.assertEqual(same, set())


if __name__ == "__main__":
    unittest.main()
