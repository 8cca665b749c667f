/** An emulator as a process, with what its two APIs are known to hold. */
import { type EmulatorProcess, startEmulatorProcess } from '../fakes/cli-process.ts'
import { type Time, timeOf } from './time.ts'

/** A live key of either API, as the emulator knows it. */
export interface LiveKey {
  readonly provider: 'openrouter' | 'strait'
  readonly id: string
  readonly name: string
  /** SHA-256 of its secret, in hex. */
  readonly secretHash: string
  readonly disabled: boolean
  /** All that its API shows. */
  readonly shown: Readonly<Record<string, unknown>>
}

export interface House {
  readonly emulator: EmulatorProcess
  readonly time: Time
  /** Id of the one guardrail. */
  readonly guardrail: string
  /** Neither deleted nor revoked; a key of Strait whose time is over is live until somebody revokes it. */
  live(): Promise<readonly LiveKey[]>
  /** Whether the API knows the secret as that of a key that may be used. Asked directly, and again where the emulator plays a fault. */
  accepts(provider: LiveKey['provider'], secret: string): Promise<boolean>
  close(): Promise<void>
}

export async function openHouse(flags: readonly string[]): Promise<House> {
  const emulator = await startEmulatorProcess(['--no-strait-limits', ...flags])
  return {
    emulator,
    time: timeOf(emulator),
    guardrail: await newGuardrail(emulator),
    async live() {
      const { keys, strait } = (await emulator.control('GET keys')) as Record<string, readonly Shown[]>
      return [...(keys ?? []).flatMap(openRouterKey), ...(strait ?? []).flatMap(straitKey)]
    },
    accepts: (provider, secret) => accepts(emulator, provider, secret),
    close: () => emulator.stop(),
  }
}

type Shown = Readonly<Record<string, unknown>> & { readonly name: string }

function openRouterKey(shown: Shown): readonly LiveKey[] {
  if (shown.deleted_at !== null) return []
  const id = `${shown.hash}`
  return [{ provider: 'openrouter', id, name: shown.name, secretHash: id, disabled: shown.disabled === true, shown }]
}

function straitKey(shown: Shown): readonly LiveKey[] {
  if (shown.revoked_at !== null) return []
  const secretHash = `${shown.key_hash}`
  return [{ provider: 'strait', id: `${shown.id}`, name: shown.name, secretHash, disabled: false, shown }]
}

async function accepts(
  { baseUrl, strait }: EmulatorProcess,
  provider: LiveKey['provider'],
  secret: string,
): Promise<boolean> {
  const url = provider === 'strait' ? `${strait.baseUrl}/v1/api-keys?limit=1` : `${baseUrl}/key`
  // Whoever may not list keys of Strait is known all the same.
  const good = provider === 'strait' ? [200, 403] : [200]
  const answer = await settled(url, { headers: { authorization: `Bearer ${secret}` } }, [200, 401, 403])
  return good.includes(answer.status)
}

async function newGuardrail({ baseUrl, managementKey }: EmulatorProcess): Promise<string> {
  const { text } = await settled(
    `${baseUrl}/guardrails`,
    {
      method: 'POST',
      headers: { authorization: `Bearer ${managementKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'no-training' }),
    },
    [201],
  )
  return (JSON.parse(text) as { data: { id: string } }).data.id
}

/** Repeats a request until its answer is one of those that mean something. */
async function settled(
  url: string,
  init: RequestInit,
  statuses: readonly number[],
): Promise<{ readonly status: number; readonly text: string }> {
  for (let tries = 0; tries < 60; tries++) {
    const answer = await fetch(url, init).catch(() => null)
    const text = await answer?.text().catch(() => null)
    if (answer && typeof text === 'string' && statuses.includes(answer.status) && isJson(text))
      return { status: answer.status, text }
  }
  throw new Error(`${url} was never answered`)
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
