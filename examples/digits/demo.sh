#!/usr/bin/env bash
# Shows what reprostore is for, from the first image to the last check.
#
#   demo.sh [--keep]    --keep: do not remove the folder it works in
#
# $REPROSTORE names the program; without it, the one on PATH is used.
set -euo pipefail

case "${*:-}" in
    "") keep=no ;;
    --keep) keep=yes ;;
    *) echo "usage: demo.sh [--keep]" >&2; exit 2 ;;
esac

program=$(command -v "${REPROSTORE:-reprostore}") || {
    echo "demo.sh: no program '${REPROSTORE:-reprostore}', set REPROSTORE" >&2
    exit 2
}
[[ $program == /* ]] || program=$PWD/$program
reprostore() { "$program" "$@"; }

bold='' dim='' red='' green='' plain=''
if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
    bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' green=$'\e[32m' plain=$'\e[0m'
fi

# Says what the commands show, then prints and runs each of them.
step() {
    printf '\n%s# %s%s\n' "$dim" "$1" "$plain"
    for command in "${@:2}"; do
        printf '%s$ %s%s\n' "$bold" "$command" "$plain"
        eval "$command"
    done
}

# Sets a folder and the hashes of its files aside: keep_copy FOLDER NAME.
keep_copy() {
    cp -a "$1" "../kept/$2"
    (cd "$1" && find . -type f -exec sha256sum {} +) > "../kept/$2.sha256"
}

# Compares a restored folder with the copy: the same files, the same bytes.
compare() {
    step "$1: is any file missing, added or different?" \
        "diff -r ../kept/$2 ../elsewhere/$2" \
        "(cd ../elsewhere/$2 && sha256sum --check --quiet ../../kept/$2.sha256)"
    echo "no, all $(wc -l < "../kept/$2.sha256") files are identical"
}

finish() {
    status=$?
    if [[ $status != 0 ]]; then
        printf '\n%sDEMO FAILED (exit %d) at: %s%s\n' \
            "$red" "$status" "${command:-the start}" "$plain" >&2
    fi
    if [[ $keep == yes ]]; then
        echo "kept in $work"
    else
        chmod -R u+w "$work" && rm -rf "$work"
    fi
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap finish EXIT
export PYTHONDONTWRITEBYTECODE=1
# A git of the demo's own: nothing of the user's configuration counts.
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME=Ada GIT_AUTHOR_EMAIL=ada@example.org
export GIT_COMMITTER_NAME=Ada GIT_COMMITTER_EMAIL=ada@example.org

mkdir "$work"/{project,kept,elsewhere}
cd "$work/project"
cp "$here"/{digits.csv,make_images.py,train.py} .

step "A data set: handwritten digits, one small image per file." \
    "python3 make_images.py data"
keep_copy data v1

step "A store for this project. Git has the code, the store will have the data." \
    "git init --quiet --initial-branch=main" \
    "reprostore init"
step "The data enter the store; what they are is now one line, and git carries it." \
    "reprostore add data" \
    "cat reprostore.lock" \
    "git add . && git commit --quiet --message 'Digits'"
step "A name for this version, to come back to." \
    "reprostore tag v1 data" \
    "git tag v1"

step "A training run: config, log, split, weights before and after." \
    "python3 train.py data runs/first --seed 42"
keep_copy runs/first first
step "The whole run enters the store." \
    "reprostore add runs/first"

step "The data change: files deleted, altered, added, moved." \
    "python3 make_images.py data --change"
keep_copy data v2
step "What differs from the version that is pinned?" \
    "reprostore status" \
    "reprostore diff --stat"
step "Only what changed costs space." \
    "reprostore add data" \
    "git commit --quiet --all --message 'Better digits'"
step "A second run on the new data; equal files, like the weights at step 0, are kept once." \
    "python3 train.py data runs/second --seed 42" \
    "reprostore add runs/second" \
    "git add . && git commit --quiet --message 'Second run'"

step "The first data come back in place: git brings the lock, and the lock brings the files." \
    "git checkout --quiet v1 -- reprostore.lock" \
    "reprostore checkout --clean data" \
    "diff -r ../kept/v1 data"
step "And forth again. Git also says which versions there are." \
    "git checkout --quiet HEAD -- reprostore.lock" \
    "reprostore checkout --clean" \
    "diff -r ../kept/v2 data" \
    "reprostore log data" \
    "reprostore diff data@v1 data --stat"

step "Two people change the same directory, each on a branch." \
    "git checkout --quiet -b labels" \
    "echo 'checked by Ada' > data/NOTES" \
    "reprostore add data/NOTES --quiet" \
    "git commit --quiet --all --message 'Notes'" \
    "git checkout --quiet main" \
    "reprostore checkout --clean --quiet" \
    "cp data/3/0003.png data/3/copy.png" \
    "reprostore add data --quiet" \
    "git commit --quiet --all --message 'One more three'"
step "Git cannot merge that; reprostore merges the directories file by file." \
    "! git merge labels" \
    "reprostore resolve" \
    "git commit --quiet --all --message 'Both'" \
    "reprostore checkout" \
    "ls data/NOTES data/3/copy.png" \
    "reprostore status"

step "Any version comes back, anywhere." \
    "reprostore restore tag:v1 --to ../elsewhere/v1" \
    "reprostore restore data@HEAD~2 --to ../elsewhere/v2" \
    "reprostore restore runs/first --to ../elsewhere/first"
compare "The first data, restored" v1
compare "The changed data, restored" v2
compare "The first run, restored" first

step "Training on the restored data gives the very same weights." \
    "python3 train.py ../elsewhere/v1 runs/again --seed 42" \
    "cmp runs/first/checkpoints/last.safetensors runs/again/checkpoints/last.safetensors"
echo "identical"

step "What a run holds." \
    "reprostore ls runs/second"
step "One file straight out of the store." \
    "reprostore cat data:3/0003.png | sha256sum" \
    "reprostore cat data:3/0003.png | cmp - ../kept/v2/3/0003.png"
step "How much there is, and how much is saved by keeping equal bytes once." \
    "reprostore stats"
step "Every stored byte is read again and checked against its hash." \
    "reprostore fsck --full"

printf '\n%sDone: data and runs stored, switched, merged; every restored byte compared.%s\n' \
    "$green" "$plain"
