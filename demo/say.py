"""How the demo speaks: headings, checked facts, and what commands printed. Colour only on a terminal."""

import os
import sys
import textwrap
import time

TTY = sys.stdout.isatty() and "NO_COLOR" not in os.environ
failed = []
started = time.monotonic()


def paint(code, text):
    return f"\033[{code}m{text}\033[0m" if TTY else text


def title(text):
    print(paint("1", text), flush=True)


def heading(text):
    print("\n" + paint("1", text), flush=True)


def plain(text=""):
    print("  " + text, flush=True)


def command(text):
    print("  " + paint("36", "$ " + text), flush=True)


def block(text, indent="    "):
    for line in text.rstrip().splitlines():
        print(indent + paint("2", line) if line else "", flush=True)


def wrapped(text, indent="      "):
    for line in textwrap.wrap(text, 112, break_long_words=False, break_on_hyphens=False):
        print(indent + paint("2", line), flush=True)


def check(ok, text, found=None):
    """One fact, checked. A fact that does not hold is said, with what was found instead, and fails the demo."""
    mark = paint("32", "ok") if ok else paint("1;31", "FAILED")
    print(f"  {mark}  {text}", flush=True)
    if not ok:
        failed.append(text)
        if found is not None:
            wrapped(f"found instead: {found}")
    return ok


def bad(ok, text, found=None):
    """The same for what the attacker achieved: true is bad news, but it is what act one has to show."""
    if ok:
        print(f"  {paint('31', '!!')}  {text}", flush=True)
    else:
        check(False, text, found)


def seconds():
    return time.monotonic() - started
