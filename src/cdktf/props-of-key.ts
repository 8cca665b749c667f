/** A key as the manifests resolve it, as props: every default is written out, so that both mean the same. */
import type { DesiredKey, RotationPolicy, Window } from '../core/key.ts'
import { formatDuration } from '../core/time.ts'
import type { Place } from './deliver.generated.ts'
import type { ManagedKeyProps } from './managed-key.ts'

/** Throws for what only the CLI has. */
export function propsOf(key: DesiredKey, members: Readonly<Record<string, readonly string[]>>): ManagedKeyProps {
  if (key.after !== undefined)
    throw new Error(
      `The key ${key.id} asks for something after each issue, which the Terraform provider does not know.`,
    )
  const { limit, ...fields } = key.fields
  const shared = {
    keyId: key.id,
    name: key.name,
    ...words(key),
    ...said(fields),
    ...(key.expiresIn === null ? {} : { expiresIn: formatDuration(key.expiresIn) }),
    deliverTo: key.places.map((place) => placeOf(place, members[place.sink] ?? [])),
    ...(key.unmanaged.length > 0 ? { unmanaged: key.unmanaged.map(snake) } : {}),
    protect: key.protect,
    rotation: rotationOf(key),
  }
  const own =
    key.kind === 'strait'
      ? { kind: key.kind }
      : {
          ...(limit === undefined ? {} : { limit: limit === null ? 'unlimited' : { usd: Number(limit) } }),
          workspaceId: key.scope,
          ...(key.guardrail === undefined ? {} : { guardrail: key.guardrail }),
        }
  // Names and forms are those of the attributes table, from which the props' types are made as well.
  return literal({ ...shared, ...own }) as ManagedKeyProps
}

/** In the text of a manifest nothing is Terraform's: what would begin an expression or a directive there is doubled, which stands for itself. */
function literal(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/[$%]\{/g, (begin) => begin.charAt(0) + begin)
  if (Array.isArray(value)) return value.map(literal)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [literal(name), literal(member)]))
}

function words({ owner, purpose, link, labels }: DesiredKey): object {
  return {
    ...(owner === undefined ? {} : { owner }),
    ...(purpose === undefined ? {} : { purpose }),
    ...(link === undefined ? {} : { link }),
    ...(Object.keys(labels).length > 0 ? { labels } : {}),
  }
}

/** Without what is null: for Terraform that is the same as absent. */
function said(fields: DesiredKey['fields']): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null))
}

function placeOf({ sink, at, template }: DesiredKey['places'][number], members: readonly string[]): Place {
  const written = Object.fromEntries(Object.entries(at).filter(([member]) => members.includes(member)))
  return { sink, ...written, ...(template === undefined ? {} : { value: template }) }
}

function rotationOf({ id, rotation }: DesiredKey): object {
  if (rotation.freezes.length > 0 || rotation.budget === 'carry')
    throw new Error(`The key ${id} has a freeze or a carried budget, which the Terraform provider does not know.`)
  const { every, grace, hold, jitter, serial, retire, window, native } = rotation
  return {
    ...(every === null ? {} : { on: 'apply', every: formatDuration(every) }),
    grace: formatDuration(grace),
    hold: formatDuration(hold),
    ...(jitter > 0 ? { jitter: formatDuration(jitter) } : {}),
    ...(serial > 0 ? { serial } : {}),
    ...(retire.when === 'unused' ? { retire: unused(retire) } : {}),
    ...(window === null ? {} : { window: windowOf(window) }),
    ...(native ? { native } : {}),
  }
}

function unused({ when, quiet, by }: Extract<RotationPolicy['retire'], { when: 'unused' }>): object {
  return { when, quiet: formatDuration(quiet), by: formatDuration(by) }
}

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']

function windowOf({ days, from, to, zone }: Window): object {
  const clock = (minutes: number): string =>
    `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
  return { days: days.map((day) => DAYS[day - 1]).join(','), hours: `${clock(from)}-${clock(to)}`, zone }
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
