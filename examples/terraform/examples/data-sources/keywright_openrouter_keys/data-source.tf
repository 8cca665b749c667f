data "keywright_openrouter_keys" "all" {}

output "spend_by_key" {
  value = { for key in data.keywright_openrouter_keys.all.keys : key.name => key.usage_monthly }
}
