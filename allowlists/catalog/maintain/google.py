"""Google's tables: REST methods out of discovery documents, RPCs out of protos, permissions out of tables/gcp-*.tsv.

A method's rows say for all versions of its API at once what it is ("@" in a path is any of the "@version" rows); where two
versions give one request two meanings, each version has rows of its own.
"""
import collections
import json
import re
import zipfile

VERSION = re.compile(r"^v\d+(?:p\d+)*(?:\.\d+)?(?:(?:alpha|beta)\d*\w*)?(?:eap)?$|^(?:alpha|beta)$")
WORDS = {"b": "buckets", "o": "objects"}
LEGACY = re.compile(r"^[A-Za-z]+/@/")


def read_pairs(path):
    with open(path, encoding="utf-8") as f:
        for line in f:
            line = line.rstrip("\n")
            if line and not line.startswith("#"):
                yield line.split("\t")


class Method:
    """One discovery id: where each version of the API puts it."""

    def __init__(self, ident):
        self.ident = ident
        self.places = {}                    # (verb, path with "@") → set of versions
        self.upload = self.download = False


class Api:
    def __init__(self, name):
        self.name = name
        self.methods, self.hosts, self.versions = {}, set(), set()
        self.rpcs = []
        self.taken = {}                     # (verb, path without names) → a document, its ids: others add what is free

    def version_at(self, segments, version):
        for i, s in enumerate(segments[:3]):
            if s == version or VERSION.match(s):
                return i
        return None

    def add(self, doc, method):
        segments = (doc["servicePath"] + (method.get("flatPath") or method["path"])).lstrip("/").split("/")
        at = self.version_at(segments, doc["version"])
        shape = (method["httpMethod"], re.sub(r"\{[^}]*\}", "*", "/".join(segments)))
        first, ids = self.taken.setdefault(shape, (doc, set()))
        if first is doc:
            ids.add(method["id"])
        elif method["id"] not in ids:
            return
        m = self.methods.setdefault(method["id"], Method(method["id"]))
        version = None
        if at is not None:
            version, segments[at] = segments[at], "@"
            self.versions.add(version)
        segments = [re.sub(r"^\{\+([^}]*)\}", r"{\1+}", s) for s in segments]
        first = re.search(r"\{\+(\w+)\}", method["path"])
        pattern = method.get("parameters", {}).get(first.group(1), {}).get("pattern", "") if first else ""
        if pattern.endswith(".*$") and method["path"].count("{") == 1:
            last = max(i for i, s in enumerate(segments) if s.startswith("{"))
            segments[last] = re.sub(r"^\{(\w+)\}", r"{\1+}", segments[last])    # any number of segments
        behind = re.search(r"\{\+[^}]*\}([^{]*)$", method["path"])
        if behind and "flatPath" in method:                         # "{+name}" ends in words: they are the name's
            last = max((i for i, s in enumerate(segments) if s.startswith("{")), default=at if at is not None else -1)
            end = len(segments) - len([s for s in behind.group(1).split("/")[1:]])
            segments = [("+" + s if last < i < end else s) for i, s in enumerate(segments)]
        m.places.setdefault((method["httpMethod"], "/" + "/".join(segments)), set()).add(version)
        m.upload |= "mediaUpload" in method
        m.download |= bool(method.get("useMediaDownloadService"))

    def settle(self):
        """Versions that would give one request two meanings are written out."""
        users = collections.defaultdict(set)
        for m in self.methods.values():
            for verb, path in m.places:
                users[verb, re.sub(r"\{[^}+]*(\+?)\}", r"{\1}", path)].add(m.ident)
        if len(self.versions) < 2 or not any(len(ids) > 1 for ids in users.values()):
            return
        for m in self.methods.values():
            for (verb, path), versions in list(m.places.items()):
                if "@" in path:
                    del m.places[verb, path]
                    m.places.update({(verb, path.replace("@", v, 1)): {v} for v in versions})


def documents(wheel, modules):
    """Discovery documents of the Python client, and of the Go client, which also keeps versions that are no longer listed; of
    older Go clients for what has left the documents since: the newest comes first."""
    for archive, wanted in [(wheel, r"discovery_cache/documents/(?!index\.json).*\.json$"), *((m, r"-api\.json$") for m in modules)]:
        with zipfile.ZipFile(archive) as z:
            for name in sorted(z.namelist()):
                if re.search(wanted, name):
                    yield json.loads(z.read(name))


