data "keywright_openrouter_key" "crawler" {
  name = "Crawler"
}
