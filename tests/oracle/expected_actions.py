"""Which actions a call to AWS needs, by a list that the catalogue is not made of (data/aws.actions.tsv.xz), and what people
decided where the two differ (adjudicated.tsv)."""
import fnmatch
import lzma
import os

HERE = os.path.dirname(os.path.abspath(__file__))


def table():
    """{operation: {action}}, in small letters."""
    found = {}
    with lzma.open(f"{HERE}/data/aws.actions.tsv.xz", "rt", encoding="utf-8") as f:
        for line in f:
            if line.startswith("#"):
                continue
            service, second, third = line.rstrip("\n").split("\t")
            if second.endswith(":"):
                for operation in third.split():
                    found[f"{service}.{operation}".lower()] = {f"{second}{operation}".lower()}
            else:
                found[f"{service}.{second}".lower()] = set(third.lower().split())
    return found


def adjudicated():
    """[(what, pattern of the operation, answer, why)]"""
    with open(f"{HERE}/adjudicated.tsv", encoding="utf-8") as f:
        rows = [line.rstrip("\n").split("\t") for line in f if line.strip() and not line.startswith("#")]
    for row in rows:
        if len(row) != 4 or not row[3]:
            raise SystemExit(f"adjudicated.tsv: four columns, please: {row}")
    return rows


TABLE, ROWS, USED = table(), adjudicated(), set()


def decided(what, operation, answer):
    """Has somebody decided that this answer is right?"""
    for n, (kind, pattern, want, _) in enumerate(ROWS):
        if kind == what and fnmatch.fnmatchcase(operation, pattern) and (want == "*" or set(want.split()) == set(answer)):
            USED.add(n)
            return True
    return False


def judge(operation, got):
    """-> exact, adjudicated, wrong; and what was wanted.

    Listed actions beyond ours are no error where ours has the operation's own name: they are what the service does on the
    caller's behalf, passing a role, or what a member that is not there would ask for."""
    want, name = TABLE.get(operation.lower()), operation.split(".", 1)[1].lower()
    mine = {a.lower() for a in got}
    own = {a for a in mine if a.split(":")[1] == name}
    if mine == want or (mine and want is None and mine == own) or (own and want and mine <= want):
        return "exact", ""
    if decided("actions", operation, got):
        return "adjudicated", ""
    return "wrong", f"want {' '.join(sorted(want or {'(no opinion) ' + name}))}, got {' '.join(sorted(got))}"
