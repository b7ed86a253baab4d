"""Host stems out of botocore's endpoint rule sets: host names without their DNS suffix, region and account as marks."""
import json
import re

REGION_MARKS = ("{Region}", "{PartitionResult#implicitGlobalRegion}", "{bucketArn#region}", "{accessPointArn#region}")
ACCOUNT = re.compile(r"^\{(AccountId|[A-Za-z]+#accountId)\}$")
SUFFIX_MARK = re.compile(r"\.\{[A-Za-z]*[pP]artition(Result)?#(dnsSuffix|dualStackDnsSuffix)\}$")


class Hosts:
    def __init__(self, partitions_file):
        with open(partitions_file) as f:
            parts = json.load(f)["partitions"]
        self.partitions = []
        for p in parts:
            rule = p["regionRegex"].replace("\\", "").replace("w+", "\\w+").replace("d+", "\\d+")
            out = p["outputs"]
            self.partitions.append((p["id"], [out["dnsSuffix"], out["dualStackDnsSuffix"]], rule,
                                    sorted(r for r in p["regions"] if not r.endswith("-global"))))
        self.suffixes = sorted({s for _, ss, _, _ in self.partitions for s in ss}, key=len, reverse=True)

    def is_region(self, label):
        return any(re.match(rule, label) for _, _, rule, _ in self.partitions)

    def stem(self, url):
        """'https://dynamodb.{Region}.…' → 'dynamodb.{region}'; None for what is no stem."""
        if not url.startswith("https://"):
            return None
        host = url[8:].split("/")[0]
        for mark in REGION_MARKS:
            host = host.replace(mark, "{region}")
        cut = SUFFIX_MARK.search(host)
        if cut:
            host = host[:cut.start()]
        else:
            for s in self.suffixes:
                if host.endswith("." + s):
                    host = host[:-len(s) - 1]
                    break
            else:
                return None
        labels = ["{region}" if self.is_region(label) else label for label in host.split(".")]
        if ACCOUNT.match(labels[0]):
            labels[0] = "{AccountId}"
        elif labels[0] == "{Bucket}":
            labels[0] = "{Bucket+}"
        elif re.match(r"^\{[A-Za-z]+\}$", labels[0]) and labels[0] != "{region}":
            labels[0] = "{*}"
        rest = ".".join(labels[1:] if labels[0] in ("{AccountId}", "{Bucket+}", "{*}") else labels)
        if "{" in rest.replace("{region}", "") or not rest:
            return None
        return ".".join(labels)

    def stems(self, service):
        urls = []
        for url in service.urls():
            if "{OperationType}" in url:
                urls += [url.replace("{OperationType}", t) for t in ("control", "data")]
            else:
                urls.append(url)
        found = {s for s in map(self.stem, urls) if s}
        plain = {s for s in found if not s.startswith("{A") and not s.startswith("{B") and not s.startswith("{*")}
        for op in service.operations.values():
            prefix = op.get("endpoint", {}).get("hostPrefix")
            if not prefix:
                continue
            mark = re.match(r"^\{(\w+)\}\.$", prefix)
            if mark:
                prefix = "{AccountId}." if mark.group(1) == "AccountId" else "{*}."
            if service.name != "s3":                            # its only prefix is a host label of another service
                found |= {prefix + s for s in plain}
        return sorted(found)
