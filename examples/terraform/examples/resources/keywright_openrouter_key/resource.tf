resource "keywright_openrouter_key" "ci_bot" {
  key_id      = "platform/ci-bot"
  owner       = "platform-team"
  limit       = 50
  limit_reset = "monthly"

  deliver_to = [
    { sink = "vault", path = "ci/openrouter", field = "api_key" },
  ]

  rotation = {
    on    = "apply"
    every = "30d"
    grace = "24h"
  }
}
