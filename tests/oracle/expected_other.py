"""What a Google or an Azure request is, by the request and the arguments of the call: the second opinion."""
import base64
import os
import re
from urllib.parse import unquote, urlsplit

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
VERB = {"GET": "read", "HEAD": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete", "POST": "action"}


def arm_action(method, path):
    """Type segments after the last `providers`, and the verb; an odd tail of a POST is an action of its own."""
    parts = [p for p in path.split("/") if p]
    low = [p.lower() for p in parts]
    if "providers" in low:
        rest = parts[len(low) - low[::-1].index("providers"):]
        provider, tail = rest[0] if rest else "", rest[1:]
    else:
        provider, tail = "Microsoft.Resources", parts
        names = {"subscriptions": "subscriptions", "resourcegroups": "resourceGroups"}
        tail = [names.get(p.lower(), p) for p in tail]
    if not provider or not tail:
        return None
    types = tail[0::2]
    if method == "POST":
        if len(tail) % 2:                            # ends in a word that names no resource: listKeys, start ...
            return "/".join([provider, *types]) + "/action"
        return None                                  # a POST on a resource: exceptions, no rule
    return "/".join([provider, *types, VERB[method]])


def arm_same(want, got, known={}):                                   # noqa: B006  (a cache)
    """Names of actions are compared without regard to case, as the service does ("Azure resource provider operations"; paths
    of SDKs differ from them in case alone thousands of times).  But it has to be the spelling of the vendor's list, where
    the list has the action; elsewhere that of the path."""
    if not known:
        known[""] = ""
        folder = f"{ROOT}/allowlists/catalog/azure"
        for name in ("actions.tsv", "override/actions.tsv"):
            with open(f"{folder}/{name}", encoding="utf-8") as f:
                known.update((line.split("\t")[1].strip().lower(), line.split("\t")[1].strip())
                             for line in f if line.startswith("@known\t"))
    if want is None or got is None or want.lower() != got.lower():
        return False
    return got == known.get(got.lower(), got)


def operation(label, request):
    if label.get("protocol") == "arm":
        return arm_action(request["method"], urlsplit(request["target"]).path)
    return None


def camel(name):
    return [w.lower() for w in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", name)]


STANDARD = {"GET": ("get", "list"), "POST": (None, "create"), "PUT": ("update", "update"), "PATCH": ("patch", None),
            "DELETE": ("delete", None)}


def of_rule(rule):
    """('GET /v1/{name=projects/*/topics/*}') -> the collections of its path, and how discovery calls the method by AIP-131 to
    AIP-136: `get`, `list` ... or the path's own verb; None where no standard says."""
    verb, path = rule.split(" ", 1)
    path = re.sub(r"\{[^}=]*=([^}]*)\}", r"\1", path)
    path = re.sub(r"\{[^}]*\}", "*", path)
    path, _, own = path.partition(":")
    parts = [p for p in path.split("/") if p]
    if parts and re.match(r"v\d", parts[0]):
        parts = parts[1:]
    item = bool(parts) and parts[-1].startswith("*")
    return [p for p in parts if not p.startswith("*")], own or STANDARD[verb][0 if item else 1]


def begins(words, path):
    return words == path[:len(words)]


def same_method(label, got):
    """An RPC may carry the discovery id of the REST method that one of its own HTTP rules describes: the id's collections are
    the path's, and its method is the standard's (`topics.get`), the path's verb (`topics.publish`), or the RPC's own name
    without words of its resource (`databases.getDdl` of GetDatabaseDdl).  One without a rule (storage's) is of the same
    words as the id: CreateManagedFolder, managedFolders.insert.  One without an id keeps its own name, and versions of it
    are one operation: google.cloud.speech.v1.Speech/X and v2."""
    def plain(name):
        return re.sub(r"\.v\d\w*(?=\.)", "", name)
    if "/" in got:
        return plain(got) == plain(label["operation"])
    words, name = got.split(".")[1:], camel(label["operation"].rsplit("/", 1)[-1])
    method, collections = words[-1], words[:-1]
    for rule in label.get("rules") or []:
        path, standard = of_rule(rule)
        if method == standard and collections == path:
            return True
        mine = camel(method)
        if mine[0] == name[0] and set(mine) <= set(name) and begins(collections, path) and len(mine) > 1:
            return True
    if label.get("rules") or not collections:
        return False
    verb = {"insert": ["create"], "patch": ["update"]}.get(method, camel(method))
    thing = camel(re.sub("s$", "", collections[-1]))
    return sorted(name) in (sorted(verb + thing), sorted(verb + camel(collections[-1])), sorted(verb))


FILED = {"directory": "admin", "reports": "admin", "datatransfer": "admin", "customsearch": "search", "translate": "language",
         "searchconsole": "webmasters"}


def same_rest(want, got):
    """googleapis makes identifiers of the ids of discovery: words joined by '-' or '_' become one, an API without resources gets one
    that is called like its version (addressvalidation.v1.validateAddress), and APIs are filed under other names than their ids
    begin with ("directory" of admin, "customsearch" of search).  What it files under storage.operations has ids
    storage.buckets.operations."""
    def plain(name):
        words = [w for w in name.split(".") if not re.fullmatch(r"v\d\w*", w)]
        words[0] = FILED.get(words[0], words[0])
        if words[:2] == ["storage", "operations"]:
            words.insert(1, "buckets")
        return re.sub(r"[-_]", "", ".".join(words)).lower()
    return plain(want) == plain(got)


def no_name(label):
    """The SDK's package says nothing about the form of a whole name ({+name}), and the generator made a word of it, which no
    service has: nothing is expected of such a request but that it is refused."""
    return bool(label.get("invented"))


def words(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for v in value.values():
            yield from words(v)


def resource(label, answer, request):
    """-> (verdict or None, detail).  Of Google: what the path's last label holds must be what a resource ends in; over gRPC some
    resource must be a field of the message, or end in one; `*` is wrong where the path or a field named `name`, `parent` or
    `resource` says more.  A parent's list is compared with the path."""
    got = {a["resource"] for a in answer.get("accesses") or []}
    if label.get("resource"):
        want = set(label["resource"])
        return ("exact", "") if want == got else ("wrong", f"want {sorted(want)} got {sorted(got)}")
    concrete = {g for g in got if g != "*"}
    given = [w for w in words(label["input"]) if len(w) > 1]
    if label.get("protocol") == "arm":
        path = unquote(urlsplit(request["target"]).path).rstrip("/").lower()
        for g in concrete:
            if not path.startswith(g.lower()):
                return "wrong", f"{g} does not begin {path}"
        return ("exact", "") if concrete else (None, "")
    if not got or label.get("protocol") == "dataplane":
        return None, ""                              # it needs no permission; what goes before a call has no label
    if label.get("protocol") == "grpc":
        named = [v for k, v in (label["input"] or {}).items() if k in ("name", "parent", "resource") and "/" in str(v)]
        if any(g == w or g.endswith("/" + w) for g in concrete for w in given):
            return "exact", ""
        return ("wrong", f"{sorted(got)} is none of {given[:4]}") if concrete or named else (None, "")
    path = re.sub(r":\w+$", "", urlsplit(request["target"]).path.rstrip("/"))
    last = unquote(path.rsplit("/", 1)[-1])
    if last in given or last in [w.rsplit("/", 1)[-1] for w in given]:
        if any(g.endswith(last) for g in concrete):
            return "exact", ""
        return "wrong", f"{sorted(got)} does not end in {last}"
    told = " ".join([unquote(path), unquote(urlsplit(request["target"]).query), *given,
                     base64.b64decode(request.get("body_base64", "")).decode("latin-1")])
    for g in concrete:                               # every word of it is in the path, or in what the caller gave
        if any(p not in told for p in unquote(g).split("/") if p not in ("projects", "_", "buckets", "objects", "*")):
            return "wrong", f"{g} is not of {path}"
    return ("exact", "") if concrete else (None, "")
