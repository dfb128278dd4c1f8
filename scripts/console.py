#!/usr/bin/env python3
"""Runs the ```console blocks of the pages it is given and writes what the commands print into them.

    scripts/console.py [--check] DAS PAGE.md ...

DAS is the binary. Each page runs in a scratch directory of its own that holds a copy of scenarios/ and of what `das
new` looks for in a checkout. A line `$ command` is run
by bash; what stands below it is replaced by its output (stdout and stderr). `cargo das` is DAS. With --check nothing is written: a page
whose output differs is named, exit code 1.

Comments before a block: `<!-- file: NAME -->` writes the block into that file first, `<!-- not run -->` leaves it alone, and `<!-- from:
PATH ANCHOR -->` makes the block the lines of that file of the project between `// ANCHOR: ANCHOR` and its end.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent


def run(command, folder, das):
    shell = f'das() {{ "{das}" "$@"; }}; cargo() {{ shift; das "$@"; }}; {command}'
    env = dict(os.environ, NO_COLOR="1", LC_ALL="C.UTF-8")
    done = subprocess.run(
        ["bash", "-c", shell], cwd=folder, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300
    )
    return [line.rstrip() for line in done.stdout.rstrip("\n").split("\n")] if done.stdout.strip() else []


def anchored(path, anchor):
    """The lines of a file of the project between the marks of an anchor, without marks."""
    lines = (ROOT / path).read_text().split("\n")
    begin, end = (next(i for i, line in enumerate(lines) if line.strip() == f"// {mark}: {anchor}") for mark in ("ANCHOR", "ANCHOR_END"))
    return [line for line in lines[begin + 1 : end] if "// ANCHOR" not in line]


def console(block, folder, das):
    """The block with the outputs of its commands; lines before the first command stay."""
    out = []
    for line in block:
        if line.startswith("$ "):
            out += [line, *run(line[2:], folder, das)]
        elif not any(seen.startswith("$ ") for seen in out):
            out.append(line)
    return out


def page(text, folder, das):
    out, note, lines = [], "", iter(text.split("\n"))
    for line in lines:
        out.append(line)
        if line.startswith("```"):
            block = []
            for inner in lines:
                if inner.startswith("```"):
                    break
                block.append(inner)
            if note.startswith("<!-- file: "):
                (folder / note.split()[2]).write_text("\n".join(block) + "\n")
            elif note.startswith("<!-- from: "):
                block = anchored(*note.split()[2:4])
            elif line == "```console" and note != "<!-- not run -->":
                block = console(block, folder, das)
            out += [*block, "```"]
        if line.strip():
            note = line.strip()
    return "\n".join(out)


def main(words):
    check = words[:1] == ["--check"]
    das, *pages = words[1:] if check else words
    das, stale = pathlib.Path(das).resolve(), False
    for name in map(pathlib.Path, pages):
        text = name.read_text()
        with tempfile.TemporaryDirectory() as scratch:
            folder = pathlib.Path(scratch)
            for part in ["scenarios", "crates/agents/src/policies", "crates/governance/src"]:
                shutil.copytree(ROOT / part, folder / part)
            made = page(text, folder, das)
        if made == text:
            continue
        if check:
            print(f"stale: {name} (scripts/generate.sh --console writes it)", file=sys.stderr)
            stale = True
        else:
            name.write_text(made)
            print(f"wrote {name}")
    return int(stale)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
