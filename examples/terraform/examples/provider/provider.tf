terraform {
  required_providers {
    keywright = {
      source = "keywright/keywright"
    }
  }
}

# OPENROUTER_MANAGEMENT_KEY and STRAIT_API_KEY hold the managing keys.
provider "keywright" {
  stack = "acme-7f3a"
  strait = {
    project = "proj_1"
  }
  sinks = {
    vault = {
      kind    = "vault"
      address = "https://vault.internal:8200"
      auth    = { kind = "token", token = { env = "VAULT_TOKEN" } }
    }
    dotenv = {
      kind = "dotenv"
      path = ".env.keys"
    }
  }
}
