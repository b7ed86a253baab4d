#!/usr/bin/env python3
"""azure-arm.tsv: what each method of Azure's management clients sends, as the JavaScript clients sent it to a recorder.

    arm.py ORACLE OUT          ORACLE: build/oracle, made by `tests/oracle/generate arm`
"""

import gzip
import json
import re
import sys
from pathlib import Path

SUBSCRIPTION = "00000000-1111-2222-3333-444444444444"
# Python's packages that are named otherwise (azure-sdk's release tables, MIT).
ALIASES = {"resources": "resource", "appservice": "web", "rediscache": "redis", "operationalinsights": "loganalytics",
           "appinsights": "applicationinsights", "subscriptions": "subscription resource.subscriptions", "mysql": "rdbms.mysql",
           "postgresql": "rdbms.postgresql", "mariadb": "rdbms.mariadb", "postgresql-flexible": "postgresqlflexibleservers",
           "mysql-flexible": "mysqlflexibleservers", "policy": "resource.policy", "locks": "resource.locks",
           "features": "resource.features", "links": "resource.links", "managedapplications": "resource.managedapplications",
           "machinelearning": "machinelearningservices", "recoveryservices-siterecovery": "recoveryservicessiterecovery"}


MERGED = {"resources": ["resourcesdeployments"]}        # one package in Python


def lines(path):
    with gzip.open(path, "rt") as f:
        return [json.loads(line) for line in f]


def template(request, given):
    path = request["target"].partition("?")[0].lstrip("/")
    names = {str(v): k for k, v in given.items()}
    words = []
    for word in path.split("/"):
        words.append("{subscription}" if word == SUBSCRIPTION else f"{{{names[word]}}}" if word in names else word)
    path = "/".join(words)
    for value, name in names.items():                   # a whole scope in one parameter
        if "/" in value and value.replace(SUBSCRIPTION, "{subscription}") in path:
            path = path.replace(value.replace(SUBSCRIPTION, "{subscription}"), f"{{+{name}}}")
    return f"{request['method']} {path}"


def short(text):
    """arm.c writes them out."""
    group = "subscriptions/{subscription}/resourceGroups/{resourceGroupName}/providers/"
    return text.replace(" " + group, " $R/").replace(" subscriptions/{subscription}/providers/", " $S/")


def main():
    oracle, out = Path(sys.argv[1]), Path(sys.argv[2])
    requests = {r["id"]: r for r in lines(oracle / "arm.jsonl.gz")}
    packages = {}
    for label in lines(oracle / "arm.labels.jsonl.gz"):
        given = {k: v for k, v in label["input"].items()}
        text = template(requests[label["id"]], given)
        used = set(re.findall(r"\{\+?(\w+)", text))
        names = list(given)
        while names and names[-1] not in used:
            names.pop()
        group, _, method = label["method"].rpartition(".")
        method = re.sub(r"^begin(?=[A-Z])", "", method)
        method = method[0].lower() + method[1:]
        in_path = [n for n in re.findall(r"\{\+?(\w+)", text) if n != "subscription"]
        row = f"{group}.{method}\t{short(text)}" + (f"\t{','.join(names)}" if names != in_path else "")
        packages.setdefault(label["package"][len("@azure/arm-"):], {}).setdefault(f"{group}.{method}", row)
    for name, others in MERGED.items():
        for other in others:
            packages[name] = {**packages[other], **packages[name]}
    with open(out / "azure-arm.tsv", "w") as f:
        f.write("# Package; group and method, request, its parameters in order (@azure/arm-*, recorded).  Made by maintain/clouds.\n")
        for package, rows in sorted(packages.items()):
            f.write(f"@{package}{' ' + ALIASES[package] if package in ALIASES else ''}\t\n")
            for _, row in sorted(rows.items()):
                f.write(row + "\n")


if __name__ == "__main__":
    main()
