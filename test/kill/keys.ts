/** The keys of a story as the manifests declare them. */

interface Declared {
  readonly id: string
  /** Text form: `dotenv:NAME`, `files:PATH#FIELD`. */
  readonly places: readonly string[]
  readonly serial: number
  /** Age at which the next generation is due. */
  readonly every: 'manual' | '7d'
  readonly grace: '0s' | '1h' | '24h'
}

export interface OpenRouterSpec extends Declared {
  readonly provider: 'openrouter'
  readonly limit: number
  readonly limitReset: 'daily' | 'monthly' | 'never'
  readonly expiresAt: string | null
  readonly disabled: boolean
  readonly hold: '0s' | '1h'
  readonly removalHold: '0s' | '1h'
  readonly budget: 'fresh' | 'carry'
  readonly guarded: boolean
}

export interface StraitSpec extends Declared {
  readonly provider: 'strait'
  readonly name: string
  readonly scopes: readonly string[]
  readonly environmentId: string
  readonly expiresIn: '30d' | '90d'
  /** Wants a grace of 24h. */
  readonly native: boolean
}

export type KeySpec = OpenRouterSpec | StraitSpec

/** Something that serves nobody is nobody's outage. */
export function serves(spec: KeySpec): boolean {
  return spec.provider === 'strait' || !spec.disabled
}

/** Its entry in a manifest. `guardrail`: id of the one that guarded keys have. */
export function entryOf(spec: KeySpec, guardrail: string): object {
  const { id: _, places, serial, every, grace, ...rest } = spec
  const rotation = { serial, every, grace }
  switch (rest.provider) {
    case 'openrouter': {
      const { hold, removalHold, budget, guarded, ...fields } = rest
      return {
        ...withoutNull(fields),
        ...(guarded ? { guardrail } : {}),
        deliverTo: places,
        rotation: { ...rotation, hold, budget },
        removal: { hold: removalHold },
      }
    }
    case 'strait': {
      const { native, ...fields } = rest
      return { ...fields, deliverTo: places, rotation: { ...rotation, native } }
    }
    default:
      return rest satisfies never
  }
}

function withoutNull(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null))
}
