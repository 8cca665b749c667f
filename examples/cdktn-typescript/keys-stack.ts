import { S3Backend, TerraformOutput, TerraformStack } from 'cdktn'
import type { Construct } from 'constructs'
import { Deliver, days, hours, KeyManifests, KeywrightProvider, ManagedKey, usd } from 'keywright/cdktn'

export interface KeysStackProps {
  /** Address of the Vault that gets the secrets. */
  readonly vault: string
  /** Bucket of the state. Without one it is a file beside the application: enough for a trial, and lost on a CI runner. */
  readonly stateBucket?: string | undefined
}

/** Keys written in TypeScript beside keys of the YAML files that the keywright command line reads. */
export class KeysStack extends TerraformStack {
  constructor(scope: Construct, id: string, { vault, stateBucket }: KeysStackProps) {
    super(scope, id)
    if (stateBucket) {
      const backend = new S3Backend(this, { bucket: stateBucket, key: 'keys.tfstate', encrypt: true })
      backend.addOverride('use_lockfile', true)
    }

    // The managing key and the token of Vault come from the environment of terraform: OPENROUTER_MANAGEMENT_KEY, VAULT_TOKEN.
    new KeywrightProvider(this, 'keywright', {
      stack: 'acme-7f3a',
      sinks: { vault: { kind: 'vault', address: vault, allow: ['ci/**', 'team/**'] } },
    })

    const bot = new ManagedKey(this, 'ci-bot', {
      keyId: 'platform/ci-bot',
      owner: 'platform-team',
      limit: usd(50),
      limitReset: 'monthly',
      deliverTo: [Deliver.vault({ path: 'ci/openrouter', field: 'api_key' })],
      rotation: { on: 'apply', every: days(30), grace: hours(24) },
    })
    new TerraformOutput(this, 'ci-bot-fingerprint', { value: bot.fingerprint })

    KeyManifests.fromFiles(this, 'manifests', { config: 'keywright.yaml' })
  }
}
