#!/bin/sh
# Renews requirements/*.lock: every package with its hashes, no addresses. Needs uv (pip install uv).
set -eu
cd "$(dirname "$0")/.."
for extra in demo test; do
    uv pip compile -q pyproject.toml --extra "$extra" --universal --python-version 3.11 \
        --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header \
        --output-file "requirements/$extra.lock"
done
if grep -n '://' requirements/*.lock; then
    echo "a lock holds an address" >&2
    exit 1
fi
