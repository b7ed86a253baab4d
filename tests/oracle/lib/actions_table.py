#!/usr/bin/env python3
"""Make tests/oracle/data/aws.actions.tsv.xz: which actions an operation needs, by a list that our tables are not made of.

    tests/oracle/lib/actions_table.py METHOD_ACTIONS.json BOTOCORE_DATA

The list is privLess's join of the vendor's Service Reference with SDK methods (github.com/ydelvis/privLess, 8c1b858, MIT):
{SDK client: {method: [action]}}.  Its clients are matched to botocore's services by name and by the operations they share.
Rows: service, then operations whose only action has the operation's name ('prefix:' first), or one operation and its
actions.
"""
import glob
import gzip
import json
import lzma
import os
import re
import sys

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "aws.actions.tsv.xz")


def plain(text):
    return re.sub("[^a-z0-9]", "", (text or "").lower())


def names(metadata, folder):
    keys = [plain(metadata.get(k)) for k in ("serviceId", "endpointPrefix", "serviceAbbreviation", "serviceFullName")]
    keys.append(plain(folder))
    return keys + [re.sub("^(aws|amazon)", "", k) for k in keys] + [re.sub("service$", "", k) for k in keys]


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        clients = {}
        for client, methods in json.load(f).items():
            clients.setdefault(plain(client), {}).update(methods)
    out = ["# Operation → actions, by privLess 8c1b858 (MIT).  Made by tests/oracle/lib/actions_table.py."]
    for folder in sorted(os.listdir(sys.argv[2])):
        models = sorted(glob.glob(f"{sys.argv[2]}/{folder}/*/service-2.json.gz"))
        if not models:
            continue
        with gzip.open(models[-1]) as f:
            model = json.load(f)
        lower = {o.lower() for o in model["operations"]}
        shared = max(((len(lower & clients[k].keys()), k) for k in names(model["metadata"], folder) if k in clients),
                     default=(0, ""))
        same, rows = {}, []
        for operation in sorted(model["operations"]):
            actions = clients.get(shared[1], {}).get(operation.lower()) if shared[0] else None
            if not actions:
                continue
            prefix, _, name = actions[0].partition(":")
            if len(actions) == 1 and name.lower() == operation.lower():
                same.setdefault(prefix, []).append(operation)
            else:
                rows.append(f"{folder}\t{operation}\t{' '.join(sorted(actions))}")
        out += [f"{folder}\t{prefix}:\t{' '.join(ops)}" for prefix, ops in sorted(same.items())] + rows
    with lzma.open(OUT, "wt", encoding="utf-8", preset=9) as f:
        f.write("\n".join(out) + "\n")
    print(f"{len(out) - 1} rows, {os.path.getsize(OUT)} bytes")


if __name__ == "__main__":
    main()
