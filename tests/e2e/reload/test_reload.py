#!/usr/bin/env python3
"""A changed allowlist takes effect in running programs, without a gap, if and only if the program could not have changed it.

Root makes the files, another user's program is held; on a file system and in name spaces of the test's own."""

import json
import os
import ssl
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "guard"))
import recorder                                                         # noqa: E402
import run                                                              # noqa: E402

NOBODY = 65534
AT = "/mnt/alps"                        # every folder on the way is root's
LATEST_S = 4                            # a change is seen after a second, with the next request
PYTHON = "/usr/bin/python3"


def allow(*keys, **more):
    return json.dumps({"alps": 1, "allow": {"s3": {"arn:aws:s3:::reports/%s" % k: ["s3:PutObject"] for k in ("both/*", *keys)}}, **more})


OLD, NEW = allow("old"), allow("new")


def put(path, text, mode=0o644, owner=0):
    """As one should: written beside, then renamed."""
    with open(path + ".part", "w") as f:
        f.write(text)
    os.chmod(path + ".part", mode)
    os.chown(path + ".part", owner, owner)
    os.rename(path + ".part", path)


class Held:
    """The client under the guard, as ${user}; ${before} comes in front of its command line."""

    def __init__(self, world, guard, path, threads=0, user=NOBODY, before=(), **env):
        env = dict(PATH="/usr/bin:/bin", TEST_CA=world.ca, TEST_CLIENT=run.HERE, TEST_THREADS=str(threads), ALPS_ALLOWLIST=path, **env)
        as_user = {"user": user, "group": user, "extra_groups": []} if user else {}
        self.process = subprocess.Popen(
            [*before, "env", "LD_PRELOAD=" + guard, PYTHON, os.path.join(HERE, "client.py")], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd="/", env=env, **as_user)

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def becomes(self, key, status):
        """Does a call of ${key} have this status before it is late?"""
        end = time.monotonic() + LATEST_S
        while self.say(key) != status:
            if time.monotonic() > end:
                return False
            time.sleep(0.05)
        return True

    def end(self):
        out, err = self.process.communicate(timeout=60)
        return json.loads(out.splitlines()[-1]) if out.strip() else {}, err


def fresh():
    """An empty folder of root's at AT."""
    subprocess.run(["umount", "-q", "-R", "/mnt"], check=False)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/mnt"], check=True)
    os.mkdir(AT, 0o755)
    return AT + "/allowlist.json"


def report(name, *problems):
    problems = [p for p in problems if p]
    run.report(name, "; ".join(problems) or None)


def is_taken(name, world, guard, change, path=None, **how):
    path = path or fresh()
    if not os.path.lexists(path):
        put(path, OLD)
    p = Held(world, guard, path, **how)
    first = (p.say("old"), p.say("new"))
    change(path)
    taken = p.becomes("new", "200") and p.becomes("old", "403")
    _, err = p.end()
    report(name, first != ("200", "403") and "first %s" % (first,), not taken and "not taken: " + err[-300:],
           err.count("its rules hold from now on") != 1 and "said: " + err[-300:])


def is_not_taken(name, world, guard, change, why, path=None, said=1, **how):
    path = path or fresh()
    if not os.path.lexists(path):
        put(path, OLD)
    p = Held(world, guard, path, **how)
    first = (p.say("old"), p.say("new"))
    change(path)
    time.sleep(1.2)
    second = (p.say("old"), p.say("new"))
    time.sleep(1.2)
    third = (p.say("old"), p.say("new"))
    _, err = p.end()
    report(name, {first, second, third} != {("200", "403")} and "%s, %s, %s; %s" % (first, second, third, err[-300:]),
           err.count(why) != said and "said: " + err[-400:])


def without_a_gap(world, guard):
    """Many threads, many changes: what both allowlists allow is never refused, and the last one holds."""
    path = fresh()
    put(path, OLD)
    p = Held(world, guard, path, threads=16)
    first = p.say("old")
    end, n = time.monotonic() + 6, 0
    while time.monotonic() < end:
        put(path, (NEW, OLD)[n % 2] + " " * n)
        n += 1
        time.sleep(0.05)
    put(path, NEW)
    last = p.becomes("new", "200") and p.becomes("old", "403")
    seen, err = p.end()
    taken = err.count("its rules hold from now on")
    report("%d changes under 16 threads: no call that both allow is refused [%s calls, %d changes taken]" %
           (n, seen.get("200"), taken), first != "200" and "first " + first, not last and "the last one does not hold",
           set(seen) != {"200"} and "calls ended with %s" % seen, taken < 4 and "only %d taken" % taken)


def as_configmap(path):
    """The way Kubernetes exchanges files: a link to a folder is renamed."""
    for name, text in (("one", OLD), ("two", NEW)):
        os.mkdir(AT + "/" + name, 0o755)
        put(AT + "/" + name + "/allowlist.json", text)
    os.symlink("one", AT + "/..data")
    os.symlink("..data/allowlist.json", path)


def relink(path):
    os.symlink("two", AT + "/..data.new")
    os.rename(AT + "/..data.new", AT + "/..data")


def link_to_own(path):
    os.mkdir("/mnt/own", 0o755)
    put("/mnt/own/allowlist.json", NEW)
    os.chown("/mnt/own", NOBODY, NOBODY)
    os.unlink(path)
    os.symlink("/mnt/own/allowlist.json", path)


