/** An account with only a token: no project, no state. For `census` and `leaked` on a fresh machine. */
import { PROVIDER_KINDS } from '../../core/config/kinds.ts'
import { KeywrightError } from '../../core/diagnostic.ts'
import { addressRefusal } from '../../core/trust.ts'
import type { KeyApi } from '../../ports/key-api.ts'
import { openApis, type Traffic } from './apis.ts'
import type { Shell } from './command.ts'

export interface OpenedAccount {
  readonly api: KeyApi
  readonly baseUrl: string
  traffic(): Traffic
  close(): Promise<void>
}

export const TOKEN_VARIABLE = 'OPENROUTER_MANAGEMENT_KEY'
export const URL_VARIABLE = 'OPENROUTER_BASE_URL'

/**
 * OPENROUTER_MANAGEMENT_KEY, and OPENROUTER_BASE_URL for another address, which must be allowed as any configured host.
 * Throws `CLI_TOKEN_MISSING`, `CONFIG_HOST_NOT_ALLOWED`, `CONFIG_URL_INVALID`.
 */
export async function tokenOnlyApi(shell: Shell): Promise<OpenedAccount> {
  const baseUrl = (shell.env[URL_VARIABLE] ?? PROVIDER_KINDS.openrouter.baseUrl ?? '').replace(/\/+$/, '')
  const permitted = { allowHosts: shell.env.KEYWRIGHT_ALLOW_HOSTS, allowExec: undefined }
  const refusal = addressRefusal({ named: URL_VARIABLE, kind: 'openrouter', baseUrl }, permitted)
  if (refusal) throw new KeywrightError(refusal.code, refusal)
  const provider = {
    name: 'openrouter',
    kind: 'openrouter',
    baseUrl,
    token: [{ env: TOKEN_VARIABLE }],
    writesPerDay: null,
    reserve: null,
  } as const
  const apis = openApis({ shell, config: { providers: new Map([['openrouter', provider]]) }, root: shell.cwd })
  return { api: await apis.open('openrouter'), baseUrl, traffic: apis.traffic, close: apis.close }
}
