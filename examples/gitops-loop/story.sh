#!/usr/bin/env bash
# Plays the story of README.md on this machine. Needs bash, git, node and keywright; leaves nothing behind.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
keywright=${KEYWRIGHT:-npx keywright}
work=$(mktemp -d)
running=()
trap 'kill "${running[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT

say() { printf '\n== %s\n' "$*"; }
# Waits until a file holds a text.
await() {
  for _ in $(seq 300); do
    if grep -qF -- "$2" "$1" 2>/dev/null; then return 0; fi
    sleep 0.2
  done
  echo "waited in vain for: $2" >&2
  cat "$1" >&2
  return 1
}
field() { node -e 'const o = JSON.parse(require("fs").readFileSync(0, "utf8").split("\n")[0]).openrouter; console.log(o[process.argv[1]])' "$1"; }
push() {
  git -C "$work/tree" -c user.name=story -c user.email=story@example.com commit --quiet --all --message "$1"
  git -C "$work/tree" push --quiet origin HEAD:main
}

say "an account to play with, and somebody who listens as Slack would"
$keywright emulate --port 0 --control > "$work/account" &
running+=($!)
await "$work/account" managementKey
export OPENROUTER_MANAGEMENT_KEY KEYWRIGHT_WEBHOOK_SECRET=unused
OPENROUTER_MANAGEMENT_KEY=$(field managementKey < "$work/account")
api=$(field baseUrl < "$work/account")
node -e '
  const { appendFileSync } = require("fs")
  const server = require("http").createServer((request, response) => {
    request.on("data", (chunk) => appendFileSync(process.argv[1], chunk)).on("end", () => response.end("ok"))
  })
  server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/services/T0/B0/x`))
' "$work/slack" > "$work/listens" &
running+=($!)
await "$work/listens" http
SLACK_WEBHOOK_URL=$(cat "$work/listens")
export SLACK_WEBHOOK_URL

say "1. a bare repository"
git init --quiet --bare "$work/keys.git"
git init --quiet "$work/tree"
git -C "$work/tree" remote add origin "$work/keys.git"
cp -R "$here/keywright.yaml" "$here/keys" "$here/.gitignore" "$work/tree/"
sed -i.bak "s#http://127.0.0.1:4141/api/v1#$api#" "$work/tree/keywright.yaml" && rm "$work/tree/keywright.yaml.bak"
git -C "$work/tree" add -A
push "keys as code"

say "2. the loop issues what the branch says"
mkdir "$work/loop"
$keywright reconcile -C "$work/loop" --git "$work/keys.git" --ref main --poll 1s 2> "$work/log" &
loop=$!
running+=("$loop")
await "$work/log" "next look"
grep -o '"address":"[^"]*","status":"settled"' "$work/log"

say "3. a push raises a limit"
sed -i.bak 's/limit: 50/limit: 80/' "$work/tree/keys/platform.keys.yaml"
push "more for the CI bot"
await "$work/log" '"msg":"update'
echo "the limit is $(curl -fsS -H "Authorization: Bearer $OPENROUTER_MANAGEMENT_KEY" "$api/keys" | node -e 'console.log(JSON.parse(require("fs").readFileSync(0, "utf8")).data.map((key) => key.limit).sort().join(" and "))') USD"

say "4. a push asks for a rotation"
sed -i.bak 's/serial: 1/serial: 2/' "$work/tree/keys/platform.keys.yaml"
push "rotate the CI bot"
await "$work/slack" "was rotated: #2 is in service"
$keywright status -C "$work/loop/.keywright-checkout" --offline

say "5. somebody disables a key in the dashboard"
hash=$(curl -fsS -H "Authorization: Bearer $OPENROUTER_MANAGEMENT_KEY" "$api/keys" | node -e 'console.log(JSON.parse(require("fs").readFileSync(0, "utf8")).data.find((key) => key.name.includes("docs-bot")).hash)')
curl -fsS -X PATCH -H "Authorization: Bearer $OPENROUTER_MANAGEMENT_KEY" -H 'content-type: application/json' -d '{"disabled":true}' "$api/keys/$hash" > /dev/null
kill -HUP "$loop"
await "$work/slack" "keywright resume platform/docs-bot"
looks() { grep -c '"next look"' "$work/log"; }
before=$(looks)
kill -HUP "$loop"
until [ "$(looks)" -gt "$before" ]; do sleep 0.1; done
echo "Slack was told $(grep -o 'held-outside\*' "$work/slack" | wc -l | tr -d ' ') time"

say "6. the end"
kill -TERM "$loop"
wait "$loop"
echo "the loop ended with $?"
