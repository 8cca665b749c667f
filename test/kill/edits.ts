/** Edits of a manifest, each of which a team might commit. */
import { pick, type Random } from '../simulation/random.ts'
import type { KeySpec, OpenRouterSpec, StraitSpec } from './keys.ts'

/** Where an edit happens. `place` names a place that nobody ever used. */
export interface Site<Spec extends KeySpec> {
  readonly key: Spec
  readonly random: Random
  readonly place: string
}

/** The fields of the key that are different from now on. */
export type Edit<Spec extends KeySpec> = (site: Site<Spec>) => Partial<Spec>

const EXPIRIES = [null, '2031-01-01T00:00:00Z', '2032-06-30T12:00:00Z'] as const
const TIMES = ['0s', '0s', '1h'] as const
const RESETS = ['daily', 'monthly', 'never'] as const
const SCOPES = [['jobs:read'], ['jobs:read', 'jobs:trigger'], ['runs:read', 'workflows:read'], ['*']] as const

/** A new key of OpenRouter, with one to three places. */
export function newOpenRouterKey(n: number, random: Random): OpenRouterSpec {
  return {
    provider: 'openrouter',
    id: `${pick(random, ['dev', 'ops'])}/k${n}`,
    limit: pick(random, [5, 10, 20]),
    limitReset: pick(random, RESETS),
    expiresAt: pick(random, EXPIRIES),
    disabled: false,
    serial: 1,
    every: 'manual',
    grace: pick(random, TIMES),
    hold: pick(random, TIMES),
    removalHold: pick(random, TIMES),
    budget: 'fresh',
    guarded: false,
    places: placesOf(n, random),
  }
}

/** A new key of Strait, with one to three places. */
export function newStraitKey(n: number, random: Random): StraitSpec {
  return {
    provider: 'strait',
    id: `jobs/k${n}`,
    name: `Worker ${n}`,
    scopes: pick(random, SCOPES),
    environmentId: pick(random, ['production', 'staging']),
    expiresIn: pick(random, ['30d', '90d']),
    native: false,
    serial: 1,
    every: 'manual',
    grace: pick(random, ['0s', '1h', '24h']),
    places: placesOf(n, random),
  }
}

function placesOf(n: number, random: Random): readonly string[] {
  const all = [`dotenv:K${n}`, `files:keys/shared.json#k${n}`, `files:keys/k${n}.txt`]
  return all.slice(0, pick(random, [1, 2, 3]))
}

/** Another one than now. */
function other<T>(random: Random, all: readonly T[], now: T): T {
  const rest = all.filter((one) => JSON.stringify(one) !== JSON.stringify(now))
  return pick(random, rest)
}

const bump = ({ key }: Site<KeySpec>) => ({ serial: key.serial + 1 })
const spread = ({ key, place }: Site<KeySpec>) => ({ places: [...key.places, place] })
const age = ({ key }: Site<KeySpec>) => ({ every: key.every === 'manual' ? ('7d' as const) : ('manual' as const) })

/** Changes what the live key has, and never its secret. */
export const update: Edit<OpenRouterSpec> = ({ key, random }) => ({
  limit: key.limit + 1,
  limitReset: pick(random, RESETS),
})

const toggle: Edit<OpenRouterSpec> = ({ key }) => ({ disabled: !key.disabled })
const expire: Edit<OpenRouterSpec> = ({ key, random }) => ({ expiresAt: other(random, EXPIRIES, key.expiresAt) })

/** A shared budget wants a grace, and something that runs within it. */
const carry: Edit<OpenRouterSpec> = ({ key }) =>
  key.budget === 'carry' ? { budget: 'fresh' } : { budget: 'carry', grace: '1h', serial: key.serial + 1 }
const guard: Edit<OpenRouterSpec> = ({ key }) => ({ guarded: !key.guarded })

/** Half of them rotate. */
export const SPINE: readonly Edit<OpenRouterSpec>[] = [update, update, toggle, expire, bump, spread]

/** All but one rotate, now or when time has passed. */
export const ROTATIONS: readonly Edit<OpenRouterSpec>[] = [update, expire, bump, bump, spread, age, carry, guard]

/** Waits for the next rotation. */
export const rename: Edit<StraitSpec> = ({ key }) => ({ name: `${key.name}'` })

const rescope: Edit<StraitSpec> = ({ key, random }) => ({ scopes: other(random, SCOPES, key.scopes) })
const move: Edit<StraitSpec> = ({ key }) => ({
  environmentId: key.environmentId === 'production' ? 'staging' : 'production',
})
const outlive: Edit<StraitSpec> = ({ key }) => ({ expiresIn: key.expiresIn === '30d' ? '90d' : '30d' })
const rotateNatively: Edit<StraitSpec> = ({ key }) => ({ native: true, grace: '24h', serial: key.serial + 1 })
const regrace: Edit<StraitSpec> = ({ key, random }) =>
  key.native ? { serial: key.serial + 1 } : { grace: pick(random, ['0s', '1h', '24h']), serial: key.serial + 1 }

export const REPLACEMENTS: readonly Edit<StraitSpec>[] = [
  rescope,
  move,
  outlive,
  bump,
  rotateNatively,
  rotateNatively,
  regrace,
  spread,
  age,
]
