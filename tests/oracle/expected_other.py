"""What a Google or an Azure request is, by the request and the arguments of the call: the second opinion."""
import gzip
import json
import re
from urllib.parse import unquote, urlsplit

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


def operation(label, request):
    if label.get("protocol") == "arm":
        return arm_action(request["method"], urlsplit(request["target"]).path)
    return None


def shape(rule):
    """'/v1/{name=projects/*/topics/*}:publish' → a pattern that a REST path without its version is searched for."""
    rule = re.sub(r"\{[^}=]*=([^}]*)\}", r"\1", rule)
    rule = re.sub(r"\{[^}]*\}", "*", rule)
    rule = re.sub(r"/v\d\w*(?=/)", "", rule, count=1)
    return re.compile(re.escape(rule).replace(r"\*\*", ".*").replace(r"\*", "[^/]+") + "$")


def same_method(label, got, where, cache={}):                        # noqa: B006  (a cache)
    """An RPC may carry the discovery id of the REST method that its HTTP rules describe: one whose recorded request
    has the path of one of the rules."""
    if not cache:
        with gzip.open(f"{where}/gcp.labels.jsonl.gz", "rt") as labels, gzip.open(f"{where}/gcp.jsonl.gz", "rt") as f:
            for one, request in zip(labels, f):
                path = unquote(urlsplit(json.loads(request)["target"]).path)
                cache.setdefault(json.loads(one)["operation"], set()).add(re.sub(r"/v\d\w*(?=/)", "", path, count=1))
    rpc, words = label["operation"].rsplit("/", 1)[-1].lower(), got.split(".")
    verb = {"insert": "create", "patch": "update"}.get(words[-1], words[-1]).lower()
    if not label.get("rules") and rpc.startswith(verb) and (rpc == verb or words[-2][:-1].lower() in rpc):
        return True                                                 # no HTTP rule: GetFolder is folders.get
    return any(shape(rule).search(path) for rule in label.get("rules") or [] for path in cache.get(got, ()))


def no_name(label):
    """The SDK's package says nothing about the form of a name, and the generator made one that no service has."""
    return any(isinstance(v, str) and v.startswith("alps-") for v in (label["input"] or {}).values())


def words(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for v in value.values():
            yield from words(v)


def resource(label, answer, request):
    """-> (verdict or None, detail)"""
    got = {a["resource"] for a in answer.get("accesses") or []}
    if label.get("resource"):
        want = set(label["resource"])
        return ("exact", "") if want == got else ("wrong", f"want {sorted(want)} got {sorted(got)}")
    concrete = {g for g in got if g != "*"}
    if not concrete:
        return None, ""
    if label.get("protocol") == "arm":
        path = unquote(urlsplit(request["target"]).path).rstrip("/").lower()
        for g in concrete:
            if not path.startswith(g.lower()):
                return "wrong", f"{g} does not begin {path}"
        return "exact", ""
    given = [w for w in words(label["input"]) if len(w) > 1]
    for g in concrete:
        pieces = [p for p in re.split(r"[/]", g) if p]
        if given and not any(w in g or g.endswith(w) for w in given) and not any(p in given for p in pieces):
            return "wrong", f"{g} holds none of {given[:4]}"
    return "exact", ""
