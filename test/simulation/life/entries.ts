/** Manifests of a life: policies, windows, freezes, budgets and guardrails, committed anew now and then. */
import { digest } from '../../../src/core/canonical.ts'
import type { DesiredKey, Fields, Freeze, Place, RotationPolicy, Window } from '../../../src/core/key.ts'
import { DAY, HOUR, instant } from '../../../src/core/time.ts'
import { aKey, aPlace, aRotation } from '../../fakes/desired.ts'
import { pick } from '../random.ts'
import { isSure, type Scene, STACK } from '../scene.ts'
import { excuse } from './excuses.ts'
import { aStyle, type Life, type Style } from './life.ts'

export const GUARDRAILS = ['g-1', 'g-2']

export function commit(scene: Scene, life: Life): void {
  for (const id of scene.ids) {
    const before = scene.keys.get(id)
    const draw = scene.random()
    if (!before) {
      if (draw < 0.85) put(scene, life, entry(scene, life, id))
    } else if (draw < 0.12) {
      scene.keys.delete(id)
      life.budgets.delete(before.address)
      // What was removed and comes back begins a book of its own.
      for (const [key, address] of life.addresses) if (address === before.address) life.forgotten.add(key)
      excuse(scene, before.address)
    } else if (draw < 0.7) put(scene, life, entry(scene, life, id, before))
  }
}

function put(scene: Scene, { budgets }: Life, key: DesiredKey): void {
  const limit = Number(key.fields.limit)
  const before = scene.keys.get(key.id)
  if (before?.fields.disabled !== key.fields.disabled) excuse(scene, key.address)
  scene.keys.set(key.id, key)
  if (key.rotation.budget !== 'carry') return
  // What comes back after it was removed may have another limit until the next run.
  const known = before ? budgets.get(key.address) : Number.POSITIVE_INFINITY
  budgets.set(key.address, Math.max(known ?? limit, limit))
}

function entry(scene: Scene, life: Life, id: string, before?: DesiredKey): DesiredKey {
  const { random } = scene
  const style =
    life.styles.get(id) ??
    aStyle(
      random,
      [...scene.kinds.keys()].every((sink) => isSure(scene, sink)),
    )
  life.styles.set(id, style)
  const places = [aPlace(`${id}1`, 's1'), aPlace(`${id}2`, 's2')].filter((_, i) => i === 0 || random() < 0.6)
  const rotation = policy(scene, style, before)
  return style.kind === 'strait'
    ? strait(scene, { id, places, rotation })
    : spending(scene, style, { id, places, rotation })
}

interface Common {
  readonly id: string
  readonly places: readonly Place[]
  readonly rotation: RotationPolicy
}

function strait({ random }: Scene, common: Common): DesiredKey {
  const scopes = random() < 0.8 ? ['jobs:read'] : ['jobs:read', 'jobs:write']
  const key = aKey({ ...common, stack: STACK, provider: 'strait', kind: 'strait', expiresIn: 60 * DAY, removalHold: 0 })
  return { ...key, fields: { scopes }, digest: digest(JSON.parse(JSON.stringify({ ...key, origin: null, scopes }))) }
}

function spending({ random }: Scene, { carry }: Style, common: Common): DesiredKey {
  const guardrail = random() < 0.4 ? pick(random, GUARDRAILS) : undefined
  const disabled = random() < 0.05
  const fields: Fields = { limit: pick(random, [5, 10, 20]), limitReset: carry ? carry.reset : null, disabled }
  return aKey({
    ...common,
    stack: STACK,
    removalHold: pick(random, [0, DAY]),
    expiresIn: random() < 0.2 ? 90 * DAY : null,
    bornHarmless: disabled || guardrail !== undefined || random() < 0.2,
    ...(guardrail === undefined ? {} : { guardrail }),
    fields,
  })
}

function policy(scene: Scene, style: Style, before: DesiredKey | undefined): RotationPolicy {
  const { random } = scene
  const every = random() < 0.7 ? pick(random, [3 * DAY, 6 * DAY, 10 * DAY]) : null
  const { grace, hold, unused, carry, native } = style
  return aRotation({
    every,
    grace,
    hold: style.kind === 'strait' ? 0 : hold,
    serial: (before?.rotation.serial ?? 1) + (random() < 0.25 ? 1 : 0),
    jitter: random() < 0.5 && every !== null ? every / 10 : 0,
    window: random() < 0.25 ? aWindow(scene) : null,
    freezes: random() < 0.15 ? [aFreeze(scene)] : [],
    retire: unused ? { when: 'unused', ...unused } : { when: 'deadline' },
    budget: carry ? 'carry' : 'fresh',
    native,
  })
}

function aWindow({ random }: Scene): Window {
  const days = random() < 0.5 ? [1, 2, 3, 4, 5] : [1, 2, 3, 4, 5, 6, 7]
  const [from, to] = pick(random, [
    [540, 960],
    [1320, 240],
  ])
  return { days, from: from ?? 0, to: to ?? 0, zone: pick(random, ['UTC', 'Europe/Berlin']) }
}

function aFreeze({ random, clock }: Scene): Freeze {
  const from = clock.now() + pick(random, [0, DAY])
  return { from: instant(from), to: instant(from + pick(random, [6 * HOUR, 3 * DAY])), reason: 'release' }
}
