/**
 * Proof, before a key exists, that a later write can succeed, with nothing left behind: Google says which of the permissions the caller has.
 * For a secret that is not there yet the project is asked, by the Resource Manager. Where that cannot be asked, nothing is proven, and the
 * empty secret has to be created by hand: then the secret itself can be asked.
 */
import type { PlaceAt } from '../../ports/secret-sink.ts'
import { denied } from '../refusal.ts'
import { type Line, notAllowed, ONCE, shortName } from './line.ts'
import { type Parts, type Seen, secretName } from './look.ts'

export interface Asking extends Parts {
  readonly project: string
  /** Origin of the Resource Manager. */
  readonly resourceManager: string
}

const TO_WRITE = ['secretmanager.versions.add', 'secretmanager.versions.access', 'secretmanager.secrets.get']

/** Throws `SINK_DENIED`. */
export async function assertWritable(parts: Asking, place: PlaceAt, seen: Seen): Promise<void> {
  const wanted = parts.alias === null ? TO_WRITE : [...TO_WRITE, 'secretmanager.secrets.update']
  const name = secretName(parts, place)
  if (seen.etag !== null) return assertAll(parts.line, name, wanted, await onSecret(parts.line, name, wanted))
  const all = ['secretmanager.secrets.create', ...wanted]
  const held = await onProject(parts, all)
  if (held !== null) return assertAll(parts.line, `projects/${parts.project}`, all, held)
  const message = `the sink ${parts.line.name} cannot find out whether it may create ${shortName(name)}`
  throw denied(message, `gcloud secrets create ${shortName(name)} --project=${parts.project}`)
}

function assertAll({ name }: Line, on: string, wanted: readonly string[], held: readonly string[]): void {
  const missing = wanted.find((one) => !held.includes(one))
  if (missing !== undefined) throw notAllowed(name, missing, on)
}

async function onSecret(line: Line, resource: string, permissions: string[]): Promise<readonly string[]> {
  const answer = await line.ask({
    permission: 'secretmanager.secrets.get',
    on: resource,
    send: async (client) => (await client.testIamPermissions({ resource, permissions }, ONCE))[0],
  })
  return answer.refused === null ? (answer.value.permissions ?? []) : []
}

/** `null`: the Resource Manager does not say. */
async function onProject(parts: Asking, permissions: readonly string[]): Promise<readonly string[] | null> {
  const url = `${parts.resourceManager}/v3/projects/${parts.project}:testIamPermissions`
  const answer = await parts.line
    .ask({
      permission: 'resourcemanager.projects.get',
      on: `projects/${parts.project}`,
      send: async ({ auth }) =>
        (await auth.request<{ permissions?: string[] }>({ url, method: 'POST', data: { permissions } })).data,
    })
    .catch(() => null)
  return answer === null || answer.refused !== null ? null : (answer.value.permissions ?? [])
}