def apis(wheel, modules):
    found = {}
    for doc in documents(wheel, modules):
        def walk(node, doc=doc):
            for m in node.get("methods", {}).values():
                name = m["id"].split(".", 1)[0]                     # "sql" of the API "sqladmin"
                api = found.setdefault(name, Api(name))
                api.hosts.add(re.sub(r"^https://|/$", "", doc["rootUrl"]))
                api.add(doc, m)
            for r in node.get("resources", {}).values():
                walk(r)
        walk(doc)
    for api in found.values():
        api.settle()
        if any(LEGACY.match(p[1:]) for m in api.methods.values() for _, p in m.places):
            api.hosts.add("www.googleapis.com")                     # where the older APIs were, and still are
    return found


def own_name(path):
    """The resource in a path: from behind the version to the last label; None if it is none of the ordinary form."""
    segments = path[1:].split("/")
    start = 0
    for i, s in enumerate(segments[:3]):
        if s == "@" or VERSION.match(s):
            start = i + 1
    last = max((i for i, s in enumerate(segments) if s.startswith(("{", "+"))), default=-1)
    return "/".join(re.sub(r":\w+$", "", s) for s in segments[start:last + 1])


def storage_name(path):
    """Cloud Storage's short words are buckets and objects of no project; ACLs and notifications belong to theirs."""
    name = own_name(path)
    m = re.match(r"^b/(\{\w+\})(?:/o/(\{\w+\}))?", name)
    if not m:
        return None
    return f"projects/_/buckets/{m.group(1)}" + (f"/objects/{m.group(2)}" if m.group(2) else "")


def ordered(places):
    """A method's places, newest paths first; only those whose labels are the same can share a row."""
    return sorted(places, key=lambda p: (p[1].count("{"), p[1], p[0]))


def requests(method, place):
    verb, path = place
    out = [f"{verb} {path}"]
    if method.upload and verb in ("POST", "PUT", "PATCH"):
        out += [f"{verb} {p}{path}" for p in ("/upload", "/resumable/upload")]
        if verb != "PUT":
            out.append(f"PUT /upload{path}?upload_id")
    if method.download:
        out.append(f"{verb} /download{path}")
    return out


def accesses(facts, ident, template):
    told = facts.get(ident)
    if told is None:
        return f"? {template}"
    return "; ".join(f"{p} {template}" for p in told.split("; ")) if told != "-" else "-"


class Rpcs:
    """RPCs and what REST method each is."""

    def __init__(self, lines, found, twins, recipes):
        self.apis, self.twins, self.recipes = found, twins, recipes
        self.by_place = {}
        self.by_host = collections.defaultdict(list)
        for api in found.values():
            for h in api.hosts - {"www.googleapis.com"}:
                self.by_host[h].append(api)
            for m in api.methods.values():
                for verb, path in m.places:
                    for h in api.hosts:
                        self.by_place.setdefault((h, verb, self.key(path)), m.ident)
        self.lines = lines

    @staticmethod
    def key(path):
        return re.sub(r"\{[^}]*\}", "*", "/".join("@" if VERSION.match(s) else s.lstrip("+") for s in path.split("/")))

    @staticmethod
    def flat(template):
        """'{name=projects/*/topics/*}' → 'projects/*/topics/*', '{project}' → '*'."""
        return re.sub(r"\{[^}=]*\}", "*", re.sub(r"\{[^}=]*=([^}]*)\}", r"\1", template))

    def operation(self, rpc):
        for verb, t in rpc["http"]:
            got = self.by_place.get((rpc["host"], verb, self.key(self.flat(t))))
            if got:
                return got
        return self.twins.get(rpc["name"])

    def recipe(self, rpc):
        """Where its resource lies: a template over numbers of fields; '*' if nothing tells."""
        told = self.recipes.get(rpc["name"])
        if told:
            return re.sub(r"\{([^}]*)\}", lambda m: "{" + rpc["fields"][m.group(1)] + "}", told)
        for _, template in rpc["http"][:1]:
            path = re.sub(r"=[^}]*", "", template)
            names = re.findall(r"\{([^}]*)\}", path)
            if any(rpc["variables"].get(n) is None for n in names):
                return "*"
            whole = "=" in template
            name = own_name(re.sub(r"\{([^}]*)\}", lambda m: "{" + rpc["variables"][m.group(1)] + "}", path))
            if whole and len(names) == 1:
                name = "{" + rpc["variables"][names[0]] + "}"
            return name or "*"
        for n in ("name", "resource", "resource_name", "parent", "database", "session", "topic", "subscription", "project_name",
                  "table_name", "instance"):
            if n in rpc["fields"]:
                return "{" + rpc["fields"][n] + "}"
        return "*"

    def service(self, rpc, operation):
        if operation:
            return operation.split(".", 1)[0]
        names = self.by_host.get(rpc["host"])
        return names[0].name if names else rpc["host"].split(".")[0]


