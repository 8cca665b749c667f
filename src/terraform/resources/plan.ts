/**
 * The plan of one key. Needs the state and what the last refresh saw, asks the account for names at most, and writes nothing.
 *
 * An apply does what was planned and nothing else, so whatever it might still have to do by then is marked as not known yet: `generation`
 * and `retiring` whenever a step could fall due within a day.
 */
import { display } from '../../core/display.ts'
import { isKeywrightError } from '../../core/diagnostic.ts'
import type { DesiredKey } from '../../core/key.ts'
import type { Reason } from '../../core/machine/reason.ts'
import { activeOf } from '../../core/record.ts'
import { formatDuration } from '../../core/time.ts'
import { type Declared, declared } from '../config/entry.ts'
import { crowded } from '../crowd.ts'
import { snake } from '../names.ts'
import { memberOf, textOf } from '../plain.ts'
import type { Kept } from '../record/kept.ts'
import { sightOf } from '../record/sight.ts'
import { nextRotation } from '../record/state.ts'
import { allSaid, hasError, problem, said, warning } from '../said.ts'
import type { TerraformKind } from '../schema/provider.ts'
import type { Diagnostic } from '../server/diagnostic.ts'
import { UNKNOWN, type ValueMap } from '../values/value.ts'
import type { World } from '../world.ts'
import { isVisible, type Outlook, outlook } from './outlook.ts'
import { isDifferent, type Plan, plannedInputs, plannedResults, withWhatIsTold } from './planned.ts'
import { prepared, unseenPlaces, withoutWaiting } from './prepared.ts'
import { refusedFiles, settled } from './settled.ts'

export interface Planned {
  /** `null` when it is destroyed. */
  readonly state: ValueMap | null
  readonly kept: Kept | null
  readonly diagnostics: readonly Diagnostic[]
}

export interface PlanAsked {
  readonly prior: ValueMap | null
  readonly config: ValueMap
  readonly kept: Kept | null
}

export async function planKey(world: World, kind: TerraformKind, { prior, config, kept }: PlanAsked): Promise<Planned> {
  const { setup, clock } = world
  const known = setup.isPartly ? null : setup.config
  const block = await declared(config, { kind, config: known, now: clock.now(), prior })
  const said = allSaid(block.diagnostics)
  if (hasError(said)) return { state: prior, kept, diagnostics: said }
  const ready =
    block.key === null || known === null
      ? null
      : await settled(world, kind, { key: block.key, identity: kept?.identity })
  if (ready && ready.key === null) return { state: prior, kept, diagnostics: [...said, ...ready.diagnostics] }
  const plan: Plan = { kind, config, prior, desired: ready?.key ?? null }
  const beside = plan.desired
    ? crowded(world.crowd, plan.desired, { isOld: prior !== null, id: textOf(memberOf(prior ?? {}, 'id')) })
    : []
  if (hasError(beside)) return { state: prior, kept, diagnostics: [...said, ...beside] }
  if (prior === null && plan.desired) await lookedAround(world, kind, plan.desired)
  const planned =
    prior && kept && plan.desired
      ? change(world, { plan, block, prior, kept, desired: plan.desired })
      : blind(plan, kept)
  const files =
    plan.desired && planned.state && isDifferent(planned.state, prior ?? {})
      ? await refusedFiles(world, plan.desired)
      : []
  return { ...planned, diagnostics: [...said, ...planned.diagnostics, ...files] }
}

/** No read came before: what the workspace of a new key holds is seen now, so that keys nobody claims are told. Where it cannot be, the apply says so. */
async function lookedAround(world: World, kind: TerraformKind, { scope }: DesiredKey): Promise<void> {
  try {
    const place = (await world.account(kind)).scopes.get(scope)
    if (place !== undefined) await world.keys(kind, place)
  } catch (error) {
    if (!isKeywrightError(error)) throw error
  }
}

/** Nothing is there yet, or something of the block is not known: then everything may come of it. */
function blind(plan: Plan, kept: Kept | null): Planned {
  const state = { ...plannedInputs(plan, []), ...plannedResults(plan, null) }
  return { state, kept: kept && { ...kept, allowed: { issue: true, retire: true } }, diagnostics: [] }
}

interface Case {
  readonly plan: Plan
  readonly block: Declared
  readonly prior: ValueMap
  readonly kept: Kept
  readonly desired: DesiredKey
}

/**
 * Decided as of the last refresh, which is a moment ago, or longer with -refresh=false. Terraform plans once more when it applies, maybe days
 * later, and takes no other answer then.
 */
function change({ clock }: World, { plan, block, prior, kept, desired }: Case): Planned {
  const seen = kept.seen ?? { at: clock.now(), skew: 0, keys: [], strays: [] }
  const sight = sightOf(seen, seen.at)
  const rotates = asksForRotation(block, prior, kept)
  const record = prepared({ desired, kept, keys: sight.keys, rotates, now: sight.now })
  const asked = { ...kept, record }
  const ahead = withPending(outlook(withoutWaiting(desired, asked), asked, sight), { desired, kept: asked, prior })
  const inputs = plannedInputs(plan, ahead.held)
  const state = withMark(
    {
      ...withWhatIsTold(inputs, plan, ahead),
      ...plannedResults(plan, ahead),
      ...foreseen({ block, desired, asked, ahead, sight, prior }),
    },
    prior,
    ahead,
  )
  const allowed = { issue: ahead.issues, retire: ahead.retires }
  const diagnostics = wordsOn(ahead, { desired, kept: asked, prior })
  return { state, kept: { ...kept, allowed }, diagnostics }
}

