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

    def templates(self, service, operation, action):
        """The resources of an action, in members of the operation's input; ['*'] unless they are certain."""
        one = self.template(service, operation, action)
        return [one] if one != "*" else (self.whole(service, operation, action) or
                                         self.optional(service, operation, action) or
                                         self.by_variable(service, operation, action) or ["*"])

    def by_variable(self, service, operation, action):
        """Every required type by the members that are called like the variables of its ARN ('InstanceId'), the last perhaps by
        a required list ('InstanceIds'), or by its '<type>Arn'.  A type without members, or whose members are not given, is asked
        for as a whole; a type that is not required is asked for if its ARN is given."""
        kinds = self.iam.patterns(action)
        must, found, any_found = [k for k in kinds if k[0]], [], False
        members = service.input(operation).get("members", {})
        required = service.input(operation).get("required", [])
        lower = {m.lower(): m for m in members}
        for _, kind, arn in must:
            free = [v for v in VARIABLE.findall(arn) if v not in BUILTIN]
            if not re.fullmatch(r"arn:\$\{Partition\}:[A-Za-z0-9:/${}._-]+", arn):
                return None
            wide = VARIABLE.sub(lambda m: BUILTIN.get(m.group(1)) or "*", arn)
            filled = {}
            for v in free:
                names = self.called(service, kind, v)
                one = next((lower[n] for n in names if n in lower and service.is_text(members[lower[n]]) and
                            service.wire(operation, lower[n])), None)
                many = next((lower[n + "s"] + "[]" for n in names if n + "s" in lower and lower[n + "s"] in required and
                             service.list_path(operation, lower[n + "s"])), None) if v == free[-1] else None
                filled[v] = one or many
            if not free or None in filled.values():
                whole = self.arn_member(service, operation, kind, arn)
                any_found |= whole is not None
                found += [wide] if not whole else ["{" + whole + "}"] if whole in required else \
                    [f"{{{whole}}} if {whole}", f"{wide} if !{whole}"]
                continue
            any_found = True
            text = VARIABLE.sub(lambda m, f=filled: BUILTIN.get(m.group(1)) or "{" + f[m.group(1)] + "}", arn)
            free = [m for m in filled.values() if not m.endswith("[]") and m not in required]
            found += [f"{text} if {'&'.join(free)}", f"{wide} if {'|'.join('!' + m for m in free)}"] if free else [text]
        also = {self.arn_member(service, operation, kind, arn) for need, kind, arn in kinds if not need} - {None}
        if len(also) == 1 and not any("{" + m + "}" in text for m in also for text in found):
            m = also.pop()
            found += ["{" + m + "}" + ("" if m in required else f" if {m}")] + \
                ([] if must or m in required else [f"* if !{m}"])
            any_found = True
        return found if any_found and len(set(found)) == len(found) else None

    def arn_member(self, service, operation, kind, arn):
        """The one text member that is called after the type and 'Arn'."""
        members, flat = service.input(operation).get("members", {}), re.sub(r"[^a-z0-9]", "", kind)
        fit = [m for m in members if re.search("(?i)arn$", m) and service.is_text(members[m]) and service.wire(operation, m) and
               m.lower() != "arn" and self.same_kind(m[:-3].lower(), flat, arn)]
        return fit[0] if len(fit) == 1 else None

    def called(self, service, kind, variable):
        """Names, in small letters, under which a member may hold the type's variable."""
        names = [variable.lower()]
        if service.name == "ec2" and kind == "security-group":
            names.append("groupid")
        return names

    def optional(self, service, operation, action):
        """'FirewallArn' or 'FirewallName', of which neither is required: the type that the action takes, if one is given."""
        kinds = self.iam.patterns(action)
        must = [k for k in kinds if k[0]] or kinds
        if len(must) != 1:
            return None
        _, kind, arn = must[0]
        shape, flat = service.input(operation), re.sub(r"[^a-z0-9]", "", kind)
        mine = {m: re.sub("(arn|name|id|identifier)$", "", m.lower()) for m in shape.get("members", {})
                if service.is_text(shape["members"][m]) and service.wire(operation, m) and m not in shape.get("required", [])}
        mine = {m: stem for m, stem in mine.items() if stem and self.same_kind(stem, flat, arn)}
        whole = [m for m in mine if m.lower().endswith("arn")]
        free = [v for v in VARIABLE.findall(arn) if v not in BUILTIN]
        names = [m for m in mine if free and m.lower() in (free[-1].lower(), flat + "name")]
        if len(whole) != 1 or len(names) > 1:
            return None
        plain = len(free) == 1 and re.fullmatch(r"arn:\$\{Partition\}:[A-Za-z0-9:/${}._-]+", arn)
        given = whole + (names if plain else [])
        group = "{" + "|".join(given) + "}"
        text = VARIABLE.sub(lambda m: BUILTIN.get(m.group(1)) or group, arn) if names and plain else group
        return [f"{text} if {'|'.join(given)}", "* if " + "&".join("!" + m for m in given)]

    def whole(self, service, operation, action):
        """By members that hold an ARN, or a name where the type's ARN has one variable: one per resource type that the
        action requires, found by the type's name.  A required type without a member is asked for as a whole
        ('thing/*'), unless it is a part or a spelling of one that was found; nothing found is no answer."""
        kinds = self.iam.patterns(action)
        must = [k for k in kinds if k[0]] or (kinds if len(kinds) == 1 else [])
        if not kinds or not service.input(operation).get("required"):
            return None
        members = {m: v for m, v in self.arn_members(service, operation)}
        if not must and len(members) == 1 and [v[0] for v in members.values()] == ["resource"]:
            return ["{" + next(iter(members.values()))[1] + "}"]        # 'ResourceArn': of whatever type it is
        found, done, left = [], [], []
        for _, kind, arn in must:
            flat = re.sub(r"[^a-z0-9]", "", kind)
            fit = [v for v in members.values() if v[0] and self.same_kind(v[0], flat, arn)]
            if not fit and len(must) == 1 and len(members) == 1:
                fit = [v for v in members.values() if v[0] in ("", "resource") and v[2] and
                       not self.other_member(service, operation, flat, arn)]
            free = [v for v in VARIABLE.findall(arn) if v not in BUILTIN]
            if len(fit) == 1 and fit[0][2]:
                found.append("{" + fit[0][1] + "}")
            elif len(fit) == 1 and len(free) == 1 and re.fullmatch(r"arn:\$\{Partition\}:[A-Za-z0-9:/${}._-]+", arn):
                found.append(VARIABLE.sub(lambda m, f=fit: BUILTIN.get(m.group(1)) or "{" + f[0][1] + "}", arn))
            else:
                left.append(arn)
                continue
            done.append(VARIABLE.sub("", arn))
        if not found or len(set(found)) != len(found):
            return None
        for arn in left:
            bare = VARIABLE.sub("", arn)
            if any(bare.startswith(d) or d.startswith(bare) for d in done):
                continue
            if not arn.startswith("arn:${Partition}:"):
                return None
            wide = VARIABLE.sub(lambda m: BUILTIN.get(m.group(1)) or "*", arn)
            found.append(wide if wide.endswith("*") else wide + "*")
        return found

    @staticmethod
    def arn_members(service, operation):
        """Required text members, or lists of them, that may hold an ARN: (name, (kind they name, path, always an ARN?))."""
        shape = service.input(operation)
        for m in shape.get("required", []):
            ref, path = shape["members"][m], m
            if service.shape(ref).get("type") == "list" and service.request(operation) == "-" and \
                    service.list_path(operation, m):
                ref, path = service.shape(ref)["member"], m + "[]"
            if not service.is_text(ref) or not service.wire(operation, m):
                continue
            pattern = re.sub(r"\(\?*:*aws[^)]*\)\??", "", service.shape(ref).get("pattern") or "")
            always = bool(re.search(r"(?i)arn(s|list)?$", m) or
                          (re.match(r"\^?\(?arn:", pattern) and not re.search(r"\)\?|\|", pattern)))
            if always or "arn:" in pattern:
                yield m, (re.sub(r"(arn|arnlist|arns|identifier|id|name)$", "", m.lower().replace("_", "")), path, always)

    def other_member(self, service, operation, flat, arn):
        """Does a required member without an ARN name the type?  Then the ARN is of something else."""
        shape = service.input(operation)
        stems = [re.sub(r"(identifier|id|name)$", "", m.lower().replace("_", "")) for m in shape["required"]
                 if not m.lower().endswith("arn")]
        return any(s and self.same_kind(s, flat, arn) for s in stems)

    @staticmethod
    def same_kind(stem, flat, arn):
        """Is 'dbcluster' the type 'cluster' whose ARN has 'cluster:${DbClusterName}'?  By the type's name or by its variable."""
        last = (VARIABLE.findall(arn) or [""])[-1].lower().replace("_", "")
        return stem in (flat, re.sub(r"(name|id|arn|resourceid)$", "", last), last)


def members_of(template):
    """Names of input members that a template or condition text names."""
    names = []
    for group in re.findall(r"\{([^}]*)\}", template):
        for one in group.split("|"):
            name = re.split(r"[:=]", one)[0]
            if name not in ("partition", "region", "account", "Method") and name not in names:
                names.append(name)
    return names
