/** Secrets in AWS Secrets Manager, whole or one field of a JSON object. */
import { type AwsSecretsConfig, awsHome } from '../core/aws-kinds.ts'
import { peer } from '../io/peer.ts'
import type { SecretSink } from '../ports/secret-sink.ts'
import { AWS_TUNING, type AwsTuning, asking, settingsOf } from './aws/line.ts'
import { earlierWith, look, tagOf } from './aws/secrets/look.ts'
import { type Parts, type Seen, secretOf, typed } from './aws/secrets/parts.ts'
import { prove } from './aws/secrets/prove.ts'
import { mark, put } from './aws/secrets/put.ts'
import type { SinkContext } from './context.ts'
import { ofOwnPlaces } from './own-place.ts'
import { onShelf, type Shelf } from './shelf.ts'

const PACKAGE = '@aws-sdk/client-secrets-manager'

/** Sends nothing yet. Throws `PACKAGE_MISSING`. */
export async function openAwsSecrets(
  config: AwsSecretsConfig,
  context: SinkContext,
  tuning: Partial<AwsTuning> = {},
): Promise<SecretSink> {
  const { name } = context
  const sdk = await peer(() => import('@aws-sdk/client-secrets-manager'), {
    by: `the sink ${name}`,
    packages: [PACKAGE],
  })
  const tuned = { ...AWS_TUNING, ...tuning }
  const client = new sdk.SecretsManagerClient(settingsOf(config, context))
  const offers = onShelf(shelf({ sdk, client, ask: asking(name, tuned.timeoutMillis), config, name }), tuned)
  return {
    kind: 'aws-secrets-manager',
    ...ofOwnPlaces(offers, awsHome(config)),
    close: async () => client.destroy(),
  }
}

function shelf(parts: Parts): Shelf<Seen> {
  return {
    conditional: true,
    container: secretOf,
    look: (place) => look(parts, place),
    prove: (place, seen) => prove(parts, place, seen),
    put: (change) => put(parts, change),
    mark: (place, stamp) => mark(parts, place, stamp),
    remedy: (place) => `aws secretsmanager untag-resource ${typed(parts, place)} --tag-keys ${tagOf(place)}`,
    earlier: (place, _seen, print) => earlierWith(parts, place, print),
  }
}
