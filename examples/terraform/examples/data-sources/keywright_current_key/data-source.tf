data "keywright_current_key" "account" {}
