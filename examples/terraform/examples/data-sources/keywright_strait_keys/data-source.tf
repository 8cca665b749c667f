data "keywright_strait_keys" "ours" {
  stack = "acme-7f3a"
}
