/** The end of a resource: its places are emptied where they still hold its secrets, and every live key of it is deleted, at once. */
import { parseName } from '../../core/address.ts'
import { display } from '../../core/display.ts'
import type { LiveKey } from '../../core/key.ts'
import { activeOf, type KeyRecord } from '../../core/record.ts'
import { at } from '../../core/time.ts'
import type { KeyApi } from '../../ports/key-api.ts'
import { memberOf, textOf } from '../plain.ts'
import { type Kept, LEFTOVER_AGE } from '../record/kept.ts'
import { isClaimed, type Look, lookAt } from '../record/sight.ts'
import { allSaid, warning } from '../said.ts'
import type { TerraformKind } from '../schema/provider.ts'
import type { Diagnostic } from '../server/diagnostic.ts'
import type { ValueMap } from '../values/value.ts'
import type { World } from '../world.ts'
import type { Applied } from './apply.ts'
import { run } from './job.ts'
import { planDestroy } from './plan.ts'

export interface DestroyAsked {
  readonly prior: ValueMap
  readonly kept: Kept | null
  readonly signal: AbortSignal
}

export async function destroyKey(
  world: World,
  kind: TerraformKind,
  { prior, kept, signal }: DestroyAsked,
): Promise<Applied> {
  const refused = planDestroy(prior, kept)
  if (refused.diagnostics.length > 0) return { state: prior, kept, diagnostics: refused.diagnostics }
  if (!kept) return { state: null, kept: null, diagnostics: [] }
  const look = await lookAt(world, kind, { record: kept.record, identity: kept.identity, scopes: [] })
  if (await isTakenOver(kept.record, await world.api(kind)))
    return { state: null, kept: null, diagnostics: [forgotten(prior)] }
  const strays = look.strays.filter((key) => isBurnable(key, kept.record, world.clock.now() + look.skew))
  const record = leaving(kept.record, strays)
  const keys = new Map<string, LiveKey | null>([...look.keys, ...strays.map((key) => [key.id, key] as const)])
  const ran = await run({
    world,
    kind,
    record,
    identity: kept.identity,
    allowed: { issue: false, retire: true },
    adopted: undefined,
    signal,
    desired: null,
    look: { keys, skew: look.skew, strays: look.strays.filter((key) => isClaimed(key, record)) },
  })
  const rest = ran.record
  if (rest && rest.generations.length > 0) {
    const open = warning('TERRAFORM_PENDING', `${display(rest.address)} is not gone yet.`, 'terraform apply')
    return {
      state: { ...prior, pending: true },
      kept: { ...kept, record: rest },
      diagnostics: [...allSaid(ran.problem ? [ran.problem] : []), { ...open, severity: 'error' }],
    }
  }
  return { state: null, kept: null, diagnostics: leftAlive(look, strays) }
}

/** The marker of its own live key names another generation: another resource of the same key took it over (`create_before_destroy`). */
async function isTakenOver(record: KeyRecord, api: KeyApi): Promise<boolean> {
  const active = activeOf(record)
  // Asked anew: the list may be older than what this very process has done for the other resource.
  const live = active ? await api.get(active.id) : null
  const marker = live ? parseName(live.name)?.marker : undefined
  return active !== null && marker !== undefined && marker.lineage === record.lineage && marker.n > active.n
}

function forgotten(prior: ValueMap): Diagnostic {
  const id = display(textOf(memberOf(prior, 'key_id')) ?? '')
  return warning(
    'TERRAFORM_FORGOTTEN',
    `The live key of ${id} has been taken over by another resource; it was forgotten here and left alive there.`,
  )
}

/** Left behind by a killed apply, and certainly in nobody's hands. */
function isBurnable(key: LiveKey, record: KeyRecord, now: number): boolean {
  const isUnused = key.usage.total === 0 && (key.lastUsedAt ?? null) === null && key.updatedAt === null
  return isUnused && parseName(key.name)?.marker.lineage === record.lineage && now - at(key.createdAt) >= LEFTOVER_AGE
}

/** Nothing is held or waited for: whoever destroys says so now. */
function leaving(record: KeyRecord, strays: readonly LiveKey[]): KeyRecord {
  const issued = {
    name: '',
    scope: record.scope,
    fields: {},
    expiresIn: null,
    rotationSerial: 0,
    words: { id: '', name: '' },
  }
  const left = strays.map((key) => {
    const n = parseName(key.name)?.marker.n ?? 0
    return {
      phase: 'superseded',
      n,
      id: key.id,
      claimedAt: key.createdAt,
      issued,
      claimed: false,
      supersededAt: key.createdAt,
      everActive: false,
    } as const
  })
  return {
    ...record,
    protect: false,
    policy: { grace: 0, hold: 0, removalHold: 0 },
    generations: [...left, ...record.generations],
  }
}

function leftAlive({ strays }: Look, burned: readonly LiveKey[]): readonly Diagnostic[] {
  const left = strays.filter((key) => !burned.includes(key))
  if (left.length === 0) return []
  const names = left
    .slice(0, 5)
    .map(({ name }) => display(name))
    .join(', ')
  const stack = parseName(left[0]?.name ?? '')?.marker.stack ?? 'STACK'
  return [
    warning(
      'TERRAFORM_UNCLAIMED',
      `Keys with the same marker are still alive: ${names}`,
      `keywright census --burn-orphans ${stack}`,
    ),
  ]
}