def version_of(name):
    """'google.pubsub.v1.Publisher' → ('google.pubsub.@.Publisher', 'v1')."""
    parts = name.split(".")
    for i, p in enumerate(parts[:-1]):
        if VERSION.match(p):
            return ".".join(parts[:i] + ["@"] + parts[i + 1:]), p
    return name, None


def rpc_rows(rpcs, facts):
    """service → ([operation rows], [@rpc rows], {hosts})."""
    out = collections.defaultdict(lambda: ({}, {}, set()))
    same = {}
    for rpc in rpcs.lines:
        if rpc["host"] is None or not rpc["host"].endswith(".googleapis.com"):
            continue
        operation, recipe = rpcs.operation(rpc), rpcs.recipe(rpc)
        full, method = rpc["name"].split("/")
        name, version = version_of(full)
        same.setdefault((name, method), []).append((version, full, operation, recipe, rpc))
    for (name, method), all_of_it in sorted(same.items()):
        known = [x[2] for x in all_of_it if x[2]]
        for version, full, operation, recipe, rpc in all_of_it:
            if not operation and not rpc["http"] and known:
                operation = known[0]                                # a version without REST means what the others mean
            service = rpcs.service(rpc, operation)
            rows, calls, hosts = out[service]
            hosts.add(rpc["host"])
            if operation:
                short = operation.split(".", 1)[1]
            else:
                newest = [x for x in all_of_it if not x[2] and rpcs.service(x[4], None) == service][-1]
                short = f"{newest[1]}/{method}"
                if short not in rows:
                    rows[short] = (short, "!", accesses(facts, short, "{path}"), "-")
            calls.setdefault((name, method, short, recipe), []).append(version)
    return out


def api_table(api, facts, rpc_part, header):
    rows, calls, hosts = rpc_part
    head = [header, f"@service\t{api.name}"]
    prefixes = collections.Counter()
    body = []
    for ident, m in sorted(api.methods.items()):
        short = ident.split(".", 1)[1]
        storage = api.name == "storage"
        groups = collections.OrderedDict()
        for place in ordered(m.places):
            labels = tuple(re.findall(r"\{([^}]*)\}", place[1])) if storage else ()
            groups.setdefault(labels, []).extend(requests(m, place))
        if len(groups) > 1:
            raise SystemExit(f"{ident}: labels that differ")
        template = "{path}"
        if storage:
            template = storage_name(next(iter(m.places))[1]) or template
        text = accesses(facts, ident, template)
        for p in facts.get(ident, "").split("; "):
            if "." in p:
                prefixes[p.split(".")[0]] += 1
        body.append((short, " ; ".join(dict.fromkeys(r for g in groups.values() for r in g)), text, "-"))
    prefix = prefixes.most_common(1)[0][0] if prefixes else api.name
    head.append(f"@prefix\t{prefix}")
    head.append("@protocol\trest-json\t-")
    head += [f"@host\t{h}" for h in sorted(api.hosts | hosts)]
    if api.versions:
        head.append("@version\t" + " ".join(sorted(api.versions)))
    lines = ["\t".join(r) for r in sorted(body + list(rows.values()))]
    for (name, method, short, recipe), versions in sorted(calls.items()):
        full = name.replace("@", "|".join(sorted(v for v in versions if v)), 1)
        lines.append(f"@rpc\t{full}/{method}\t{short}\t{recipe}")
    return "\n".join(head + lines) + "\n"


def tables(wheel, modules, rpc_lines, where, header):
    """Yield (file name, text) of every API; prints what it met."""
    facts = {row[0]: row[1] for row in read_pairs(f"{where}/gcp-permissions.tsv")}
    twins = dict(read_pairs(f"{where}/gcp-twins.tsv"))
    recipes = dict(read_pairs(f"{where}/gcp-recipes.tsv"))
    found = apis(wheel, modules)
    rpcs = Rpcs([json.loads(line) for line in rpc_lines], found, twins, recipes)
    parts = rpc_rows(rpcs, facts)
    for name in sorted(set(found) | set(parts)):
        yield f"{name}.tsv", api_table(found.get(name) or Api(name), facts, parts[name], header(name))
