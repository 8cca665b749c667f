/** SecureStrings in the AWS Systems Manager Parameter Store. */
import { awsHome, type SsmConfig } from '../core/aws-kinds.ts'
import { peer } from '../io/peer.ts'
import type { SecretSink } from '../ports/secret-sink.ts'
import { AWS_TUNING, type AwsTuning, asking, settingsOf } from './aws/line.ts'
import { earlierWith, look, mark, type Parts, parameterOf, prove, put, type Seen, STAMP } from './aws/parameters.ts'
import type { SinkContext } from './context.ts'
import { ofOwnPlaces } from './own-place.ts'
import { onShelf, type Shelf } from './shelf.ts'

const PACKAGE = '@aws-sdk/client-ssm'

/** Sends nothing yet. Throws `PACKAGE_MISSING`. */
export async function openSsm(
  config: SsmConfig,
  context: SinkContext,
  tuning: Partial<AwsTuning> = {},
): Promise<SecretSink> {
  const { name } = context
  const sdk = await peer(() => import('@aws-sdk/client-ssm'), { by: `the sink ${name}`, packages: [PACKAGE] })
  const tuned = { ...AWS_TUNING, ...tuning }
  const client = new sdk.SSMClient(settingsOf(config, context))
  const offers = onShelf(shelf({ sdk, client, ask: asking(name, tuned.timeoutMillis), config, name }), tuned)
  return { kind: 'aws-ssm', ...ofOwnPlaces(offers, awsHome(config)), close: async () => client.destroy() }
}

function shelf(parts: Parts): Shelf<Seen> {
  const { region } = parts.config
  return {
    conditional: false,
    container: parameterOf,
    look: (place) => look(parts, place),
    prove: (place, seen) => prove(parts, place, seen),
    put: (change) => put(parts, change),
    mark: (place, stamp) => mark(parts, place, stamp),
    remedy: (place) =>
      `aws ssm remove-tags-from-resource --resource-type Parameter --resource-id ${parameterOf(place)} --tag-keys ${STAMP} --region ${region}`,
    earlier: (place, _seen, print) => earlierWith(parts, place, print),
  }
}
