#!/bin/sh
# Wheels that carry TLS of their own (boring.txt), judged from the server's side (boring.py), which brings them first.
set -e
cd "$(dirname "$0")"
exec ../../../build/venv/bin/python boring.py "$@"
