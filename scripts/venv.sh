#!/usr/bin/env bash
# Install a lock into a virtual environment, creating it if missing: with uv if available, else with pip.
# Usage: venv.sh PYTHON VENV LOCK
set -euo pipefail
python=$1 venv=$2 lock=$3

if ! "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null; then
    echo "shopwatch needs Python 3.11 or 3.12 (found: ${python:-none}); run make PYTHON=/path/to/python3.12 ..." >&2
    exit 1
fi
if [[ ! -x $venv/bin/python ]]; then
    echo "making $venv with $("$python" --version)"
    "$python" -m venv "$venv"
fi
uv=$(command -v uv || true)
if [[ -z $uv ]]; then
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check uv 2>/dev/null && uv=$venv/bin/uv || true
fi
echo "installing $lock (the first time this downloads some 300 MB)"
if [[ -n $uv ]]; then
    "$uv" pip install --quiet --python "$venv/bin/python" --require-hashes -r "$lock"
else
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
fi
