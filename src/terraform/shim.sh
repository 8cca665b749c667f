#!/bin/sh
# Starts the provider with the Node on the PATH, or with KEYWRIGHT_NODE. `exec` keeps the process that terraform signals.
node=${KEYWRIGHT_NODE:-node}
if ! command -v "$node" >/dev/null 2>&1; then
  echo "keywright: node >= 20.19 not found on PATH. Install Node.js (nodejs.org), or set KEYWRIGHT_NODE to its path." >&2
  exit 1
fi
exec "$node" "${0%/*}/provider.cjs" "$@"