/** A text that was never looked at before, as after an import, asks for nothing. */
export function asksForRotation({ rotateWhen }: Declared, prior: ValueMap, kept: Kept): boolean {
  const before = textOf(memberOf(memberOf(prior, 'rotation'), 'rotate_when'))
  const isFirst = kept.adopted !== undefined && kept.entry === ''
  return rotateWhen !== null && rotateWhen !== before && !isFirst
}

/** What was left half done is taken up, and a marker that is not ours yet is written. */
function withPending(ahead: Outlook, { desired, kept, prior }: Pick<Case, 'desired' | 'kept' | 'prior'>): Outlook {
  const looksInto = unseenPlaces(desired, kept).length > 0
  if (memberOf(prior, 'pending') === true) return { ...ahead, issues: true, retires: true, places: true }
  return looksInto ? { ...ahead, places: true } : ahead
}

/** Something is done that no attribute shows, such as a marker that is written: `pending` stands for it. */
function withMark(state: ValueMap, prior: ValueMap, { steps }: Outlook): ValueMap {
  const lineage = memberOf(prior, 'lineage') === null ? { lineage: UNKNOWN } : {}
  const marked = { ...state, ...lineage }
  return isDifferent(marked, prior) || !steps.some(isVisible) ? marked : { ...marked, pending: UNKNOWN }
}

interface Foreseen {
  readonly block: Declared
  readonly prior: ValueMap
  readonly desired: DesiredKey
  readonly asked: Kept
  readonly ahead: Outlook
  readonly sight: ReturnType<typeof sightOf>
}

/** When the next rotation is due follows from the policy, so it is known before; but not of a key that is only now marked as ours. */
function foreseen({ block, desired, asked, ahead, sight, prior }: Foreseen): ValueMap {
  if (ahead.issues) return {}
  if (memberOf(prior, 'lineage') === null) return { next_rotation_at: UNKNOWN }
  const active = activeOf(asked.record)
  const live = active ? (sight.keys.get(active.id) ?? null) : null
  const written = { ...desired, rotation: block.written?.rotation ?? desired.rotation }
  return { next_rotation_at: nextRotation({ kept: asked, desired: written, live, said: {} }) }
}

function wordsOn(
  ahead: Outlook,
  { desired, kept, prior }: Pick<Case, 'desired' | 'kept' | 'prior'>,
): readonly Diagnostic[] {
  const { id, rotation, places } = desired
  const told: Diagnostic[] = []
  if (ahead.stranded.length > 0 && places.length === 0)
    told.push(
      said({
        severity: 'error',
        code: 'MANIFEST_DELIVER_MISSING',
        message: `"${id}" is about to get a new secret, and deliver_to names nobody who would receive it.`,
        hint: 'deliver_to = [{ sink = "NAME", ... }]',
      }),
    )
  if (ahead.held.length > 0) told.push(heldOutside(id, ahead.held, prior))
  const why = ahead.reasons.map((reason) => reasonText(reason)).join('; ')
  if (ahead.reasons.length > 0 && activeOf(kept.record))
    told.push(
      warning(
        'TERRAFORM_ROTATES',
        `${id} gets a new secret: ${why}. The old one works for ${formatDuration(rotation.grace)} beside it.`,
      ),
    )
  return told
}

function heldOutside(id: string, fields: readonly string[], prior: ValueMap): Diagnostic {
  const names = fields.map(snake)
  const live = names.map((name) => `${name} = ${display(JSON.stringify(memberOf(prior, name)))}`).join(', ')
  const message = `${id} was made stricter outside Terraform (${live}) and is left so.`
  return warning(
    'HELD_OUTSIDE',
    message,
    'write that into the block to keep it; any other change of the block puts it back',
  )
}

function reasonText(reason: Reason): string {
  switch (reason.kind) {
    case 'fields':
      return `${reason.changes.map(({ field }) => snake(field)).join(', ')} can only be set at creation`
    case 'workspace':
      return 'its workspace changes'
    case 'lifetime':
      return 'expires_in changed'
    case 'requested':
      return reason.reason ?? 'it was asked for'
    case 'serial':
      return `serial is ${reason.to}`
    case 'due':
      return 'it is due by age'
    case 'renewal':
      return 'it would expire'
    case 'place':
      return `no readable place holds its secret for ${reason.places.map((one) => display(one)).join(', ')}`
    case 'missing':
      return 'its live key is gone'
    default:
      return reason.kind
  }
}

/** `protect` is judged by the state: taking it out and destroying are two applies. */
export function planDestroy(prior: ValueMap, kept: Kept | null): Planned {
  if (memberOf(prior, 'protect') !== true) return { state: null, kept, diagnostics: [] }
  const id = textOf(memberOf(prior, 'key_id')) ?? ''
  const message = `${display(id)} is protected, so it is not destroyed.`
  const refused = problem(
    'GUARD_PROTECTED',
    message,
    `protect = false in the block of ${display(id)}, terraform apply, then destroy`,
  )
  return { state: prior, kept, diagnostics: [{ ...refused, path: ['protect'] }] }
}
