"""Azure's tables: data planes from maintain/tables/azure-data-plane.tsv; the known actions and the exceptions to the ARM
rule from public data sets, whose files are given to ../regenerate.

ARM by rule: the type segments behind the last /providers/, and the verb.  What the rule gives is in no table.
"""
import collections
import itertools
import json
import re

VERB = {"GET": "read", "HEAD": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete"}
ENDS = ("read", "write", "delete", "action")
SETS = ("iann0036/iamlive's azure map and iann0036/iam-dataset 2073fa5 (MIT); corrections from azure-mgmt-* (MIT) and "
        "MicrosoftDocs/azure-docs role-based-access-control/permissions (CC-BY-4.0)")

# label of the fact table -> member, by service ("" for all); '+' takes the rest of the path
LABELS = {
    ("Blob", "c"): "Container", ("Blob", "b"): "Blob+", ("DataLake", "fs"): "Filesystem", ("DataLake", "path"): "Path+",
    ("Queue", "q"): "Queue", ("Queue", "id"): "MessageId", ("Table", "t"): "Table", ("File", "s"): "Share",
    ("File", "dir"): "Path+", ("File", "path"): "Path+", ("Cosmos", "d"): "Database", ("Cosmos", "c"): "Collection",
    ("Cosmos", "id"): "Item", ("AppConfiguration", "key"): "Key", ("EventGrid", "t"): "Topic",
    ("EventGrid", "s"): "Subscription", ("ServiceBus", "entity"): "Entity+", ("ServiceBus", "queue"): "Entity+",
    ("EventHubs", "hub"): "EventHub", ("Search", "i"): "Index", ("Search", "key"): "Key", ("OpenAI", "d"): "Deployment",
    ("KeyVault", "n"): "Name", ("KeyVault", "v"): "Version", ("", "name"): "Name+", ("", "rest"): "Rest+",
    ("MonitorMetrics", "resourceId"): "ResourceId+",
}
# how deep a resource goes: (service, depth) or depth -> the template behind {site}
DEPTH = {
    "container": "/{Container}", "blob": "/{Container}/{Blob}", "queue": "/{Queue}", "table": "/{Table}",
    "share": "/{Share}", ("File", "path"): "/{Share}/{Path}", ("DataLake", "container"): "/{Filesystem}",
    ("DataLake", "path"): "/{Filesystem}/{Path}", ("Cosmos", "database"): "/dbs/{Database}",
    ("Cosmos", "container"): "/dbs/{Database}/colls/{Collection}",
    ("Cosmos", "item"): "/dbs/{Database}/colls/{Collection}/docs/{Item}",
    "secret": "/secrets/{Name}", ("KeyVault", "key"): "/keys/{Name}", "certificate": "/certificates/{Name}",
    ("AppConfiguration", "key"): "/kv/{Key}", ("ServiceBus", "entity"): "/{Entity}", ("EventHubs", "hub"): "/{EventHub}",
    ("EventGrid", "subscription"): "/topics/{Topic}/eventsubscriptions/{Subscription}",
    ("Search", "index"): "/indexes/{Index}", ("ContainerRegistry", "repository"): "/{Name}",
}
# what a generic entry of the map, or a look-alike, names: the rule is right there
UNBELIEVED = {"microsoft.resources/resources/read", "microsoft.digitaltwins/digitaltwins/write",
              "microsoft.digitaltwins/digitaltwins/delete", "microsoft.resources/tags/read"}
# query keys that some rows of a service ask for and that do not matter to these others
MAY = {"Blob": ["versionid"]}
# conditions of the fact table that say what a request must hold anyway, and would only make other rows unknown
NEEDLESS = {"blockid", "copyid", "where", "popreceipt", "visibilitytimeout", "api-version"}


def read_rows(path):
    with open(path, encoding="utf-8") as f:
        lines = [line.rstrip("\n") for line in f if line.strip() and not line.startswith("#")]
    names = lines[0].split("\t")
    return [dict(zip(names, line.split("\t") + [""] * len(names))) for line in lines[1:]]


def odata(path):
    """"/t(PartitionKey='{p}',RowKey='{r}')" -> "/t/()/{p}/{r}": a key in parentheses is segments of its own."""
    def key(m):
        return m.group(1) + "/()" + "".join("/" + k for k in re.findall(r"\{\w+\}", m.group(2)))
    return re.sub(r"([^/()]+)\(([^)]*)\)", key, path)


def colon(path):
    """"/topics/{t}:publish" -> "/topics/{t}/:publish"."""
    return re.sub(r"([^/]):(\w[\w-]*)$", r"\1/:\2", path)


def paths(service, text):
    """Every path that the fact table's short form stands for."""
    for one in text.split("|"):
        one = re.sub(r"/\*\*", "/{rest}", one)
        parts = re.split(r"(\[[^]]*\])", one)
        choices = [("", p[1:-1]) if p.startswith("[") else (p,) for p in parts]
        for made in itertools.product(*choices):
            path = colon(odata("".join(made))) if service != "AppConfiguration" else "".join(made)
            yield re.sub(r"\{(\w+)\}", lambda m: "{" + label(service, m.group(1)) + "}", path)


def label(service, name):
    return LABELS.get((service, name)) or LABELS.get(("", name)) or name[0].upper() + name[1:]


def conditions(row):
    """Alternatives of (query part, header part)."""
    sets = []
    for cond in [c for c in row["discriminators"].split("&") if c]:
        absent, cond = cond.startswith("!"), cond.lstrip("!")
        header = cond.startswith("h:")
        name, _, values = (cond[2:] if header else cond).partition("=")
        if (absent and not header) or (not header and name in NEEDLESS):
            continue                                # a query key that others ask for makes a request unknown anyway
        if header:
            name = name.lower()
            sets.append([("", "!h:" + name)] if absent else [("", f"h:{name}={v}" if v else "h:" + name)
                                                               for v in values.split("|")])
        else:
            sets.append([(f"{name}={v}" if v else name, "") for v in values.split("|")])
    for combo in itertools.product(*sets):
        yield [q for q, _ in combo if q], [h for _, h in combo if h]


def requests(row):
    service = row["service"]
    verbs = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"] if row["verb"] == "ANY" else row["verb"].split(",")
    for verb, path, (query, headers) in itertools.product(verbs, paths(service, row["path"]), conditions(row)):
        query = query + [f"({k})" for k in MAY.get(service, []) if verb != "DELETE" and "{Blob+}" in path]
        yield verb + " " + path + ("?" + "&".join(query) if query else "") + "".join(" " + h.replace(" ", "%20")
                                                                                    for h in headers)


def accesses(row):
    if row["actions"] in ("none", "-"):
        return "-"
    if row["actions"] in ("?", "parts"):
        return "?"
    depth = DEPTH.get((row["service"], row["depth"]), DEPTH.get(row["depth"], ""))
    first = row["actions"].split("|")[0]            # any one of the alternatives will do: the one that says most
    have = set(re.findall(r"\{(\w+)\+?\}", " ".join(paths(row["service"], row["path"]))))
    for need in re.findall(r"\{(\w+)\}", depth):
        if need not in have:
            depth = ""
    return "; ".join(f"{a} {{site}}{depth}" for a in first.split(","))


def operation_name(row):
    if row["operation"] != "*" or "/" not in row["actions"]:
        return row["operation"]
    plane, verb = row["actions"].split("/")[-2:]
    return verb.capitalize() + plane.capitalize()


def data_planes(facts, hosts):
    """service -> table text"""
    made = collections.OrderedDict()
    for row in facts:
        made.setdefault(row["service"], collections.OrderedDict()).setdefault(operation_name(row), []).append(row)
    for service, operations in sorted(made.items()):
        operations.pop("*", None)                   # a whole host without a list of its operations: override/
        if service not in hosts or not operations:
            continue
        out = [f"# {service}: {len(operations)} operations.  Made by ../regenerate from maintain/tables/azure-data-plane.tsv; "
               "corrections go to override/.", f"@service\t{service}"]
        out += [f"@{word}\t{value}" for word, value in hosts[service]]
        for name, rows in sorted(operations.items()):
            alternatives = list(dict.fromkeys(r for row in rows for r in requests(row)))
            need = list(dict.fromkeys(accesses(row) for row in rows))
            out.append("\t".join([name, " ; ".join(alternatives), need[0], "-"]))
        yield service, "\n".join(out) + "\n"


# --- ARM ---

def by_rule(method, path):
    """-> (type, does the path end in a type, action)"""
    parts = [p for p in path.split("/") if p]
    low = [p.lower() for p in parts]
    if "providers" in low:
        rest = parts[len(low) - low[::-1].index("providers"):]
        if not rest:
            return "Microsoft.Resources", True, None
        provider, tail = rest[0], rest[1:]
    else:
        provider, tail = "Microsoft.Resources", parts
    kind = "/".join([provider] + tail[0::2])
    odd = len(tail) % 2 == 1
    if not tail:
        return kind, odd, None
    return kind, odd, kind + "/" + (("action" if odd else "write") if method == "POST" else VERB[method])


def facts_of(arm, corrections):
    facts = {(m, p): list(a) for m, paths_ in arm.items() for p, a in paths_.items()}
    facts.update({(c["verb"], c["path"]): c["actions"] for c in corrections})
    return facts


def exceptions(facts, listed):
    """(method, ends in a type, type) -> action, where the rule gives another, which no list has, and no path of that type
    agrees with it.  ${listed}: every action that a source names, in small letters."""
    differ, agree = collections.defaultdict(collections.Counter), set()
    for (method, path), actions in facts.items():
        kind, odd, action = by_rule(method, path)
        key = (method, odd, kind.lower())
        if "{" in kind:
            continue
        if action and (action.lower() in listed or action.lower() in [a.lower() for a in actions]):
            agree.add(key)
        else:
            differ[key].update(a for a in actions if a.count("/") > 1 and a.lower() not in UNBELIEVED and
                               a.split("/")[0].lower() == kind.split("/")[0].lower())
    return {k: c.most_common(1)[0][0] for k, c in differ.items() if k not in agree and c}


def known(facts, roles, planes, more):
    """Every action that a source names, in its commonest spelling."""
    count = collections.Counter()
    for actions in facts.values():
        count.update(actions)
    for role in roles:
        for p in role["permissions"]:
            for field in ("actions", "dataActions", "notActions", "notDataActions"):
                count.update(a for a in p[field] if "*" not in a)
    for row in planes:
        count.update(a for a in re.split(r"[|,]", row["actions"]) if "/" in a)
    count.update(more)
    spelt = collections.defaultdict(collections.Counter)
    for name, n in count.items():
        parts = name.strip().split("/")
        if len(parts) < 2 or not all(re.fullmatch(r"[\w.$:-]+", p) for p in parts):
            continue
        if parts[-1].lower() in ENDS:
            parts[-1] = parts[-1].lower()
        for i in range(1, len(parts) + 1):
            spelt["/".join(parts[:i]).lower()][parts[i - 1]] += n
    out = {}
    for name in {n.strip().lower() for n in count}:
        parts = name.split("/")
        if name in spelt and len(parts) > 1:
            choices = [spelt["/".join(parts[:i + 1])] for i in range(len(parts))]
            out[name] = "/".join(max(sorted(c), key=lambda w: (w[0].isupper() and i == 0, c[w])) for i, c in
                                 enumerate(choices))
    return sorted(out.values(), key=str.lower)


def arm_tables(arm, corrections, roles, planes):
    """-> (actions table, exceptions table)"""
    facts = facts_of(arm, corrections)
    every = {a.lower() for actions in facts.values() for a in actions}
    every |= {a.lower() for r in roles for p in r["permissions"] for f in ("actions", "dataActions") for a in p[f]}
    odd_ones = exceptions(facts, every)
    names = known(facts, roles, planes, odd_ones.values())
    spelling = {n.lower(): n for n in names}
    head = f"# {len(names)} actions that Azure is known to have.  Made by ../regenerate from {SETS}."
    actions = [head] + [f"@known\t{n}" for n in names]
    head = (f"# {len(odd_ones)} exceptions to the rule \"type behind the last /providers/, and verb\": verb, does the path end in "
            f"a type (list) or a name (item), type, action.\n# Made by ../regenerate from {SETS}.")
    table = [head] + ["\t".join(["@arm", m, "list" if odd else "item", kind, spelling[a.lower()]])
                      for (m, odd, kind), a in sorted(odd_ones.items(), key=lambda x: (x[0][2], x[0]))
                      if a.lower() in spelling]
    return "\n".join(actions) + "\n", "\n".join(table) + "\n"


def load(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)
