#!/bin/sh
# The guard in every Python and Node that is here, judged from the server's side (run.py); what they need is brought first.
set -e
cd "$(dirname "$0")"
./install
exec ../../../build/venv/bin/python run.py "$@"
