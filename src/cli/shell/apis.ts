/** Key APIs by configured name, opened when first asked for and counted while they work. */
import type { Config, ProviderConfig } from '../../core/config/config.ts'
import { isKeywrightError, KeywrightError } from '../../core/diagnostic.ts'
import type { Secret } from '../../core/secret.ts'
import type { RequestEvent } from '../../io/http/event.ts'
import type { KeyApi } from '../../ports/key-api.ts'
import { PROVIDERS } from '../../providers/registry.ts'
import type { Shell } from './command.ts'
import { sourceText, tokensOf } from './tokens.ts'

export interface Traffic {
  readonly requests: number
  readonly writes: number
}

export interface Apis {
  /** Throws `RECORD_UNCONFIGURED` for a name the configuration does not have, `CLI_TOKEN_MISSING` without a token. */
  open(name: string): Promise<KeyApi>
  traffic(): Traffic
  close(): Promise<void>
}

export interface ApisInputs {
  readonly shell: Shell
  readonly config: Pick<Config, 'providers'>
  readonly root: string
}

interface Desk extends ApisInputs {
  readonly onRequest: (event: RequestEvent) => void
}

export function openApis(inputs: ApisInputs): Apis {
  const opened = new Map<string, Promise<KeyApi>>()
  const count = { requests: 0, writes: 0 }
  const onRequest = (event: RequestEvent): void => {
    count.requests += 1
    if (event.method !== 'GET') count.writes += 1
    if (inputs.shell.logLevel === 'trace') inputs.shell.stderr(traceLine(event))
  }
  return {
    open(name) {
      const api = opened.get(name) ?? openProvider(name, { ...inputs, onRequest })
      opened.set(name, api)
      return api
    },
    traffic: () => ({ ...count }),
    async close() {
      for (const api of opened.values()) await api.then((one) => one.close?.()).catch(() => undefined)
    },
  }
}

/** Method, path template, status and time: never a name, a body or a credential. */
function traceLine({ method, path, status, millis, attempt }: RequestEvent): string {
  const tries = attempt > 1 ? ` try ${attempt}` : ''
  return `trace ${method} ${path} ${status ?? 'no answer'} ${Math.round(millis)} ms${tries}\n`
}

async function openProvider(name: string, desk: Desk): Promise<KeyApi> {
  const provider = desk.config.providers.get(name)
  if (!provider) throw unconfigured(name, [...desk.config.providers.keys()])
  if (provider.token.length === 0) return openWith(provider, null, desk)
  let refused: unknown = null
  const failures: KeywrightError[] = []
  const failed = (_: unknown, error: KeywrightError): void => void failures.push(error)
  for await (const token of tokensOf(provider.token, { root: desk.root, env: desk.shell.env, failed })) {
    const api = await openWith(provider, token, desk)
    if (provider.token.length === 1) return api
    try {
      return greeted(api, await api.identify())
    } catch (error) {
      await api.close?.()
      if (!isKeywrightError(error, 'API_UNAUTHORIZED') && !isKeywrightError(error, 'API_NOT_MANAGEMENT_KEY'))
        throw error
      refused ??= error
    }
  }
  throw refused ?? failures[0] ?? tokenMissing(provider)
}

/** Of several tokens the first that works: it introduced itself already, so the next to ask gets that answer. */
function greeted(api: KeyApi, view: Awaited<ReturnType<KeyApi['identify']>>): KeyApi {
  let first = true
  const identify = async () => {
    if (!first) return api.identify()
    first = false
    return view
  }
  return { ...api, identify }
}

function openWith(provider: ProviderConfig, token: Secret | null, { shell, onRequest }: Desk): Promise<KeyApi> {
  const { baseUrl, project, writesPerDay, reserve } = provider
  const options = {
    ...(token === null ? {} : { token }),
    ...(baseUrl === null ? {} : { baseUrl }),
    ...(project === undefined ? {} : { project }),
    ...(writesPerDay === null ? {} : { writesPerDay }),
    ...(reserve === null ? {} : { reserve }),
  }
  const { clock, random, parallelism } = shell
  return PROVIDERS[provider.kind].open(options, { clock, random, parallelism, onRequest })
}

function unconfigured(name: string, known: readonly string[]): KeywrightError {
  return new KeywrightError('RECORD_UNCONFIGURED', {
    message: `Records name the provider "${name}", which keywright.yaml does not have (it has: ${known.join(', ') || 'none'}).`,
    hint: 'put the provider back into keywright.yaml, or forget a record with: keywright state rm ADDRESS',
  })
}

function tokenMissing({ name, token }: ProviderConfig): KeywrightError {
  const first = token[0]
  const hint =
    first !== undefined && 'env' in first ? `export ${first.env}=...` : `token: { env: OPENROUTER_MANAGEMENT_KEY }`
  return new KeywrightError('CLI_TOKEN_MISSING', {
    message: `The provider "${name}" has no token: nothing usable in ${token.map(sourceText).join(', ')}.`,
    hint,
  })
}
