"""Prints golden vectors of the store formats as JSON: python3 format_vectors.py > formats.json

The values are made up; `FormatVectorTests.swift` makes the same ones. Standard library only.
"""
import json
import struct

from formats import (
    CHUNK, NONE, RECIPE, WHOLE, ZLIB, ZSTD, counted, digest, entry, escape, fields, file_value,
    lock, moved, node, pack, path_order, recipe, record, root, segment, stat_cache, tree)


def vectors():
    uuid, nonce = bytes(range(16)), bytes(range(0xF0, 0x100))
    hello, many_a, many_b = b"hello\n", b"a" * 100, b"b" * 100
    blob = digest(hello + many_a + many_b)
    pieces = [(digest(piece), len(piece)) for piece in (hello, many_a, many_b)]
    whole_recipe = recipe(blob, 206, 1, pieces)
    zlib_a = bytes.fromhex("789c4b4ca43d00007a4725e5")
    zstd_b = bytes.fromhex("28b52ffd206423030062")
    pack_id, pack_bytes, entries = pack(uuid, nonce, [
        (pieces[0][0], CHUNK, NONE, hello, 6), (pieces[1][0], CHUNK, ZLIB, zlib_a, 100),
        (pieces[2][0], CHUNK, ZSTD, zstd_b, 100),
        (blob, RECIPE, NONE, whole_recipe, len(whole_recipe))])
    raw = b"x" * 70000
    records = [record(1, len(pack_bytes), pack_id), record(2, 70000, digest(raw), nonce)]
    entries += [
        entry(digest(raw[:40000]), 1, CHUNK, NONE, 0, 40000, 40000),
        entry(digest(raw[40000:]), 1, CHUNK, NONE, 40000, 30000, 30000),
        entry(digest(raw), 1, WHOLE, NONE, 0, 70000, 70000)]
    small_id, small = segment(records, entries)
    part = record(3, 3000 * 8, nonce=nonce)
    large_entries = [
        entry(digest(b"%d" % i), 0, CHUNK, NONE, 8 * i, 8, 8) for i in range(3000)]
    large_id, large = segment([part], large_entries)
    merged_id, _ = segment(
        records + [part], entries + [moved(raw, 2) for raw in large_entries], [small_id, large_id])

    values = {
        "file": file_value(digest(hello), 6), "executable": file_value(blob, 206, True),
        "largest": file_value(blob, 2**48 - 1), "link": b"\3../a/b", "emptyDirectory": b"\4"}
    leaf_items = sorted([
        (b"a!", values["file"], 6), (b"a/b", values["executable"], 206), (b"a.txt", b"\4", 0),
        (b"a/b\xff\n", values["link"], 0), ("a/bé".encode(), values["file"], 6),
    ], key=lambda item: path_order(item[0]))
    key = b"d/%07d"
    plain = tree([(key % i, values["file"], 6) for i in range(6000)])
    uncut = [key % i for i in range(10**6, 10**6 + 6000)]
    uncut = [k for k in uncut if int.from_bytes(digest(k)[:8], "big") >= (2**64 - 1) // 768]
    forced = tree([(k, b"\4", 0) for k in uncut])

    record_pin = fields(
        (1, digest(b"tree")), (5, "dáta/x".encode()),
        (6, struct.pack("<qI", 1_700_000_000, 123_456_789)),
        (7, b"0123456789abcdef0123456789abcdef01234567"), (8, b"/home/ada/work"),
        (9, b"ada@host"))
    time = (6, struct.pack("<qI", -1, 0))
    refs = {
        "pin": record_pin, "blob": fields((2, blob + struct.pack("<QB", 206, 1)), time),
        "manifest": fields((3, digest(b"run")), time),
        "session": fields((4, small_id + large_id), time),
        "unknownField": fields((1, digest(b"tree")), time, (200, b"later"))}
    root_bytes = root(
        7, 2, digest(b"before"), nonce, (1_700_000_000, 5), digest(b"base"),
        [(b"pins/0123", record_pin), (b"tags/old", None), (b"tags/v1", refs["blob"])],
        [(small_id, 7), (large_id, 3000)], [(records[1], 1, 1_600_000_000)])
    cache = stat_cache(uuid, 9, [
        (b"data/a", (2**64 - 1, 6, 0), (1_700_000_000, 123_456_789), (-1, 0), 0o644, digest(hello)),
        (b"data/a/b", (3, 2**48 - 1, 77), (0, 999_999_999), (5, 6), 0o7777, blob),
        ("data/é".encode(), (4, 0, 0), (1, 2), (3, 4), 0, digest(b""))])
    paths = [b"plain/\xc3\xa9", b"back\\slash", b"tab\tnew\nline", b"\x7f\xc2\x80\xc2\x9f\xc2\xa0",
             b"\xff\xfe", b"\xc3", b"\xed\xa0\x80", b"\xf0\x9f\x98\x80!", b"\xe2\x82", b"\xc0\xaf"]
    return {
        "pack": {"id": pack_id.hex(), "bytes": pack_bytes.hex()},
        "segment": {"id": small_id.hex(), "sha256": digest(small).hex()},
        "largeSegment": {"id": large_id.hex(), "sha256": digest(large).hex()},
        "mergedSegment": merged_id.hex(),
        "recipe": whole_recipe.hex(),
        "records": [box.hex() for box in records + [part]],
        "treeValues": {name: value.hex() for name, value in values.items()},
        "leaf": node(0, [(k, counted(v)) for k, v, _ in leaf_items]).hex(),
        "emptyTree": digest(tree([])[0][0]).hex(),
        "tree": {"root": digest(plain[-1][0]).hex(), "nodes": [len(n) for n in plain],
                 "rootBytes": plain[-1][0].hex()},
        "forcedTree": {"root": digest(forced[-1][0]).hex(), "nodes": [len(n) for n in forced]},
        "refs": {name: value.hex() for name, value in refs.items()},
        "root": {"id": root_bytes[-32:].hex(), "bytes": root_bytes.hex()},
        "statCache": cache.hex(),
        "lock": lock([
            ("file", digest(b""), 1, 0, b"b/-dash \xff"),
            ("tree", digest(b"t"), 1204, 2**48 - 1, b"b.c"),
            ("executable", digest(b"x"), 1, 7, b"b/a\\b c")]),
        "format": f"reprostore 1\nuuid {uuid.hex()}\nhash sha256\nchunker gear64v1\nfeatures\n",
        "keys": {
            "pack": f"packs/{pack_id.hex()[:2]}/{pack_id.hex()}",
            "rawObject": f"raw/{digest(raw).hex()[:2]}/{digest(raw).hex()}-{nonce.hex()}",
            "part": f"raw/{nonce.hex()[:2]}/part-{nonce.hex()}",
            "segment": f"index/{small_id.hex()[:2]}/{small_id.hex()}",
            "root": f"roots/{2**64 - 1 - 7:016x}"},
        "escapes": [{"bytes": path.hex(), "text": escape(path)} for path in paths],
    }


if __name__ == "__main__":
    print(json.dumps(vectors(), indent=1, ensure_ascii=False))
