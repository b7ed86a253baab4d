"""botocore's endpoint tests (14,000 hosts that its rules answer with): does `alps map` know each host, for the service and
region that it is signed for?

    tests/vectors/endpoints.py ALPS BOTOCORE      BOTOCORE: the unpacked source distribution
"""
import collections
import glob
import json
import os
import subprocess
import sys
from urllib.parse import urlsplit

HERE = os.path.dirname(os.path.abspath(__file__))
TABLES = os.path.join(HERE, "..", "..", "allowlists", "catalog", "aws")
LIMIT = 40
UNKNOWN = {"UNKNOWN_SERVICE", "HOST_NOT_LISTED", "HOST_DIFFERS", "SCOPE_DIFFERS", "REGION_DIFFERS"}


def scope_of(service):
    """The name under which requests to a service are signed when the test does not say: the first of our table's."""
    for path in (f"{TABLES}/override/{service}.tsv", f"{TABLES}/{service}.tsv"):
        if os.path.exists(path):
            with open(path, encoding="utf-8") as f:
                for line in f:
                    if line.startswith("@scope"):
                        return line.rstrip("\n").split("\t")[1]
    return None


def cases(botocore):
    """(service, documentation, host, path, scope) of every test that has an endpoint of the vendor's own."""
    for path in sorted(glob.glob(f"{botocore}/tests/functional/endpoint-rules/*/endpoint-tests-1.json")):
        service = path.split("/")[-2]
        with open(path, encoding="utf-8") as f:
            tests = json.load(f)["testCases"]
        for test in tests:
            endpoint, params = test["expect"].get("endpoint"), test.get("params") or {}
            if not endpoint or params.get("Endpoint") or params.get("Region") == "mock-region":
                continue                                # an error, or a host of the caller's own
            url = urlsplit(endpoint["url"])
            scheme = (endpoint.get("properties", {}).get("authSchemes") or [{}])[0]
            region = scheme.get("signingRegion") or params.get("Region")
            name = scheme.get("signingName") or scope_of(service)
            if "signingRegionSet" in scheme:
                region = None
            yield service, test.get("documentation", ""), url.hostname, url.path or "/", name, region


def request(number, host, path, name, region):
    headers = [["Host", host]]
    if name and (region is None or region not in ("aws-global", "aws-cn-global", "aws-us-gov-global")):
        scope = f"{region}/{name}" if region else name
        headers.append(["Authorization", f"AWS4-HMAC-SHA256 Credential=AKIA/20260101/{scope}/aws4_request, "
                                         "SignedHeaders=host, Signature=00"])
    return {"id": str(number), "sni": host, "method": "GET", "target": path, "headers": headers}


def adjudicated():
    with open(f"{HERE}/adjudicated.tsv", encoding="utf-8") as f:
        rows = [line.rstrip("\n").split("\t") for line in f if line.strip() and line[0] != "#"]
    return {(r[1], r[2]): r[3] for r in rows if r[0] == "endpoint"}


def main():
    alps, botocore = sys.argv[1:]
    all_cases, told = list(cases(botocore)), adjudicated()
    text = "".join(json.dumps(request(n, *c[2:])) + "\n" for n, c in enumerate(all_cases))
    done = subprocess.run([alps, "map", "--json"], input=text, capture_output=True, text=True, check=False)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    if len(answers) != len(all_cases):
        sys.exit(f"{len(answers)} answers to {len(all_cases)} hosts: {done.stderr[:300]}")
    count, missed, used = collections.Counter(), collections.defaultdict(list), set()
    for case, answer in zip(all_cases, answers):
        service, _, host = case[:3]
        if answer["reason"] not in UNKNOWN:
            count["known"] += 1
            continue
        key = next((k for k in ((service, host), (service, answer["reason"])) if k in told), None)
        count["adjudicated" if key else "missed"] += 1
        used.add(key)
        if not key:
            missed[service, answer["reason"]].append(f"{host} {case[4]}/{case[5]}")
    for (service, reason), hosts in sorted(missed.items()):
        print(f"{service} {reason} {len(hosts)}: " + ", ".join(sorted(set(hosts))[:LIMIT]))
    for key in sorted(set(told) - used):
        print(f"adjudicated.tsv: nothing needs {key[0]} {key[1]} any more")
    print(f"{len(all_cases)} endpoints: " + ", ".join(f"{k} {v}" for k, v in count.most_common()))
    sys.exit(count["missed"] != 0 or bool(set(told) - used))


if __name__ == "__main__":
    main()
