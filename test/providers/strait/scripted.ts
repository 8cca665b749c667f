import { Secret } from '../../../src/core/secret.ts'
import { type StraitOptions, strait } from '../../../src/providers/strait.ts'
import { leapingClock } from '../../fakes/key-apis.ts'
import { type Answer, type Script, scriptedServer } from '../scripted.ts'

export const TOKEN = `strait_${'0123456789abcdef'.repeat(4)}`
export const PROJECT = 'proj_1'

/** A server of our own that answers what it is told, and a Strait provider that calls it. */
export async function scripted(answer: Script, tuning: Partial<StraitOptions> = {}) {
  const { port, seen } = await scriptedServer(answer)
  const clock = leapingClock()
  const baseUrl = `http://127.0.0.1:${port}`
  const base = { baseUrl, token: Secret.of(TOKEN), project: PROJECT, random: () => 0, timeoutMillis: 2_000 }
  return { api: strait({ ...base, clock, ...tuning }), baseUrl, seen, clock }
}

export function idOf(number: number): string {
  return `01890000-0000-7000-8000-${`${number}`.padStart(12, '0')}`
}

/** An entry of a list: the key of that number, created so many microseconds after the start of 2026. */
export function row(number: number, change: object = {}): object {
  return {
    id: idOf(number),
    project_id: PROJECT,
    name: `key ${number}`,
    key_prefix: 'strait_fffff',
    scopes: ['jobs:read'],
    created_at: stamp(number),
    ...change,
  }
}

export function stamp(micros: number): string {
  return `2026-01-01T00:00:00.${`${micros}`.padStart(6, '0')}Z`
}

/** The managing key, the oldest of all. */
export const MANAGING = row(0, { name: 'management', key_prefix: TOKEN.slice(0, 12), scopes: ['*'] })

export function page(rows: readonly object[], more = false): Answer {
  return { status: 200, body: { data: rows, has_more: more } }
}

/** The page that the real API would give of these entries, which have to be in its order, newest first. */
export function pageOf(rows: readonly object[], url: string): Answer {
  const before = new URL(url, 'http://h').searchParams.get('cursor')
  const micros = (value: unknown): string => String(value).slice(0, -1)
  const older = rows.filter((one) => before === null || micros(stampIn(one)) < micros(before))
  return page(older.slice(0, 100), older.length > 100)
}

function stampIn(one: object): unknown {
  return 'created_at' in one ? one.created_at : ''
}

export function failure(status: number, message = 'no', code = 'bad_request'): Answer {
  return { status, body: { error: { code, message } } }
}

/** Text that is no JSON, as the limiters by address send it. */
export const TOO_MANY: Answer = { status: 429, body: 'Too Many Requests\n', headers: { 'retry-after': '60' } }

/** The answer to a create. */
export function born(number: number, change: object = {}): Answer {
  const key = `strait_${`${number}`.padStart(64, '0')}`
  return { status: 201, body: { ...row(number, { key_prefix: key.slice(0, 12) }), key, ...change } }
}
