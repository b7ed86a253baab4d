"""Operation → actions, and action → resource template, by rules that would rather say '*' than guess."""
import re

BUILTIN = {"Partition": "{partition}", "Region": "{region}", "Account": "{account}"}
VARIABLE = re.compile(r"\$\{([A-Za-z0-9_]+)\}")


def read_pairs(path):
    """Rows of a hand-written table: (columns …), comments and blank lines left out."""
    with open(path) as f:
        for line in f:
            line = line.rstrip("\n")
            if line and not line.startswith("#"):
                yield line.split("\t")


class Joiner:
    def __init__(self, iam, prefixes, actions, joins):
        self.iam = iam
        self.joins = {}
        for service, kind, template in joins:
            self.joins.setdefault((service, kind), []).append(template)
        self.prefixes = {row[0]: row[1] for row in prefixes}
        self.actions = {(row[0], row[1]): row[2].split() for row in actions}

    def prefix(self, service):
        """The IAM prefix: as told, else the name under which most operations are actions."""
        if service.name in self.prefixes:
            return self.prefixes[service.name]
        names = [service.metadata.get("signingName"), service.metadata["endpointPrefix"], service.name]
        known = [n for n in names if n in self.iam.prefixes]
        if not known:
            return ""
        return max(known, key=lambda n: (sum(self.iam.find(f"{n}:{o}") is not None for o in service.operations),
                                         -known.index(n)))

    def needs(self, service, prefix, operation):
        """(how, [actions])."""
        told = self.actions.get((service.name, operation))
        if told is not None:
            return "table", [] if told == ["-"] else told
        if prefix:
            name = re.sub(r"[0-9_]+$", "", operation) if service.name == "cloudfront" else operation
            same = self.iam.find(f"{prefix}:{name}")
            if same:
                return "identity", [same]
        return "unknown", None

    @staticmethod
    def fits(service, shape, template):
        """Are the members of a hand-written template in the input, and always there?"""
        required = shape.get("required", [])
        for group in re.findall(r"\{([^}]*)\}", re.sub(r"\[[^\]]+\]", "", template)):
            names = [re.split(r"[:=\[]", one)[0] for one in group.split("|")]
            if names[0] in ("partition", "region", "account"):
                continue
            have = [n for n in names if n in shape.get("members", {})]
            if not have or (len(have) == 1 and have[0] not in required):
                return False
        return True

    @staticmethod
    def without_unknown(shape, template):
        """Drop optional groups and alternatives that the input does not have."""
        def optional(m):
            return m.group(0) if all(n in shape["members"] for n in members_of(m.group(0))) else ""

        def alternatives(m):
            parts = m.group(1).split("|")
            keep = [x for x in parts if re.split(r"[:=\[]", x)[0] in shape["members"]]
            return "{" + "|".join(keep or parts) + "}"
        return re.sub(r"\{([^}]*)\}", alternatives, re.sub(r"\[[^\]]+\]", optional, template))

    def template(self, service, operation, action):
        """The resource of an action, in members of the operation's input; '*' unless it is certain."""
        kinds = self.iam.patterns(action)
        shape = service.input(operation)
        required = {m for m in shape.get("required", []) if service.is_text(shape["members"][m])
                    and service.wire(operation, m)}
        whole = [m for m in required if m.lower() in ("resourcearn", "arn") or
                 (m.lower() == "resource" and "arn" in service.shape(shape["members"][m]).get("pattern", ""))]
        if len(whole) == 1 and kinds and (whole[0].lower() == "arn" or re.search("(?i)tag|ResourcePolic", operation)):
            return "{" + whole[0] + "}"
        must = [k for k in kinds if k[0]] or (kinds if len(kinds) == 1 else [])
        if len(must) != 1:
            return "*"
        _, kind, arn = must[0]
        for told in self.joins.get((service.name, kind), []):
            if self.fits(service, shape, told):
                return self.without_unknown(shape, told)
        lower = {m.lower(): m for m in required}
        flat = kind.replace("-", "").replace("_", "").lower()
        variables = [v for v in VARIABLE.findall(arn) if v not in BUILTIN]
        names = [flat + "arn"] + [re.sub(r"(name|id|arn)$", "", v.lower()) + "arn" for v in variables[-1:]]
        arns = [lower[n] for n in names if n in lower]
        if arns:
            return "{" + arns[0] + "}"
        if re.search(r"[^A-Za-z0-9:/${}._-]", arn) or not arn.startswith("arn:${Partition}:"):
            return "*"                                          # a pattern that is not one plain ARN
        filled = {}
        for v in variables:
            if v.lower() in lower:
                filled[v] = "{" + lower[v.lower()] + "}"
        if not variables or len(filled) != len(variables):
            return "*"
        return VARIABLE.sub(lambda m: BUILTIN.get(m.group(1)) or filled[m.group(1)], arn)


def members_of(template):
    """Names of input members that a template or condition text names."""
    names = []
    for group in re.findall(r"\{([^}]*)\}", template):
        for one in group.split("|"):
            name = re.split(r"[:=]", one)[0]
            if name not in ("partition", "region", "account", "Method") and name not in names:
                names.append(name)
    return names
