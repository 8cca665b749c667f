#!/usr/bin/env bash
# Plays the story of README.md on this machine. Needs bash, curl, node and keywright; leaves nothing behind.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
keywright=${KEYWRIGHT:-npx keywright}
work=$(mktemp -d)
running=()
trap 'kill "${running[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT

say() { printf '\n== %s\n' "$*"; }
# A member of a JSON document on stdin: field data.hash
field() { node -e 'let o = JSON.parse(require("fs").readFileSync(0, "utf8").split("\n")[0]); for (const name of process.argv[1].split(".")) o = o[name]; console.log(o)' "$1"; }
# Makes a key as somebody would who has never heard of keywright; prints what the API answers, secret included.
made() { curl -fsS -X POST -H "Authorization: Bearer $OPENROUTER_MANAGEMENT_KEY" -H 'content-type: application/json' -d "$1" "$api/keys"; }
edit() { sed -i.bak "$2" "$1" && rm "$1.bak"; }
kw() { $keywright "$1" -C "$work" "${@:2}"; }

$keywright emulate --port 0 > "$work/account" &
running+=($!)
for _ in $(seq 300); do if grep -q managementKey "$work/account"; then break; fi; sleep 0.1; done
export OPENROUTER_MANAGEMENT_KEY OPENROUTER_BASE_URL
OPENROUTER_MANAGEMENT_KEY=$(field openrouter.managementKey < "$work/account")
OPENROUTER_BASE_URL=$(field openrouter.baseUrl < "$work/account")
api=$OPENROUTER_BASE_URL
made '{"name":"Crawler"}' > /dev/null
docs=$(made '{"name":"Docs bot","limit":5}' | field key)
terraform=$(made '{"name":"search indexer","limit":30}')

say "1. look, with nothing but a token"
(cd "$work" && $keywright census)

say "2. bring the keys in: what Terraform knows first, then all others"
cp -R "$here/keywright.yaml" "$here/keys" "$here/.gitignore" "$work/"
edit "$work/keywright.yaml" "s#http://127.0.0.1:4141/api/v1#$api#"
kw apply --yes
node -e '
  const { key, data } = JSON.parse(process.argv[1])
  const attributes = { hash: data.hash, key, name: data.name, limit: data.limit, workspace_id: data.workspace_id }
  const provider = "provider[\"registry.terraform.io/openrouterteam/openrouter\"]"
  const instances = [{ index_key: "indexer", schema_version: 0, attributes, sensitive_attributes: [] }]
  const resource = { module: "module.search", mode: "managed", type: "openrouter_api_key", name: "bot", provider, instances }
  console.log(JSON.stringify({ version: 4, terraform_version: "1.9.5", serial: 1, lineage: "x", outputs: {}, resources: [resource] }, null, 2))
' "$terraform" > "$work/state.json"
kw import --from-tfstate "$work/state.json" --out keys/terraform.keys.yaml
kw import --all
cat "$work/keys/imported.keys.yaml"
kw plan --detailed-exitcode
echo "the plan ended with $?"

say "3. the crawler gets a limit"
edit "$work/keys/imported.keys.yaml" 's/limit: unlimited/limit: 10/'
kw apply --yes

say "4. the secret of the docs bot lies in .env.keys already"
printf 'DOCS_BOT_KEY=%s\n' "$docs" >> "$work/.env.keys"
edit "$work/keys/imported.keys.yaml" 's/^\( *\)limit: 5$/\1limit: 5\n\1deliverTo: ["dotenv:DOCS_BOT_KEY"]/'
kw plan
kw apply --yes
if grep -q "$docs" "$work/.env.keys"; then echo "still the same secret"; fi

say "5. and is rotated"
kw rotate docs-bot --yes
if grep -q "$docs" "$work/.env.keys"; then echo "the old secret is still there"; else echo "another secret is there"; fi

say "6. the end"
kw plan --detailed-exitcode
echo "the plan ended with $?"
