import { TerraformOutput, TerraformStack } from 'cdktf'
import type { Construct } from 'constructs'
import { Deliver, days, hours, KeyManifests, KeywrightProvider, ManagedKey, usd } from 'keywright/cdktf'

/** Keys written in TypeScript beside keys of the YAML files that the keywright CLI reads. */
export class KeysStack extends TerraformStack {
  constructor(scope: Construct, id: string) {
    super(scope, id)
    // OPENROUTER_MANAGEMENT_KEY holds the managing key.
    new KeywrightProvider(this, 'keywright', {
      stack: 'acme-7f3a',
      sinks: { dotenv: { kind: 'dotenv', path: '.env.keys' } },
    })

    const bot = new ManagedKey(this, 'ci-bot', {
      keyId: 'platform/ci-bot',
      owner: 'platform-team',
      limit: usd(50),
      limitReset: 'monthly',
      deliverTo: [Deliver.dotenv({ name: 'CI_BOT_KEY' })],
      rotation: { on: 'apply', every: days(30), grace: hours(24) },
    })
    new TerraformOutput(this, 'ci-bot-fingerprint', { value: bot.fingerprint })

    KeyManifests.fromFiles(this, 'manifests', { config: process.env.KEYS_CONFIG ?? 'keywright.yaml' })
  }
}
