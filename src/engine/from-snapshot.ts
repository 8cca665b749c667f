/** Facts out and in: a snapshot from what was seen, and a session from a snapshot, with no network and no store. */
import { KeywrightError } from '../core/diagnostic.ts'
import type { LiveKey } from '../core/key.ts'
import { survey } from '../core/ownership.ts'
import type { ProviderFacts, Snapshot } from '../core/snapshot.ts'
import { at, instant } from '../core/time.ts'
import { resolveGuardrails } from './guardrails.ts'
import { MOST_SKEW, type ProviderView, resolveScopes, type World } from './refresh.ts'
import { applyMoves, type Filter, judge, type Session, type Wanted } from './session.ts'

export type Facts = Omit<Snapshot, 'schemaVersion' | 'kind'>

/** What a snapshot keeps of a session. `storedStacks` are those of the store. */
export function factsOf(stack: string, session: Session, storedStacks: readonly string[]): Facts {
  return {
    stack,
    at: instant(session.world.at),
    storedStacks,
    header: session.header,
    records: [...session.stored.values()],
    providers: [...session.world.providers.values()].map(providerFacts),
  }
}

function providerFacts({ name, identity, scopes, skew, keys, guardrails, own }: ProviderView): ProviderFacts {
  const live: LiveKey[] = []
  const gone: string[] = []
  for (const [id, key] of keys) {
    if (key) live.push(key)
    else gone.push(id)
  }
  const named = Object.fromEntries([...guardrails].map(([scope, ids]) => [scope, Object.fromEntries(ids)]))
  const mine = own.size === 0 ? {} : { own: [...own] }
  const facts = { name, identity, scopes: Object.fromEntries(scopes), skew, keys: live, gone, ...mine }
  return guardrails.size === 0 ? facts : { ...facts, guardrails: named }
}

/** The session that `observe` would have made at the instant of the snapshot. Throws `SNAPSHOT_INVALID` for another stack. */
export function sessionFrom(snapshot: Snapshot, wanted: Wanted, stack: string, filter: Filter = () => true): Session {
  if (snapshot.stack !== stack)
    throw new KeywrightError('SNAPSHOT_INVALID', {
      message: `The snapshot is of the stack "${snapshot.stack}", not of "${stack}".`,
      hint: 'take the snapshot of this environment, or name the other one with -e',
    })
  const stored = new Map(snapshot.records.map((record) => [record.address, record]))
  const records = applyMoves(stored, wanted.moved, stack)
  const world = worldFrom(snapshot, wanted, records)
  return judge({ context: { stack }, wanted, header: snapshot.header, stored, records, world, filter })
}

function worldFrom(snapshot: Snapshot, wanted: Wanted, records: Session['records']): World {
  const views = snapshot.providers.map(viewOf)
  const resolved = views.map((view) => {
    const scoped = resolveScopes(
      wanted.keys.filter((key) => key.provider === view.name),
      view,
    )
    const { desired, problems } = resolveGuardrails(scoped.desired, view.guardrails)
    return { desired, problems: [...scoped.problems, ...problems] }
  })
  const unseen = wanted.keys.find((key) => !views.some((view) => view.name === key.provider))
  if (unseen)
    throw new KeywrightError('SNAPSHOT_INVALID', {
      message: `The snapshot has nothing of the provider "${unseen.provider}", which ${unseen.address} uses.`,
      hint: 'keywright snapshot --out live.json   with manifests that use this provider',
    })
  const live = views.flatMap((view) => [...view.keys.values()].filter((key) => key !== null))
  return {
    desired: resolved.flatMap((one) => one.desired),
    providers: new Map(views.map((view) => [view.name, view])),
    away: new Map(),
    survey: survey({
      stack: snapshot.stack,
      records,
      live,
      desired: new Set(wanted.keys.map((key) => key.address)),
      isKnown: snapshot.header !== null,
      storedStacks: snapshot.storedStacks,
      declaredStacks: wanted.declaredStacks,
    }),
    problems: resolved.flatMap((one) => one.problems),
    at: at(snapshot.at),
  }
}

function viewOf({ name, identity, scopes, skew, keys, gone, own = [], guardrails = {} }: ProviderFacts): ProviderView {
  const seen = new Map<string, LiveKey | null>(keys.map((key) => [key.id, key]))
  for (const id of gone) seen.set(id, null)
  return {
    name,
    identity,
    scopes: new Map(Object.entries(scopes)),
    skew,
    keys: seen,
    skewed: Math.abs(skew) > MOST_SKEW,
    own: new Set(own),
    guardrails: new Map(Object.entries(guardrails).map(([scope, ids]) => [scope, new Map(Object.entries(ids))])),
  }
}
