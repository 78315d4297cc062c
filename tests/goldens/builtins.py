#!/usr/bin/env python3
"""Asks the real OPA which functions it has, and writes fixtures/opa/builtins.json.

Needs opa on the PATH: https://www.openpolicyagent.org/docs#running-opa
"""

import json
import pathlib
import subprocess

FIXTURES = pathlib.Path(__file__).parents[2] / "fixtures" / "opa"

done = subprocess.run(["opa", "capabilities", "--current"], capture_output=True, check=True)
functions = sorted(
    (one["name"], len(one["decl"].get("args", []))) for one in json.loads(done.stdout)["builtins"]
)
lines = [json.dumps({"name": name, "arity": arity}) for name, arity in functions]
(FIXTURES / "builtins.json").write_text("[\n  " + ",\n  ".join(lines) + "\n]\n")
