terraform {
  required_version = ">= 1.11"
  required_providers {
    keywright = {
      source  = "keywright/keywright"
      version = "~> 0.1"
    }
  }
}

# The managing keys come from OPENROUTER_MANAGEMENT_KEY and STRAIT_API_KEY: written here, they would land in plan files.
provider "keywright" {
  stack = "acme-7f3a"

  strait = {
    project = var.strait_project
  }

  sinks = {
    dotenv = { kind = "dotenv" }
    files  = { kind = "file", root = "secrets" }
  }
}

variable "strait_project" {
  type    = string
  default = "proj_1"
}

variable "release" {
  description = "Any new text rotates the key of the crawler."
  type        = string
  default     = "2026-11"
}

resource "keywright_openrouter_key" "ci_bot" {
  key_id      = "platform/ci-bot"
  name        = "CI bot"
  owner       = "platform-team"
  limit       = 50
  limit_reset = "monthly"
  protect     = false

  deliver_to = [{ sink = "dotenv", name = "OPENROUTER_API_KEY" }]
}

resource "keywright_openrouter_key" "crawler" {
  key_id     = "batch/crawler"
  limit      = 20
  expires_in = "180d"

  deliver_to = [{ sink = "files", path = "crawler", value = "Authorization: Bearer $${secret}" }]

  rotation = {
    rotate_when = var.release
    grace       = "24h"
    hold        = "1h"
  }
}

resource "keywright_strait_key" "worker" {
  key_id     = "jobs/worker"
  scopes     = ["jobs:read", "jobs:trigger"]
  expires_in = "90d"

  deliver_to = [{ sink = "dotenv", name = "WORKER_KEY" }]
}

data "keywright_openrouter_keys" "mine" {
  stack      = "acme-7f3a"
  depends_on = [keywright_openrouter_key.ci_bot, keywright_openrouter_key.crawler]
}

output "spent" {
  description = "USD that the keys of this stack have spent so far."
  value       = sum(concat([0], [for key in data.keywright_openrouter_keys.mine.keys : key.usage]))
}
