resource "keywright_strait_key" "worker" {
  key_id         = "jobs/worker"
  scopes         = ["jobs:read", "jobs:trigger"]
  environment_id = "production"
  expires_in     = "90d"

  deliver_to = [
    { sink = "dotenv", name = "WORKER_KEY" },
  ]
}
