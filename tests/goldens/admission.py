#!/usr/bin/env python3
"""Asks the real OPA about fixtures/admission, and writes down what it finds.

The input is built here as docs/policies.md says it is. Needs opa on the PATH, and PyYAML.
"""

import json
import pathlib
import subprocess
import tempfile

import yaml

FIXTURES = pathlib.Path(__file__).parents[2] / "fixtures" / "admission"
V0 = ["ingress.rego", "reviewed.rego"]
V1 = ["images.rego", "request.rego", "namespaces.rego", "main.rego", "labels.rego"]
# What is asked, of which dialect, in which version; of Pods alone, also of those that are made.
RULES = [
    ("kubernetes.admission.deny", "admission", V1, False),
    ("kubernetes.admission.images.deny", "admission", V1, True),
    ("kubernetes.admission.images.warn", "admission", V1, True),
    ("kubernetes.ingress.deny", "admission", V0, False),
    ("plain.deny", "manifest", V1, False),
    ("reviewed.violation", "gatekeeper", V0, False),
]
RESOURCES = {
    "Deployment": "deployments",
    "Ingress": "ingresses",
    "NetworkPolicy": "networkpolicies",
    "Pod": "pods",
}


def kinds(thing, key, name):
    group, _, version = thing["apiVersion"].rpartition("/")
    return {"group": group, "version": version, key: name}


def request(thing):
    kind = kinds(thing, "kind", thing["kind"])
    resource = kinds(thing, "resource", RESOURCES[thing["kind"]])
    return {
        "uid": "00000000-0000-0000-0000-000000000000",
        "kind": kind,
        "resource": resource,
        "requestKind": kind,
        "requestResource": resource,
        "name": thing["metadata"].get("name", ""),
        "namespace": thing["metadata"].get("namespace", ""),
        "operation": "CREATE",
        "userInfo": {"username": "", "groups": []},
        "object": thing,
        "oldObject": None,
        "dryRun": False,
        "options": {"apiVersion": "meta.k8s.io/v1", "kind": "CreateOptions"},
    }


def review(thing):
    empty = {"group": "", "version": "", "resource": ""}
    made = {
        "uid": "",
        "kind": kinds(thing, "kind", thing["kind"]),
        "resource": empty,
        "operation": "",
        "userInfo": {},
        "object": thing,
        "oldObject": None,
        "options": None,
        "namespaceObject": {},
    }
    names = {key: thing["metadata"].get(key) for key in ("name", "namespace")}
    return made | {key: name for key, name in names.items() if name}


def pod(thing):
    template = thing.get("spec", {}).get("template")
    if thing["kind"] != "Deployment" or template is None:
        return []
    names = {key: thing["metadata"].get(key) for key in ("name", "namespace")}
    metadata = {key: name for key, name in names.items() if name} | template.get("metadata", {})
    return [template | {"apiVersion": "v1", "kind": "Pod", "metadata": metadata}]


def asked(thing):
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request(thing)}


def inputs(document, dialect, pods):
    if dialect == "manifest":
        return [document]
    recorded = document["kind"] == "AdmissionReview"
    thing = document["request"]["object"] if recorded else document
    if dialect == "gatekeeper":
        made = review(thing) | (document["request"] if recorded else {})
        return [{"parameters": {"label": "stage"}, "review": made}]
    whole = document if recorded else asked(thing)
    if not pods:
        return [whole]
    return [whole] * (thing["kind"] == "Pod") + [asked(one) for one in pod(thing)]


def ask(rule, files, value):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(value, file)
        file.flush()
        command = ["opa", "eval", "--format", "raw", "--input", file.name]
        command += ["--v0-compatible"] if files is V0 else []
        for name in files:
            command += ["--data", str(FIXTURES / "policy" / name)]
        done = subprocess.run(command + ["data." + rule], capture_output=True, text=True, check=True)
    results = json.loads(done.stdout)
    return [one if isinstance(one, str) else one["msg"] for one in results]


golden = {}
for file in sorted((FIXTURES / "manifests").glob("*.yaml")):
    for number, document in enumerate(yaml.safe_load_all(file.read_text()), 1):
        found = {}
        for rule, dialect, files, pods in RULES:
            values = inputs(document, dialect, pods)
            messages = [message for value in values for message in ask(rule, files, value)]
            if messages:
                found[rule] = sorted(messages)
        golden[f"{file.name} {number}"] = found
(FIXTURES / "golden.json").write_text(json.dumps(golden, indent=2, ensure_ascii=False) + "\n")
