/** Live == manifest (design 2.4), judged from outside: emulator, state file, and what stands in the places. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { activeOf, isLive, type KeyRecord } from '../../src/core/record.ts'
import type { KeySpec, Manifest } from './manifest.ts'
import type { EmulatedKey, Stack } from './stack.ts'

/** Everything that is wrong with a stack that says it is done; empty when it is right. */
export async function judge(stack: Stack, manifest: Manifest): Promise<readonly string[]> {
  const findings: string[] = []
  const records = await stack.records()
  const live = new Map((await stack.live()).map((key) => [key.hash, key]))
  const left = new Map(live)
  for (const spec of manifest.keys.values()) {
    const record = records.get(`${stack.name}/${spec.id}`)
    const active = record ? activeOf(record) : null
    const key = active ? live.get(active.id) : undefined
    if (!active || !key) findings.push(`${spec.id} has no live active generation`)
    else findings.push(...differences(spec, key), ...(await wrongPlaces(stack, spec, active.id)))
    if (active) left.delete(active.id)
  }
  for (const key of left.values()) {
    const waiting = [...records.values()].some((record) => isWaiting(record, key))
    if (!waiting) findings.push(`${key.name} is an orphan`)
  }
  return findings
}

function differences(spec: KeySpec, key: EmulatedKey): readonly string[] {
  const end = (text: string | null): number | null => (text === null ? null : Date.parse(text))
  const same =
    key.limit === spec.limit &&
    (key.limit_reset ?? 'never') === spec.limitReset &&
    key.disabled === spec.disabled &&
    end(key.expires_at) === end(spec.expiresAt)
  return same ? [] : [`${spec.id} is live as ${JSON.stringify(key)}, wanted ${JSON.stringify(spec)}`]
}

/** Recorded, and in grace or hold: neither announced as deleted nor due. */
function isWaiting({ generations }: KeyRecord, key: EmulatedKey): boolean {
  const g = generations.filter(isLive).find(({ id }) => id === key.hash)
  if (g?.phase === 'superseded') return g.removing !== true
  return g?.phase === 'disabled' && g.removing !== true && key.disabled
}

/** Every place holds the secret of the active generation, and the API knows it: 200, or 403 for one that shall be disabled. */
async function wrongPlaces(stack: Stack, spec: KeySpec, id: string): Promise<readonly string[]> {
  const findings: string[] = []
  const secrets = new Set<string>()
  for (const place of spec.places) {
    const secret = await heldBy(stack, place)
    if (secret === null) findings.push(`${place} is empty`)
    else if (createHash('sha256').update(secret).digest('hex') !== id) findings.push(`${place} holds another key`)
    else secrets.add(secret)
  }
  for (const secret of secrets) {
    const works = await answers(stack, secret)
    if (works === spec.disabled)
      findings.push(`${spec.id}: its secret ${works ? 'works though disabled' : 'is refused'}`)
  }
  return findings
}

/** Asked directly and not through the proxy; asked again where the emulator plays a fault. */
async function answers({ emulator }: Stack, secret: string): Promise<boolean> {
  for (let tries = 0; tries < 30; tries++) {
    const answer = await fetch(`${emulator.baseUrl}/key`, { headers: { authorization: `Bearer ${secret}` } }).catch(
      () => null,
    )
    await answer?.arrayBuffer().catch(() => undefined)
    if (answer?.status === 200) return true
    if (answer?.status === 401 || answer?.status === 403) return false
  }
  throw new Error('GET /key was never answered')
}

async function heldBy({ folder }: Stack, place: string): Promise<string | null> {
  const [, sink = '', path = '', field] = /^(\w+):([^#]+)(?:#(.+))?$/.exec(place) ?? []
  const file = join(folder, sink === 'dotenv' ? '.env.keys' : `secrets/${path}`)
  const text = await readFile(file, 'utf8').catch(() => '')
  if (sink === 'dotenv') return new RegExp(`^${path}=["']?([^"'\\n]+)["']?$`, 'm').exec(text)?.[1] ?? null
  if (field === undefined) return text.trim() === '' ? null : text.trim()
  const document = (text === '' ? {} : JSON.parse(text)) as Record<string, string>
  return document[field] ?? null
}
