/**
 * KV version 1: one body per secret, written whole. There is no condition on a write and no way to change one field, so neighbours are read
 * and written back: another program that changes one of them in that moment may lose its change. Without the right to read, nothing is
 * written at all. No earlier versions, no metadata, so no stamps.
 */
import { fingerprintOf } from '../../io/digest.ts'
import type { PlaceAt, SecretSink } from '../../ports/secret-sink.ts'
import { fingerprint } from '../bytes.ts'
import { readingOf, versionOf } from '../held.ts'
import { fieldOf, withField } from '../json-fields.ts'
import { lanes } from '../lanes.ts'
import {
  assertRouted,
  covers,
  type EngineParts,
  insistently,
  mountCheck,
  nameOf,
  notAllowed,
  pathOf,
  rightsOn,
} from './engine.ts'
import { isBare, rawObject } from './fields.ts'
import { denied, doubtful } from './refusal.ts'

type Engine = Omit<SecretSink, 'kind' | 'close'>

export function kv1(parts: EngineParts): Engine {
  const { line, name, mount } = parts
  const ready = mountCheck(parts)
  const inLane = lanes()
  const at = (place: PlaceAt): string => `${mount}/${pathOf(place)}`
  const fieldsAt = async (place: PlaceAt): Promise<string | null | 'denied'> => {
    await ready()
    const answer = await line.ask({ method: 'GET', path: at(place) })
    assertRouted(answer, parts)
    if (answer.doubtful) throw doubtful(name)
    if (answer.status === 403) return 'denied'
    return answer.status === 200 ? rawObject(answer.text, ['data']) : null
  }
  const seen = async (place: PlaceAt): Promise<string | null> => {
    const fields = await fieldsAt(place)
    if (fields === 'denied') throw notAllowed(name, at(place), ['create', 'update', 'read'])
    return fields
  }
  const put = async (place: PlaceAt, body: string | null): Promise<void> => {
    const method = body === null ? 'DELETE' : 'POST'
    const { status } = await line.once({ method, path: at(place), ...(body === null ? {} : { body }) })
    if (status === 403) throw notAllowed(name, at(place), ['create', 'update', 'read', 'delete'])
    if (status >= 400) throw denied(`${place.text}: the sink ${name} answered ${status}`, `vault read ${at(place)}`)
  }
  const change = <T>(place: PlaceAt, work: () => Promise<T>): Promise<T> =>
    inLane(pathOf(place), () => insistently(line, work))
  return {
    capabilities: { readable: true, conditional: false },
    async preflight(place) {
      const fields = await seen(place)
      const rights = await rightsOn(line, at(place))
      if (rights === null) throw denied(`the sink ${name} may not ask for its rights`, ASK)
      if (!covers(rights, [[fields === null ? 'create' : 'update']]))
        throw notAllowed(name, at(place), ['create', 'update', 'read', 'delete'])
      return { version: versionOf(fieldOf(fields, nameOf(place))) }
    },
    write: (place, bytes) =>
      change(place, async () => {
        const fields = await seen(place)
        const version = fingerprint(bytes)
        if (versionOf(fieldOf(fields, nameOf(place))) === version) return { version }
        await put(place, withField(fields, nameOf(place), bytes))
        return { version }
      }),
    async read(place) {
      const fields = await fieldsAt(place)
      return fields === 'denied' ? 'unreadable' : readingOf(fieldOf(fields, nameOf(place)))
    },
    remove: (place, ifFingerprint) =>
      change(place, async () => {
        const fields = await seen(place)
        const held = fieldOf(fields, nameOf(place))
        if (held === null) return true
        if (fingerprintOf(held) !== ifFingerprint) return false
        const rest = withField(fields, nameOf(place), null)
        await put(place, isBare(rest) ? null : rest)
        return true
      }),
  }
}

const ASK = 'path "sys/capabilities-self" { capabilities = ["update"] }'
