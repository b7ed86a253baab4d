#!/usr/bin/env python3
"""The compiler of the catalogue's tables refuses what would make the catalogue lie: an action that the vendor does not have,
of each cloud, in a made table and in a hand-written one.  And the catalogue is as small as it is said to be."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
TABLES = f"{ROOT}/allowlists/catalog"
COMPILER = f"{ROOT}/build/catalogc"
# cloud, the vendor's list, a table, an action that it names, and one that nobody has
CLOUDS = [
    ("aws", ["actions.tsv"], "dynamodb.tsv", "dynamodb:PutItem", "dynamodb:PutItems"),
    ("gcp", ["permissions.tsv"], "pubsub.tsv", "pubsub.topics.publish", "pubsub.topics.publishes"),
    ("azure", ["actions.tsv", "arm.tsv"], "queue.tsv", "queueServices/queues/messages/read", "queueServices/queues/messages/reads"),
]
MOST = 3_000_000
passed = failed = 0


def check(name, good, detail=""):
    global passed, failed
    print(("ok " if good else "not ok ") + name + (f": {detail}" if detail and not good else ""))
    passed, failed = passed + bool(good), failed + (not good)


def compiled(files):
    done = subprocess.run([COMPILER, "--sizes", *files], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def cloud_tables(cloud, lists, table, action, wrong):
    with tempfile.TemporaryDirectory() as tmp:
        os.makedirs(f"{tmp}/{cloud}/override")
        files = [f"{tmp}/{cloud}/{name}" for name in [*lists, table]]
        for f in files:
            shutil.copy(f"{TABLES}/{cloud}/{os.path.basename(f)}", f)
        rc, said = compiled(files)
        check(f"{cloud}: a table whose actions the vendor has", rc == 0, said)
        with open(files[-1], encoding="utf-8") as f:
            rows = f.read().split("\n")
        at = next(i for i, r in enumerate(rows) if re.search(re.escape(action) + r"(?=[ ;\t]|$)", r) and r[0] not in "#@")
        rows[at] = rows[at].replace(action, wrong)
        broken = f"{tmp}/{cloud}/broken.tsv"
        with open(broken, "w", encoding="utf-8") as f:
            f.write("\n".join(rows))
        rc, said = compiled([*files[:-1], broken])
        check(f"{cloud}: an action that the vendor does not have is an error that says where",
              rc != 0 and f"broken.tsv:{at + 1}:" in said and wrong in said, said)
        service = next(r for r in rows if r.startswith("@service\t"))
        override = f"{tmp}/{cloud}/override/broken.tsv"
        operation = rows[at].split("\t")[0]
        with open(override, "w", encoding="utf-8") as f:
            f.write(f"{service}\n{operation}\t=\tnobody:Has.This *\t-\n")
        rc, said = compiled([*files, override])
        check(f"{cloud}: so is one in a table that is written by hand", rc != 0 and "nobody:Has.This" in said, said)
        with open(override, "w", encoding="utf-8") as f:
            f.write(f"{service}\nNoSuchOperation\t=\t-\t-\n")
        rc, said = compiled([*files, override])
        check(f"{cloud}: so is a correction of a row that is no longer made", rc != 0 and "no row for '='" in said, said)


def size():
    files = subprocess.run(["sh", "-c", f"ls {TABLES}/*/*.tsv {TABLES}/*/override/*.tsv"], capture_output=True, text=True,
                           check=True).stdout.split()
    rc, said = compiled(files)
    all_of_it = int((re.search(r"^all +(\d+)$", said, re.M) or [0, 0])[1])
    check(f"the catalogue has at most {MOST} bytes", rc == 0 and 0 < all_of_it <= MOST, said)
    done = subprocess.run(["readelf", "-rW", f"{ROOT}/build/catalog.gen.o"], capture_output=True, text=True, check=True)
    check("nothing in it is relocated", not re.search(r"\.rela?\.(ro)?data", done.stdout), done.stdout)


for one in CLOUDS:
    cloud_tables(*one)
size()
print(f"{passed} passed, {failed} failed, 0 skipped")
sys.exit(failed > 0)
