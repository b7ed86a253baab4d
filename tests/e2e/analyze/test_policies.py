#!/usr/bin/env python3
"""What `alps analyze` writes is what others take: every fixture at three levels; its IAM policies by parliament, its YAML, HCL and
JSON by readers of others, Google's permissions by the vendor's list; the page and the findings for code hosts."""

import contextlib
import glob
import html.parser
import io
import json
import logging
import os
import subprocess
import sys
import tempfile
import warnings

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
VENV = os.path.join(ROOT, "build", "venv")
if os.path.abspath(sys.prefix) != os.path.abspath(VENV):       # where the readers of others are
    os.execv(os.path.join(VENV, "bin", "python"), [os.path.join(VENV, "bin", "python"), os.path.abspath(__file__), *sys.argv[1:]])
warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
import hcl2  # noqa: E402
import parliament  # noqa: E402
import yaml  # noqa: E402

ALPS = os.environ.get("ALPS_BIN", os.path.join(ROOT, "build", "alps"))
HERE = os.path.join(ROOT, "tests", "e2e", "analyze")
# what parliament says of a policy that is as narrow as the code allows it to be: not a mistake
NOT_A_MISTAKE = {"RESOURCE_STAR", "RESOURCE_EFFECTIVELY_STAR", "PRIVILEGE_ESCALATION", "CREDENTIALS_EXPOSURE", "PERMISSIONS_MANAGEMENT_ACTIONS",
                 "SINGLE_VALUE_CONDITION_TOO_PERMISSIVE"}
count = {"passed": 0, "failed": 0}


def report(name, why):
    count["failed" if why else "passed"] += 1
    print("%s %s%s" % ("FAIL" if why else "ok", name, ": " + str(why) if why else ""), flush=True)


def known_permissions():
    found = set()
    with open(os.path.join(ROOT, "analyzer", "tables", "gcp-permissions.tsv")) as f:
        for line in f:
            front, _, verbs = line.strip().partition(":")
            found.update(front + v for v in verbs.split(",") if not line.startswith("#"))
    return found


def check_aws(text):
    if len("".join(json.dumps(json.loads(text), separators=(",", ":")))) > 6144:
        return "longer than a managed policy may be"
    if not json.loads(text)["Statement"]:
        return None                                 # nothing is needed, so nothing is given
    with contextlib.redirect_stderr(io.StringIO()):
        policy = parliament.analyze_policy_string(text)
    bad = [f for f in policy.findings if f.issue not in NOT_A_MISTAKE]
    return ["%s %s %s" % (f.issue, f.detail, f.location) for f in bad] or None


def check_file(path, permissions):
    name = os.path.basename(path)
    with open(path) as f:
        text = f.read()
    if name.startswith("policy.aws") and name.endswith(".json"):
        return check_aws(text)
    if name.startswith("role.gcp") and name.endswith(".yaml"):
        return sorted(set(yaml.safe_load(text)["includedPermissions"]) - permissions) or None
    if name.endswith(".json"):
        return None if json.loads(text) else "empty"
    if name.endswith(".yaml"):
        return None if yaml.safe_load(text)["Policies"][0]["Version"] == "2012-10-17" else text
    if name.endswith(".tf"):
        return None if hcl2.loads(text)["resource"] else text
    return None if name.endswith(".bicep") and text.startswith("resource ") else "unknown file"


def check_folder(folder, level, permissions):
    with tempfile.TemporaryDirectory() as out:
        p = subprocess.run([ALPS, "analyze", folder, "--out", out, "--snippets", "--level", level], capture_output=True, text=True)
        if p.returncode > 1:
            return p.stderr
        wrong = []
        for path in sorted(glob.glob(os.path.join(out, "*", "*"))):
            why = check_file(path, permissions)
            if why:
                wrong.append("%s: %s" % (os.path.relpath(path, out), why))
        return "\n".join(wrong) if wrong else None if glob.glob(os.path.join(out, "*", "allowlist.json")) else "nothing was written"


class Balanced(html.parser.HTMLParser):
    """Names of elements that are open, and those that no report of ours has."""
    OURS = {"html", "meta", "title", "style", "h1", "h2", "h3", "small", "table", "tr", "th", "td", "br", "ul", "li", "b", "details",
            "summary", "pre"}

    def __init__(self, text):
        super().__init__()
        self.foreign, self.names = set(), []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        if tag not in self.OURS:
            self.foreign.add(tag)

    def handle_data(self, data):
        self.names.append(data)


def page_is_safe():
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "a<script>.py"), "w") as f:
            f.write("import boto3\ndef handler(e, c):\n    boto3.client('s3').get_object(Bucket='x<img>&', Key='k')\n")
        text = subprocess.run([ALPS, "analyze", folder, "--html"], capture_output=True, text=True).stdout
    page = Balanced(text)
    if page.foreign:
        return "elements of others: %s" % page.foreign
    return None if "s3:GetObject" in page.names and any("a<script>.py" in n for n in page.names) else text


def findings_have_places():
    p = subprocess.run([ALPS, "analyze", "demo/app", "--sarif"], capture_output=True, text=True, cwd=ROOT)
    run = json.loads(p.stdout)["runs"][0]
    for r in run["results"]:
        place = r["locations"][0]["physicalLocation"]
        path = os.path.join(ROOT, place["artifactLocation"]["uri"])
        with open(path) as f:
            if place["region"]["startLine"] > len(f.readlines()):
                return "%s has no such line" % place
    return None if {r["ruleId"] for r in run["results"]} >= {"excess-permission"} else run


def main():
    permissions = known_permissions()
    folders = [d for kind in ("cases", "variants", "declared", "iac", "parity") for d in sorted(glob.glob(os.path.join(HERE, kind, "*")))
               if os.path.isdir(d)]
    for folder in folders:
        why = [w for w in (check_folder(folder, level, permissions) for level in ("service", "object", "entity")) if w]
        report(os.path.relpath(folder, HERE) + ": what is written is valid at three levels", "\n".join(why))
    report("the page holds no markup of the code it is about", page_is_safe())
    report("findings have a file and a line that are there", findings_have_places())
    print("%(passed)d passed, %(failed)d failed, 0 skipped" % count)
    return 1 if count["failed"] or len(folders) < 10 else 0


if __name__ == "__main__":
    sys.exit(main())
