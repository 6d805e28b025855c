"""The encoders of the store formats, for the vectors that format_vectors.py prints.

Written from docs/formats.md, not from the Swift code: a second opinion. Standard library only.
"""
import struct
from hashlib import sha256


def digest(data):
    return sha256(data).digest()


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


def counted(data):
    return varint(len(data)) + data


# Entries, packs, segments

CHUNK, RECIPE, NODE, MANIFEST, WHOLE = range(1, 6)
NONE, ZLIB, ZSTD = 0, 1, 2


def entry(key, container, kind, codec, offset, stored, plain):
    numbers = b"".join(n.to_bytes(6, "little") for n in (offset, stored, plain))
    return key + struct.pack("<IBB", container, kind, codec) + numbers


def place(raw):
    """The order of entries: id, kind, container, offset."""
    key, container, kind = raw[:32], raw[32:36], raw[36]
    return key, kind, int.from_bytes(container, "little"), int.from_bytes(raw[38:44], "little")


def pack(uuid, nonce, objects):
    header = b"RPSPACK1" + struct.pack("<H6x", 1) + uuid + nonce + bytes(16)
    payload, entries = b"", []
    for key, kind, codec, stored, plain in objects:
        offset = 64 + len(payload)
        entries.append(entry(key, 0, kind, codec, offset, len(stored), plain))
        payload += stored
    footer = b"".join(sorted(entries, key=place))
    key = digest(header + footer)
    trailer = struct.pack("<QI4x", 64 + len(payload), len(entries)) + key + bytes(8) + b"RPSPEND1"
    return key, header + payload + footer + trailer, entries


def record(kind, size, name=bytes(32), nonce=bytes(16)):
    return struct.pack("<B7xQ", kind, size) + name + nonce


def segment(containers, entries, inputs=()):
    entries = sorted(set(entries), key=place)
    pages = [b"".join(entries[i:i + 1170]) for i in range(0, len(entries), 1170)]
    pages = [page.ljust(65536, b"\0") for page in pages[:-1]] + pages[-1:]
    # The fence is the number in the first 8 bytes of the first id, big-endian there, little here.
    fences = b"".join(page[:8][::-1] + digest(page) for page in pages)
    counts = struct.pack("<QIII28x", len(entries), len(inputs), len(containers), len(pages))
    head = b"RPSINDX1" + struct.pack("<H6x", 1) + counts
    head += b"".join(inputs) + b"".join(containers) + fences
    return digest(head), head + b"".join(pages)


def moved(raw, container):
    return raw[:32] + struct.pack("<I", container) + raw[36:]


# Recipes and trees

def recipe(blob, size, chunker, chunks):
    body = b"".join(key + varint(length) for key, length in chunks)
    head = b"RPSRCPE1" + blob + struct.pack("<QH6x", size, chunker)
    return head + varint(len(chunks)) + body


def node(level, rows):
    out, last = b"RPSNODE1" + bytes([level]) + varint(len(rows)), b""
    for key, rest in rows:
        shared = 0
        while shared < min(len(key), len(last)) and key[shared] == last[shared]:
            shared += 1
        out, last = out + varint(shared) + counted(key[shared:]) + rest, key
    return out


def tree(items):
    """The nodes of each level, leaves first; an item is (key, value, weight)."""
    rows = [(key, counted(value), 1, weight) for key, value, weight in items]
    levels = []
    while not levels or len(levels[-1]) > 1:
        level, groups, group = len(levels), [], []
        for row in rows:
            group.append(row)
            word = int.from_bytes(digest(row[0])[8 * level:8 * level + 8], "big")
            is_cut = len(group) >= 256 and word < (2**64 - 1) // 768 or len(group) == 4096
            if is_cut and level < 3:
                groups, group = groups + [group], []
        groups += [group] if group or not groups else []
        nodes, rows = [], []
        for group in groups:
            nodes.append(node(level, [(key, rest) for key, rest, _, _ in group]))
            count, weight = sum(row[2] for row in group), sum(row[3] for row in group)
            below = digest(nodes[-1]) + varint(count) + varint(weight)
            rows.append((group[-1][0] if group else b"", below, count, weight))
        levels.append(nodes)
    return levels


def file_value(blob, size, executable=False):
    return bytes([2 if executable else 1]) + varint(size) + blob


# Refs and roots

def fields(*pairs):
    return b"".join(varint(number) + counted(data) for number, data in pairs)


def root(sequence, epoch, previous, nonce, time, base, edits, segments, condemned):
    def optional(key):
        return b"\1" + key if key else b"\0"

    out = b"RPSROOT1" + struct.pack("<HQQQQ", 1, 0, 0, sequence, epoch)
    out += previous + nonce + struct.pack("<qI", *time) + optional(base) + varint(len(edits))
    for name, value in edits:
        out += counted(name) + (b"\0" if value is None else b"\1" + counted(value))
    out += optional(None) + varint(len(segments))
    out += b"".join(key + struct.pack("<Q", count) for key, count in segments)
    out += varint(len(condemned))
    out += b"".join(box + struct.pack("<Bq", state, since) for box, state, since in condemned)
    return out + digest(out)


def lock(pins):
    """The text of a lock: pins are (kind, id, files, bytes, path)."""
    text = "reprostore.lock 1\n"
    for kind, digest, files, size, path in sorted(pins, key=lambda pin: path_order(pin[4])):
        text += f"\n{kind} sha256:{digest.hex()} {files} {size} {escape(path)}\n"
    return text


def stat_cache(store, epoch, rows):
    """A row is (path, (inode, size, device), modified, changed, mode, blob)."""
    out, last = b"RPSSTAT1" + struct.pack("<H6x", 1) + store, b""
    out += struct.pack("<QQ", epoch, len(rows))
    for path, numbers, modified, changed, mode, blob in rows:
        shared = 0
        while shared < min(len(path), len(last)) and path[shared] == last[shared]:
            shared += 1
        out += struct.pack("<HH", shared, len(path) - shared) + path[shared:]
        out += struct.pack("<QQQ", *numbers)
        out += struct.pack("<qIqII", *modified, *changed, mode) + blob
        last = path
    return out + digest(out)


# Paths

def escape(path):
    text = ""
    for char in path.decode("utf-8", "surrogateescape"):
        code = ord(char)
        if char == "\\":
            text += "\\\\"
        elif code < 0x20 or 0x7F <= code < 0xA0 or 0xDC80 <= code < 0xDD00:
            text += "".join(f"\\x{b:02x}" for b in char.encode("utf-8", "surrogateescape"))
        else:
            text += char
    return text


def path_order(path):
    return [-1 if byte == 0x2F else byte for byte in path]
