/** Writes of KV version 2 that can only land on the version they were meant for. */
import type { Secret } from '../../core/secret.ts'
import type { PlaceAt } from '../../ports/secret-sink.ts'
import { withField } from '../json-fields.ts'
import { type EngineParts, nameOf, notAllowed, pathOf } from './engine.ts'
import { patchOf } from './fields.ts'
import type { Answer } from './line.ts'
import { dataPath, deletedVersion, type Seen } from './look.ts'
import { denied, policy } from './refusal.ts'
import { stampName } from './stamp.ts'

export interface Put {
  readonly place: PlaceAt
  /** `null` takes the field out. */
  readonly value: Secret | null
  readonly seen: Seen
}

export type Landed = 'done' | 'moved'

/** `moved`: the secret is no longer the one that was seen, and nothing was changed. */
export async function put(parts: EngineParts, { place, value, seen }: Put): Promise<Landed> {
  const path = dataPath(parts.mount, place)
  const options = { cas: seen.version ?? 0 }
  if (seen.fields !== null) {
    const patched = await patch(parts, path, { options, data: patchOf(nameOf(place), value) })
    if (patched.status === 404) return 'moved'
    if (!isUnsupported(patched)) return landed(parts, place, patched)
  }
  const body = bodyOf({ options, data: withField(seen.fields, nameOf(place), value) })
  return landed(parts, place, await parts.line.once({ method: 'POST', path, body }))
}

/**
 * The same without having seen the fields: PATCH merges on the server. A secret that is not there is created on the condition that it is
 * still not there, so neighbours are never lost.
 */
export async function putBlindly(parts: EngineParts, { place, value, seen }: Put): Promise<Landed> {
  const path = dataPath(parts.mount, place)
  const options = seen.version === null ? {} : { cas: seen.version }
  const data = patchOf(nameOf(place), value)
  const patched = await patch(parts, path, { options, data })
  if (patched.status !== 404) return landed(parts, place, patched)
  const cas = deletedVersion(patched) ?? seen.version ?? 0
  const created = await parts.line.once({ method: 'POST', path, body: bodyOf({ options: { cas }, data }) })
  if (created.status !== 403) return landed(parts, place, created)
  // Who may only create is refused once somebody else has created it; then it can be patched.
  const again = await patch(parts, path, { options: {}, data })
  return landed(parts, place, again.status === 404 ? created : again)
}

/** As well as it can: without the right to patch metadata, or with 64 entries there already, the place has no stamp. */
export async function setStamp({ line, mount }: EngineParts, place: PlaceAt, text: string | null): Promise<void> {
  const body = JSON.stringify({ custom_metadata: { [stampName(nameOf(place))]: text } })
  await line.ask({ method: 'PATCH', path: `${mount}/metadata/${pathOf(place)}`, body }).catch(() => undefined)
}

interface Body {
  readonly options: { readonly cas?: number }
  /** JSON text. */
  readonly data: string
}

function bodyOf({ options, data }: Body): string {
  return `{"options":${JSON.stringify(options)},"data":${data}}`
}

function patch({ line }: EngineParts, path: string, body: Body): Promise<Answer> {
  return line.once({ method: 'PATCH', path, body: bodyOf(body) })
}

/** The policy or the server has no PATCH. */
function isUnsupported({ status }: Answer): boolean {
  return status === 403 || status === 405
}

export function isMismatch({ status, errors }: Answer): boolean {
  return status === 400 && errors.some((text) => text.includes('did not match the current version'))
}

function landed({ name, mount }: EngineParts, place: PlaceAt, answer: Answer): Landed {
  if (answer.status < 300) return 'done'
  if (isMismatch(answer)) return 'moved'
  if (answer.status === 403) throw notAllowed(name, dataPath(mount, place), ['create', 'update', 'patch', 'read'])
  const isBound = answer.errors.some((text) => text.includes('check-and-set parameter required'))
  const hint = isBound
    ? policy(`${mount}/metadata/${pathOf(place)}`, ['read'])
    : `vault kv metadata get -mount=${mount} ${pathOf(place)}`
  throw denied(`${place.text}: the sink ${name} answered ${answer.status} to the write`, hint)
}
