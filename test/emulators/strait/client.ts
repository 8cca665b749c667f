import type { RunningEmulator } from '../../../src/emulators/server.ts'
import type { StraitOptions } from '../../../src/emulators/strait/options.ts'
import { emulate } from '../client.ts'

/** 00:00 on the first of 2030: the clock of these tests stands there. */
export const START = '2030-01-01T00:00:00Z'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The parsed body; empty when it is no JSON object. */
  readonly body: Readonly<Record<string, unknown>> & {
    readonly error?: { readonly code: string; readonly message: string; readonly details?: readonly string[] }
  }
}

/** A key as read off the wire. */
export interface WireKey {
  readonly id: string
  readonly name: string
  readonly created_at: string
  readonly expires_at: string
  readonly [field: string]: unknown
}

/** Rejects (fetch's TypeError) when the connection is cut. A body that is a string is sent as it is. */
export type Call = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<Answer>

/** An emulator whose clock stands, without limits unless they are asked for. */
export function straitOf(strait: StraitOptions = {}): Promise<RunningEmulator> {
  return emulate({ clock: START, control: true, strait: { limits: false, ...strait } })
}

/** Calls with the managing key, another key, or (null) no credential at all. Paths are below `/v1`. */
export function caller({ strait }: RunningEmulator, key: string | null = strait.token): Call {
  return calling(strait.baseUrl, key === null ? {} : { authorization: `Bearer ${key}` })
}

/** Calls with the internal secret, for a project or none. */
export function insider({ strait }: RunningEmulator, project?: string): Call {
  const named = project === undefined ? {} : { 'x-project-id': project }
  return calling(strait.baseUrl, { 'x-internal-secret': strait.internalSecret, ...named })
}

function calling(baseUrl: string, credentials: Readonly<Record<string, string>>): Call {
  return async (method, path, body, headers = {}) => {
    const payload = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }
    const type = body === undefined ? {} : { 'content-type': 'application/json' }
    const response = await fetch(`${baseUrl}/v1${path}`, {
      method,
      headers: { ...credentials, ...type, ...headers },
      ...payload,
    })
    const text = await response.text()
    const isObject = response.headers.get('content-type') === 'application/json' && text.startsWith('{')
    return { status: response.status, headers: response.headers, text, body: isObject ? JSON.parse(text) : {} }
  }
}

/** A body that is right for `POST /api-keys`. */
export function wanted({ strait }: RunningEmulator, fields: object = {}): object {
  return { project_id: strait.project, name: 'some key', scopes: ['jobs:read'], expires_in_days: 30, ...fields }
}

export interface Created {
  readonly id: string
  readonly key: string
  readonly created_at: string
  readonly expires_at: string
  readonly [field: string]: unknown
}

/** Creates a key with the managing one; fails unless the answer is 201. */
export async function create(emulator: RunningEmulator, fields: object = {}): Promise<Created> {
  const answer = await caller(emulator)('POST', '/api-keys', wanted(emulator, fields))
  if (answer.status !== 201) throw new Error(`create answered ${answer.status}: ${answer.text}`)
  return answer.body as unknown as Created
}

/** Status, code and message of an error. */
export function refusal({ status, body }: Answer): readonly unknown[] {
  return [status, body.error?.code, body.error?.message]
}

export function keysOf(answer: Answer): readonly WireKey[] {
  return answer.body.data as WireKey[]
}

/** The first page, by name, without the managing key. */
export async function names(call: Call, query = ''): Promise<readonly string[]> {
  const keys = keysOf(await call('GET', `/api-keys${query}`))
  return keys.map(({ name }) => name).filter((name) => name !== 'management')
}

/** One key of the list; fails when it is not there. */
export async function listed(emulator: RunningEmulator, id: string): Promise<WireKey> {
  const found = keysOf(await caller(emulator)('GET', '/api-keys?limit=100')).find((key) => key.id === id)
  if (found === undefined) throw new Error(`${id} is not listed`)
  return found
}

export const FIVE_ROUTES = [
  ['GET', '/api-keys'],
  ['POST', '/api-keys'],
  ['GET', '/api-keys/expiring-soon'],
  ['POST', '/api-keys/some-id/rotate'],
  ['DELETE', '/api-keys/some-id'],
] as const
