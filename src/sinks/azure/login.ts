/** How a sink logs in at Azure. */
import type { TokenCredential } from '@azure/identity'
import type { AzureAuth } from '../../core/azure-kind.ts'
import { HOUR } from '../../core/time.ts'
import { peer } from '../../io/peer.ts'
import type { Clock } from '../../ports/clock.ts'
import type { SinkContext } from '../context.ts'
import { credentialFrom } from '../credential.ts'

/** Throws `PACKAGE_MISSING`, and `SINK_DENIED` when a source holds nothing. */
export async function credentialOf(auth: AzureAuth, context: SinkContext, clock: Clock): Promise<TokenCredential> {
  if (auth.kind === 'token') return given(auth.token, context, clock)
  const by = `the sink ${context.name}`
  const identity = await peer(() => import('@azure/identity'), { by, packages: ['@azure/identity'] })
  switch (auth.kind) {
    case 'default':
      return new identity.DefaultAzureCredential()
    case 'client-secret': {
      const secret = await credentialFrom(auth.secret, context)
      return new identity.ClientSecretCredential(auth.tenantId, auth.clientId, secret.expose())
    }
    case 'federated': {
      const assertion = async (): Promise<string> => (await credentialFrom(auth.token, context)).expose()
      await assertion()
      return new identity.ClientAssertionCredential(auth.tenantId, auth.clientId, assertion)
    }
    case 'managed-identity':
      return new identity.ManagedIdentityCredential(auth.clientId === undefined ? {} : { clientId: auth.clientId })
    default:
      return auth satisfies never
  }
}

/** A token that exists, read anew each time it is asked for. */
async function given(source: Extract<AzureAuth, { kind: 'token' }>['token'], context: SinkContext, clock: Clock) {
  await credentialFrom(source, context)
  return {
    getToken: async () => ({
      token: (await credentialFrom(source, context)).expose(),
      expiresOnTimestamp: clock.now() + HOUR,
    }),
  }
}
