#!/usr/bin/env python3
"""What an interrupted add keeps: SIGKILL at 90 % of a large add, then the same add again.

    interrupted-add.py REPROSTORE DIRECTORY [--gigabytes 4] [--files 1]

Makes a data set of random bytes in DIRECTORY (removed at the end), adds it, kills the program when
the store has grown by 90 % of it, adds again and counts the bytes that the second add writes. Ends
with 1 when that is more than 20 % of the data. Needs twice the room of the data set."""
import argparse, json, os, shutil, signal, subprocess, sys, tempfile, time


def store_bytes(store):
    """Bytes of the files in the store, and of those that have no name yet."""
    usage = os.statvfs(store)
    return (usage.f_blocks - usage.f_bfree) * usage.f_frsize


def make(directory, total, files):
    os.makedirs(directory)
    for index in range(files):
        with open(f"{directory}/{index}.bin", "wb") as file:
            left = total // files
            while left > 0:
                file.write(os.urandom(min(left, 16 << 20)))
                left -= 16 << 20


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("reprostore")
    parser.add_argument("directory")
    parser.add_argument("--gigabytes", type=float, default=4)
    parser.add_argument("--files", type=int, default=1)
    options = parser.parse_args()
    program = os.path.abspath(options.reprostore)
    work = tempfile.mkdtemp(dir=options.directory)
    total = int(options.gigabytes * 1e9)
    try:
        make(f"{work}/data", total, options.files)
        os.sync()
        subprocess.run([program, "init", "--quiet"], cwd=work, check=True)
        before = store_bytes(work)
        add = subprocess.Popen([program, "add", "data", "--quiet"], cwd=work)
        while add.poll() is None and store_bytes(work) - before < 0.9 * total:
            time.sleep(0.005)
        add.send_signal(signal.SIGKILL)
        if add.wait() != -signal.SIGKILL:
            sys.exit("the add was over before it could be killed")
        again = subprocess.run(
            [program, "add", "data", "--json"], cwd=work, check=True, capture_output=True,
            text=True)
        lines = [json.loads(line) for line in again.stdout.splitlines()]
        written = next(line["writtenBytes"] for line in lines if "writtenBytes" in line)
        subprocess.run([program, "fsck", "--full", "--quiet"], cwd=work, check=True)
        share = written / total
        print(f"{options.files} files, {total / 1e9:.1f} GB: the second add wrote "
              f"{written / 1e6:.0f} MB, {100 * share:.1f} % of the data")
        sys.exit(0 if share <= 0.2 else 1)
    finally:
        shutil.rmtree(work)


main()
