#!/usr/bin/env python3
"""Google's machine-made tables of the analyzer, from the packages that the catalogue is made from:

    google.py CATALOG NODE WHEEL OUT

CATALOG: allowlists/catalog/gcp; NODE: the folder whose node_modules has google-proto-files; WHEEL: google-api-python-client.
OUT/gcp-rpcs.tsv       per service of the catalogue, the fields of each RPC's request that name its resource, with their numbers
OUT/gcp-paths.tsv      per proto package, the resource names that generated clients build (google.api.resource)
OUT/gcp-discovery.tsv  per API, each method's verb and path with the names of its parameters
"""

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent


def recipes(catalog):
    """{"google.pubsub.v1.Publisher/Publish": "{1}"}"""
    found = {}
    for path in sorted(catalog.glob("**/*.tsv")):
        for line in path.read_text().splitlines():
            cell = line.split("\t")
            if cell[0] != "@rpc":
                continue
            name, _, method = cell[1].partition("/")
            versions = re.search(r"[^.]*\|[^.]*", name)
            for one in versions[0].split("|") if versions else [""]:
                found[(name.replace(versions[0], one) if versions else name) + "/" + method] = cell[3]
    return found


def rpcs(catalog, node):
    """{service: ["Publish:topic=1"]}"""
    recipe, services = recipes(catalog), {}
    tool = HERE.parents[2] / "allowlists/catalog/maintain/protos.js"
    done = subprocess.run(["node", tool, node], capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        rpc = json.loads(line)
        if rpc["name"] not in recipe:
            continue
        named = {number: name for name, number in {**rpc["fields"], **{k: v for k, v in rpc["variables"].items() if v}}.items()}
        service, _, method = rpc["name"].partition("/")
        numbers = re.findall(r"\{([\d.]+)", recipe[rpc["name"]])
        fields = [f"{named[n]}={n}" for n in dict.fromkeys(numbers) if n in named]
        services.setdefault(service, []).append(f"{method}:{','.join(fields)}")
    return services


def snake(word):
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", word).lower()


def paths(node):
    """{"google.pubsub.v1": {"topic": "projects/{project}/topics/{topic}"}}"""
    found, types, uses = {}, {}, {}
    root = Path(node) / "node_modules/google-proto-files/google"
    for path in sorted(root.rglob("*.proto")):
        text = path.read_text(errors="replace")
        package = re.search(r"^package ([\w.]+);", text, re.M)
        if not package:
            continue
        text = re.sub(r"//[^\n]*", "", text)
        for m in re.finditer(r"google\.api\.resource(?:_definition)?\)\s*=\s*\{(.*?)\};?\n\s*(?:\w|\}|$)", text, re.S):
            kind = re.search(r'type:\s*"([^"]+)"', m[1])
            pattern = re.findall(r'pattern:\s*((?:"[^"]*"\s*)+)', m[1])
            if kind and pattern:
                types[kind[1]] = [re.sub(r'"\s*"?', "", p).strip() for p in pattern]
                found.setdefault(package[1], {})[kind[1]] = True
        for kind in re.findall(r'(?:child_)?type:\s*"([\w.]+/\w+)"', text):
            uses.setdefault(package[1], {})[kind] = True
    table = {}
    for package in sorted(set(found) | set(uses)):
        row = {}
        for kind in sorted({**uses.get(package, {}), **found.get(package, {})}):
            for pattern in types.get(kind, []):
                if "{" not in pattern:
                    continue
                row.setdefault(snake(kind.split("/")[1]), pattern)
                words = [re.sub(r"\W", "", w.split("=")[0]) for w in re.findall(r"\{([^}]+)\}", pattern)]
                if len(types[kind]) > 1:                # several patterns: the name is made of the parameters
                    row["_".join(words)] = pattern
        if row:
            table[package] = row
    return table


def rank(version):
    """Stable before beta before alpha, then the newer one."""
    m = re.fullmatch(r"v(\d+)(?:p(\d+))?(?:(alpha|beta)(\d*))?", version)
    return (m is not None, m and m[3] is None, m and m[3] == "beta", int(m[1]) if m else 0, int(m[4] or 0) if m and m[4] else 0)


def discovery(wheel):
    """{api: (host, {method: "POST v1/{+topic}:publish"})}"""
    apis = {}
    archive = zipfile.ZipFile(wheel)
    for name in sorted(archive.namelist()):
        if "/discovery_cache/documents/" not in name or not name.endswith(".json"):
            continue
        doc = json.loads(archive.read(name))
        if "name" in doc and "resources" in doc or "methods" in doc:
            apis.setdefault(doc["name"], []).append(doc)
    table = {}
    for api, docs in apis.items():
        methods, host = {}, ""
        for doc in sorted(docs, key=lambda d: rank(d["version"])):
            host = re.sub(r"^https?://|/$", "", doc["rootUrl"])
            walk(doc, doc["servicePath"], methods)
        table[api] = (host, methods)
    return table


def walk(node, base, methods):
    for m in node.get("methods", {}).values():
        methods[m["id"].split(".", 1)[1]] = f"{m['httpMethod']} {base}{m['path']}".replace("//", "/")
    for child in node.get("resources", {}).values():
        walk(child, base, methods)


def write(path, says, lines):
    path.write_text("# " + says + "  Made by maintain/clouds; corrections go to gcp-calls.tsv.\n" + "".join(f"{x}\n" for x in lines))


def main():
    catalog, node, wheel, out = (Path(a) for a in sys.argv[1:5])
    write(out / "gcp-rpcs.tsv", "Service; per RPC the request's fields that name its resource, with their numbers (google-proto-files).",
          (f"{s}\t{' '.join(sorted(r))}" for s, r in sorted(rpcs(catalog, node).items())))
    write(out / "gcp-paths.tsv", "Proto package; the resource names that its clients build (google-proto-files).",
          (f"{p}\t{' '.join(f'{n}={v}' for n, v in sorted(r.items()))}" for p, r in sorted(paths(node).items())))
    lines = []
    for api, (host, methods) in sorted(discovery(wheel).items()):
        lines += [f"@{api}\t{host}", *(f"{m}\t{p}" for m, p in sorted(methods.items()))]
    write(out / "gcp-discovery.tsv", "API and host; method, verb and path (google-api-python-client).", lines)


if __name__ == "__main__":
    main()
