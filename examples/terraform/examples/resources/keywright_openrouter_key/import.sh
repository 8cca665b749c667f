# By hash, or by workspace and live name.
terraform import keywright_openrouter_key.ci_bot f01d52606dc8f0a8303a7b5cc3fa07109c2e346cec7c0a16b40de462992ce943
terraform import keywright_openrouter_key.ci_bot "default/CI bot"
