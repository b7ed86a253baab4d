#!/bin/sh
# One Python and one Node of the matrix; tests/e2e/matrix/run --full plays all.
set -e
cd "$(dirname "$0")"
./install
exec ./run
