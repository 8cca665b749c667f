import { digest } from '../../src/core/canonical.ts'
import type { DesiredKey, Fields, Place, RotationPolicy } from '../../src/core/key.ts'
import { DAY, HOUR } from '../../src/core/time.ts'

/** Rotation by hand only, a day of grace, an hour of hold. */
export function aRotation(change: Partial<RotationPolicy> = {}): RotationPolicy {
  return {
    every: null,
    grace: DAY,
    hold: HOUR,
    serial: 1,
    jitter: 0,
    window: null,
    freezes: [],
    retire: { when: 'deadline' },
    budget: 'fresh',
    native: false,
    ...change,
  }
}

/** The smallest valid place of a memory sink. */
export function aPlace(path = 'app', sink = 'memory'): Place {
  return { sink, identity: `memory:${sink}:${path}`, at: { path }, text: `${sink}:${path}` }
}

/** The smallest valid key; `digest` follows the content as in the real loader. */
export function aKey(
  change: Partial<Omit<DesiredKey, 'fields' | 'digest'>> & { readonly fields?: Fields } = {},
): DesiredKey {
  const id = change.id ?? 'a'
  const stack = change.stack ?? 'test-1'
  const { fields, ...rest } = change
  const key = {
    address: `${stack}/${id}`,
    stack,
    id,
    provider: 'memory',
    kind: 'memory' as const,
    scope: 'default',
    name: id,
    expiresIn: null,
    unmanaged: [],
    places: [aPlace(id)],
    rotation: aRotation(),
    removalHold: 7 * DAY,
    protect: false,
    labels: {},
    bornHarmless: fields?.disabled === true,
    origin: { file: 'keys.yaml', line: 1, column: 1 },
    ...rest,
    fields: { limit: 10, limitReset: null, includeByokInLimit: false, disabled: false, expiresAt: null, ...fields },
  }
  const { origin: _, ...entry } = key
  return { ...key, digest: digest(JSON.parse(JSON.stringify(entry))) }
}
