"""Writes the shell scripts in the GitHub action and in the example pipelines to files, which ShellCheck reads.

Also checks that every version of hwgrants in these files is the one in Cargo.toml.
"""

import pathlib
import re
import sys

import yaml

FILES = [
    "action.yml",
    "templates/review.yml",
    "Containerfile",
    "examples/review/github.yml",
    "examples/review/gitlab.yml",
    "examples/review/azure-pipelines.yml",
    "examples/review/atlantis.yaml",
]
VERSION = re.compile(r"(?im)(?<!terraform_)(?:version|default)(?::| *=) *(\d+\.\d+\.\d+)$")


def scripts(name, document):
    """The scripts in a file, with the shell that runs them."""
    if name == "action.yml":
        steps = document["runs"]["steps"]
        return [(step["shell"], step["run"]) for step in steps]
    if "workflows" in document:
        steps = [step for flow in document["workflows"].values() for step in flow["policy_check"]["steps"]]
        return [("sh", step["run"]) for step in steps if isinstance(step, dict)]
    if name.endswith("azure-pipelines.yml"):
        steps = [step for job in document["jobs"] for step in job["steps"]]
        return [("bash", step["bash"]) for step in steps if "bash" in step]
    jobs = [job for job in document.values() if isinstance(job, dict) and "script" in job]
    # The commands of a job share one shell.
    return [("sh", "\n".join(job["script"])) for job in jobs]


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    cargo = pathlib.Path("Cargo.toml").read_text()
    expected = re.search(r'^version = "(.+)"', cargo, re.M)[1]
    for name in FILES:
        text = pathlib.Path(name).read_text()
        found = set(VERSION.findall(text))
        # Atlantis uses the version on its server.
        if found != ({expected} if name != "examples/review/atlantis.yaml" else set()):
            sys.exit(f"{name}: version {sorted(found)}, but Cargo.toml has {expected}")
        # actionlint reads the scripts in workflows.
        if name == "Containerfile" or name.endswith("github.yml"):
            continue
        *_, document = yaml.safe_load_all(text)
        found = scripts(name, document)
        if not found:
            sys.exit(f"{name}: no scripts")
        # Schemas do not describe files with several documents.
        if name.startswith("templates/"):
            (folder / "component.yml").write_text(yaml.safe_dump(document))
        for index, (shell, script) in enumerate(found):
            path = folder / f"{name.replace('/', '-')}-{index}.sh"
            path.write_text(f"#!/usr/bin/env {shell}\nset -e\n{script}\n")


main(pathlib.Path(sys.argv[1]))
