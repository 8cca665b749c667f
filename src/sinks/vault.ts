/** Fields of KV secrets in HashiCorp Vault and OpenBao; both speak the same HTTP API. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { plainAddress } from '../core/config/url.ts'
import { SECOND } from '../core/time.ts'
import { VAULT_MOUNT, type VaultConfig, vaultHome } from '../core/vault-kind.ts'
import { systemClock } from '../io/clock.ts'
import { httpClient } from '../io/http.ts'
import type { Clock } from '../ports/clock.ts'
import type { SecretSink } from '../ports/secret-sink.ts'
import type { SinkContext } from './context.ts'
import { ofOwnPlaces } from './own-place.ts'
import { kv1 } from './vault/kv1.ts'
import { kv2 } from './vault/kv2.ts'
import { kv2Blind } from './vault/kv2-blind.ts'
import { type Line, line } from './vault/line.ts'
import { denied } from './vault/refusal.ts'
import { session } from './vault/session.ts'

export interface VaultTuning {
  readonly clock: Clock
  /** 0 <= x < 1, for the jitter between tries. */
  readonly random: () => number
  /** For one request, in real time. */
  readonly timeoutMillis: number
}

const TUNING: VaultTuning = { clock: systemClock, random: Math.random, timeoutMillis: 15 * SECOND }

/** Sends nothing yet. Throws `SINK_DENIED` for a `caFile` that cannot be read. */
export async function openVault(
  config: VaultConfig,
  context: SinkContext,
  tuning: Partial<VaultTuning> = {},
): Promise<SecretSink> {
  const { clock, random, timeoutMillis } = { ...TUNING, ...tuning }
  const { origin, pathname } = new URL(plainAddress(config.address))
  const ca = config.caFile === undefined ? {} : { ca: await authority(config.caFile, context) }
  const http = httpClient({ origin, connections: 4, timeoutMillis, ...ca })
  const { name } = context
  const parts = { http, name, prefix: pathname.replace(/\/+$/, ''), namespace: config.namespace, clock, random }
  const tokens = session({ auth: config.auth ?? { kind: 'token' }, context, clock, line: () => api })
  const api: Line = line(parts, tokens)
  const engine = engineOf(config)({ line: api, name, mount: config.mount ?? VAULT_MOUNT, config })
  let closing: Promise<void> | null = null
  const close = (): Promise<void> => {
    closing ??= tokens.close().then(() => http.close())
    return closing
  }
  return { kind: 'vault', ...ofOwnPlaces(engine, vaultHome(config)), close }
}

function engineOf({ kv = 2, readable = true }: VaultConfig): typeof kv2 {
  if (kv === 1) return kv1
  return readable ? kv2 : kv2Blind
}

function authority(file: string, { name, root }: SinkContext): Promise<string> {
  return readFile(resolve(root, file), 'utf8').catch(() => {
    throw denied(`the sink ${name} cannot read its caFile ${file}`, `ls -l ${file}`)
  })
}
