import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { EmulatorOptions } from '../../src/emulators/options.ts'
import { type RunningEmulator, startEmulator } from '../../src/emulators/server.ts'

/** A key object as read off the wire: only what tests look at is typed. */
export interface WireKey {
  readonly hash: string
  readonly name: string
  readonly label: string
  readonly disabled: boolean
  readonly limit: number | null
  readonly limit_remaining: number | null
  readonly limit_reset: string | null
  readonly created_at: string
  readonly updated_at: string | null
  readonly expires_at: string | null
  readonly workspace_id: string
  readonly creator_user_id: string | null
  readonly [field: string]: unknown
}

export interface WireError {
  readonly code: number
  readonly message: string
  readonly metadata?: Record<string, unknown>
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The parsed body; empty when it is no JSON. */
  readonly body: {
    readonly data?: unknown
    readonly key?: string
    readonly error?: WireError
    readonly [field: string]: unknown
  }
}

/** Rejects (fetch's TypeError) when the connection is cut. */
export type Call = (method: string, path: string, body?: unknown) => Promise<Answer>

/** An emulator that is closed when the test ends. */
export async function emulate(options: EmulatorOptions = {}): Promise<RunningEmulator> {
  const emulator = await startEmulator(options)
  onTestFinished(() => emulator.close())
  return emulator
}

/** Calls below `/api/v1` with the management key, another key, or (null) none. A body that is a string is sent as it is. */
export function caller(emulator: RunningEmulator, key: string | null = emulator.openrouter.managementKey): Call {
  const headers: Record<string, string> = key === null ? {} : { authorization: `Bearer ${key}` }
  return (method, path, body) => send(emulator.openrouter.baseUrl + path, method, headers, body)
}

/** Calls below `/_emulator`. */
export function controller(emulator: RunningEmulator): Call {
  return (method, path, body) => send(emulator.controlUrl + path, method, {}, body)
}

export async function send(
  url: string,
  method: string,
  headers: Record<string, string>,
  body?: unknown,
): Promise<Answer> {
  const payload = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }
  const response = await fetch(url, { method, headers, ...payload })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson ? (JSON.parse(text) as Answer['body']) : {},
  }
}

/** Creates a key and gives back its object and secret; fails unless the answer is 201. */
export async function create(
  call: Call,
  fields: object = {},
): Promise<{ readonly key: WireKey; readonly secret: string }> {
  const answer = await call('POST', '/keys', { name: 'some key', ...fields })
  if (answer.status !== 201) throw new Error(`create answered ${answer.status}: ${answer.text}`)
  return { key: keyOf(answer), secret: String(answer.body.key) }
}

export function keyOf(answer: Answer): WireKey {
  return answer.body.data as WireKey
}

export function keysOf(answer: Answer): WireKey[] {
  return answer.body.data as WireKey[]
}

/** Names in list order. */
export async function names(call: Call, query = ''): Promise<string[]> {
  return keysOf(await call('GET', `/keys${query}`)).map(({ name }) => name)
}

/** A folder that is removed when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'emulator-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