def owned_folder(path):
    os.chown(AT, NOBODY, NOBODY)
    put(path, NEW)


def folder_mode(mode, gid=0):
    def change(path):
        os.chown(AT, 0, gid)
        os.chmod(AT, mode)
        put(path, NEW)
    return change


def folder_above(path):
    os.chmod("/mnt", 0o777)
    put(path, NEW)


def mounted_over(path):
    put("/mnt/other.json", NEW)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", AT], check=True)
    put(path, NEW)


def the_program_may_not(world, guard):
    a = (world, guard)
    is_not_taken("a file of the program's own user", *a, lambda p: put(p, NEW, owner=NOBODY), "this program's user owns it")
    is_not_taken("a file that everybody may write", *a, lambda p: put(p, NEW, mode=0o666), "everybody may write it")
    is_not_taken("a file that its group may write", *a, lambda p: (put(p, NEW, mode=0o664), os.chown(p, 0, NOBODY)),
                 "this program's group may write it")
    is_not_taken("a folder of the program's own user", *a, owned_folder, "this program's user owns it")
    is_not_taken("a folder that everybody may write, sticky or not", *a, folder_mode(0o1777), "everybody may write it")
    is_not_taken("a folder that its group may write", *a, folder_mode(0o775, NOBODY), "this program's group may write it")
    is_not_taken("a folder further up that everybody may write", *a, folder_above, "everybody may write it")
    is_not_taken("a link to where the program may write", *a, link_to_own, "this program's user owns it")
    is_not_taken("another mount over it", *a, mounted_over, "another mount")


def root(world, guard):
    """Root without the right to mount, as in containers, and with it."""
    bounded = ["setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin"]
    is_not_taken("root that may mount", world, guard, lambda p: put(p, NEW), "may mount file systems", user=0)
    is_not_taken("root, on a mount that can be written", world, guard, lambda p: put(p, NEW), "not on a read-only mount", user=0,
                 before=bounded)
    path = fresh()
    put(path, OLD)
    os.mkdir("/mnt/view")
    subprocess.run(["mount", "--bind", AT, "/mnt/view"], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", "/mnt/view"], check=True)
    is_taken("root, on a read-only mount whose content changes", world, guard, lambda _: put(path, NEW),
             path="/mnt/view/allowlist.json", user=0, before=bounded)


def broken(world, guard):
    path = fresh()
    put(path, OLD)
    p = Held(world, guard, path)
    first = p.say("old")
    put(path, NEW[:-20])
    time.sleep(1.2)
    second = (p.say("old"), p.say("new"))
    os.unlink(path)
    time.sleep(1.2)
    third = p.say("old")
    put(path, NEW)
    taken = p.becomes("new", "200")
    _, err = p.end()
    report("a broken one is said and not taken, nor is one that has gone; the next good one is",
           (first, second, third) != ("200", ("200", "403"), "200") and "%s %s %s" % (first, second, third),
           err.count("the rules that were read before stay") != 1 and "said: " + err[-300:], not taken and "not taken: " + err[-300:])


def own_environment(world, guard):
    """${env:KEY} in the new one is what KEY was when the program began."""
    path = fresh()
    put(path, OLD)
    p = Held(world, guard, path, KEY="new")
    p.say("old")
    p.say("set KEY salaries")
    put(path, allow("${env:KEY}"))
    taken, widened = p.becomes("new", "200"), p.say("salaries")
    p.end()
    report("a variable that the program has changed keeps its value", not taken and "not taken", widened != "403" and "widened")


def children(world, guard):
    """Inline JSON is never read again; nor does a relative path become another file when the folder changes."""
    p = Held(world, guard, OLD)
    got = p.say("old"), p.say("new")
    _, err = p.end()
    report("an allowlist in the environment", got != ("200", "403") and str(got), err.count("changed") and err)


def main():
    why = "needs root to make files that another user may not write" if os.geteuid() else \
        None if os.stat("/").st_mode & 1 else "the root folder is shut to other users, so nothing can run as one"
    if why:
        run.report("reload", why, skip=True)
        print("%(ok)d passed, %(failed)d failed, %(skipped)d skipped" % run.count)
        return 0
    run.enter_name_spaces()
    guard = os.path.join(run.ROOT, "build", "libalps_guard.so")
    with tempfile.TemporaryDirectory(prefix="alps-reload-") as folder:
        os.chmod(folder, 0o755)
        world = run.World(folder)
        with recorder.Recorder(world.chain, ssl.TLSVersion.TLSv1_3):
            is_taken("root's file in root's folder", world, guard, lambda p: put(p, NEW))
            is_taken("written in place", world, guard, lambda p: open(p, "w").write(NEW))
            path = fresh()
            as_configmap(path)
            is_taken("a link to a folder is renamed, as Kubernetes does", world, guard, relink, path=path)
            tests = [without_a_gap, broken, own_environment, children, root, the_program_may_not]
            for test in tests:
                test(world, guard)
    print("%(ok)d passed, %(failed)d failed, %(skipped)d skipped" % run.count)
    return 1 if run.count["failed"] or not run.count["ok"] else 0


sys.exit(main())
