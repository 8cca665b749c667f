# vault policy write keywright policy.hcl
path "secret/data/ci/*" {
  capabilities = ["create", "update", "patch", "read"]
}

# Stamps: who a field belongs to, beside the secret.
path "secret/metadata/ci/*" {
  capabilities = ["read", "patch"]
}

# The empty version that a secret gets when its last field leaves.
path "secret/delete/ci/*" {
  capabilities = ["update"]
}
