"""Prints the id that a directory has as a tree: python3 tree_id.py DIRECTORY

From docs/formats.md alone, as formats.py is. Standard library only.
"""
import os
import sys

from formats import digest, file_value, path_order, tree


def items(top):
    for place, directories, files in os.walk(os.fsencode(top)):
        links = [name for name in directories if os.path.islink(os.path.join(place, name))]
        if place != os.fsencode(top) and not directories and not files:
            yield os.path.relpath(place, os.fsencode(top)), b"\4", 0
        for name in files + links:
            path = os.path.join(place, name)
            key = os.path.relpath(path, os.fsencode(top))
            if os.path.islink(path):
                yield key, b"\3" + os.readlink(path), 0
                continue
            with open(path, "rb") as file:
                content = file.read()
            is_executable = os.stat(path).st_mode & 0o100 != 0
            yield key, file_value(digest(content), len(content), is_executable), len(content)


if __name__ == "__main__":
    found = sorted(items(sys.argv[1]), key=lambda item: path_order(item[0]))
    print(digest(tree(found)[-1][0]).hex())
