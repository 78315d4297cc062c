#!/usr/bin/env python3
"""Asks the real conftest about fixtures/conftest, and writes down what it finds.

Needs conftest on the PATH: go install github.com/open-policy-agent/conftest@latest
"""

import json
import pathlib
import subprocess

FIXTURES = pathlib.Path(__file__).parents[2] / "fixtures" / "conftest"


def ask(arguments):
    command = ["conftest", "test", "--output", "json"] + arguments
    done = subprocess.run(command, cwd=FIXTURES, capture_output=True, text=True)
    results = json.loads(done.stdout)

    def messages(key):
        return sorted(one["msg"] for result in results for one in result.get(key) or [])

    return {
        "deny": messages("failures"),
        "warn": messages("warnings"),
        "exit": done.returncode,
    }


cases = json.loads((FIXTURES / "cases.json").read_text())
golden = {name: ask(arguments) for name, arguments in cases.items()}
(FIXTURES / "golden.json").write_text(json.dumps(golden, indent=2, ensure_ascii=False) + "\n")
