#!/usr/bin/env python3
"""Two releases of a big package, unpacked: add one, add the other; what did the second cost?

    wheels.py REPROSTORE DIRECTORY [--package NAME --old VERSION --new VERSION]

Fetches both wheels with pip, adds them as two versions of one path, restores both and compares
every file with `sha256sum`. Prints the figures; ends with 1 when a file differs."""
import argparse, json, os, shutil, subprocess, sys, tempfile, time, zipfile


def fetch(package, version, work):
    """Unpacks the wheel of a release into work/<version>."""
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
         "--no-deps", "--only-binary", ":all:", "-d", f"{work}/{version}.wheel",
         f"{package}=={version}"], check=True)
    name, = os.listdir(f"{work}/{version}.wheel")
    with zipfile.ZipFile(f"{work}/{version}.wheel/{name}") as wheel:
        wheel.extractall(f"{work}/{version}")


def sums(directory):
    """What sha256sum prints for all files of a directory, in name order."""
    return subprocess.run(
        "find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum", cwd=directory,
        shell=True, check=True, capture_output=True, text=True).stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("reprostore")
    parser.add_argument("directory")
    parser.add_argument("--package", default="opencv-python-headless")
    parser.add_argument("--old", default="4.10.0.84")
    parser.add_argument("--new", default="4.11.0.86")
    options = parser.parse_args()
    program = os.path.abspath(options.reprostore)
    work = tempfile.mkdtemp(dir=options.directory)
    try:
        os.mkdir(f"{work}/project")

        def run(*arguments):
            return subprocess.run(
                [program, *arguments], cwd=f"{work}/project", check=True, capture_output=True,
                text=True).stdout

        run("init")
        good = True
        for version in [options.old, options.new]:
            fetch(options.package, version, work)
            expected = sums(f"{work}/{version}")
            shutil.rmtree(f"{work}/project/package", ignore_errors=True)
            shutil.copytree(f"{work}/{version}", f"{work}/project/package")
            os.sync()
            start = time.monotonic()
            lines = [json.loads(line) for line in run("add", "package", "--json").splitlines()]
            seconds = time.monotonic() - start
            run("tag", version, "package")
            report = next(line for line in lines if "writtenBytes" in line)
            size = sum(os.path.getsize(os.path.join(folder, name))
                       for folder, _, names in os.walk(f"{work}/{version}") for name in names)
            print(f"{options.package} {version}: {expected.count(chr(10))} files, "
                  f"{size / 1e6:.1f} MB; new {report['newBytes'] / 1e6:.1f} MB, "
                  f"written {report['writtenBytes'] / 1e6:.1f} MB in {seconds:.2f} s")
        for version in [options.old, options.new]:
            run("restore", f"tag:{version}", "--to", f"{work}/restored-{version}")
            same = sums(f"{work}/restored-{version}") == sums(f"{work}/{version}")
            good = good and same
            verdict = "agrees for every file" if same else "DIFFERS"
            print(f"restored {version}: sha256sum {verdict}")
        sys.exit(0 if good else 1)
    finally:
        shutil.rmtree(work)


main()
