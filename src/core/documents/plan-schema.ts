/** `plan --format json` and one line of `--events`. */
import type { FieldChange } from '../machine/diff.ts'
import type { Step } from '../machine/step.ts'
import type { Change, Plan } from '../plan.ts'
import type { Schema } from './conforms.ts'
import { COUNT, DIAGNOSTIC, FIELD_VALUE, FLAG, INSTANT, list, NUMBER, orNull, shape, shapeOf, TEXT } from './shapes.ts'

const FIELD_CHANGE = shapeOf<FieldChange>()(
  { field: TEXT, from: FIELD_VALUE, to: FIELD_VALUE, mutability: { enum: ['update', 'replace'] }, loosens: FLAG },
  {},
)

const REASON: Schema = {
  anyOf: [
    ...['new', 'lifetime', 'due', 'renewal', 'compromised', 'missing', 'tainted', 'unfinished'].map((kind) =>
      shape({ kind: { const: kind } }),
    ),
    shape({ kind: { const: 'fields' }, changes: list(FIELD_CHANGE) }),
    shape({ kind: { const: 'workspace' }, from: TEXT, to: TEXT }),
    shape({ kind: { const: 'serial' }, to: NUMBER }),
    shape({ kind: { const: 'requested' } }, { reason: TEXT }),
    shape({ kind: { const: 'ending' }, at: INSTANT }),
    shape({ kind: { const: 'place' }, places: list(TEXT) }),
  ],
}

/** Every step once; one that is added does not compile without a line here. */
const EVERY_STEP: Readonly<Record<Step['do'], true>> = {
  abandon: true,
  adopt: true,
  'note-gone': true,
  'drop-claim': true,
  supersede: true,
  activate: true,
  freeze: true,
  thaw: true,
  confirm: true,
  'drop-place': true,
  end: true,
  issue: true,
  lift: true,
  prove: true,
  recover: true,
  write: true,
  check: true,
  inspect: true,
  empty: true,
  update: true,
  disable: true,
  enable: true,
  remove: true,
  'note-use': true,
  uncut: true,
  'settle-pin': true,
  reinstate: true,
  cut: true,
  assign: true,
  restore: true,
  hook: true,
  'drop-hook': true,
}
const STEPS = Object.keys(EVERY_STEP)

export const CHANGE = shapeOf<Change>()(
  {
    address: TEXT,
    action: { enum: ['create', 'adopt', 'reissue', 'update', 'rotate', 'place', 'retire', 'finish', 'forget'] },
    origin: { enum: ['authored', 'scheduled'] },
    reasons: list(REASON),
    fields: list(FIELD_CHANGE),
    places: list(
      shape({ text: TEXT, change: { enum: ['new', 'same', 'dropped'] } }, { unverifiable: { const: true } }),
    ),
    loosens: FLAG,
    writes: COUNT,
    steps: list({ enum: STEPS }),
    retires: list(COUNT),
    until: orNull(INSTANT),
    grace: NUMBER,
    removalHold: NUMBER,
  },
  {
    rename: shape({ from: TEXT, to: TEXT }),
    adopts: shape({ id: TEXT, name: TEXT }),
    untouched: { const: true, description: 'Of a key that is forgotten: nothing of ours was ever written to it.' },
    marker: shape({ from: orNull(TEXT) }, { first: { const: true } }),
    window: FIELD_VALUE,
    budget: {
      description: 'Of a rotation of a key with a limit, in USD.',
      anyOf: [
        shape({ kind: { const: 'fresh' }, limit: NUMBER, reset: FIELD_VALUE }),
        shape({ kind: { const: 'carry' }, limit: NUMBER, reset: FIELD_VALUE, old: NUMBER, next: NUMBER }),
      ],
    },
    expiresIn: { ...NUMBER, description: 'Milliseconds.' },
    owner: TEXT,
  },
)

export const USD: Schema = { ...orNull(NUMBER), description: 'USD a calendar month; null is unlimited.' }

interface PlanDocument extends Plan {
  readonly schemaVersion: 1
  readonly kind: 'plan'
  readonly about: string
  readonly gate: string
  readonly digest: string
  readonly trust: object | null
  readonly snapshotAge: number | null
  readonly refusals: Plan['stops']
  readonly requests: number | null
}

export const PLAN: Schema = shapeOf<PlanDocument>()(
  {
    schemaVersion: { const: 1 },
    kind: { const: 'plan' },
    about: { enum: ['plan', 'apply', 'destroy', 'drift'] },
    gate: {
      enum: ['none', 'routine', 'approval'],
      description: 'routine: nothing is loosened, no secret goes to a new place, and no key ends.',
    },
    digest: { ...TEXT, description: 'Of the authored decisions, for --check.' },
    trust: {
      description:
        'The git ref keywright.yaml was read from, and what the working tree says otherwise; null without --trust.',
      ...orNull(
        shape({
          ref: TEXT,
          commit: TEXT,
          changes: list(shape({ path: TEXT, from: orNull(TEXT), to: orNull(TEXT) })),
          unreadable: FLAG,
        }),
      ),
    },
    snapshotAge: { ...orNull(COUNT), description: 'Milliseconds; null when the live keys were looked at.' },
    stack: TEXT,
    at: INSTANT,
    changes: list(CHANGE),
    held: list(shape({ address: TEXT, fields: list(TEXT), since: INSTANT })),
    waiting: list(
      shape(
        { address: TEXT, why: TEXT, until: orNull(INSTANT), open: FLAG },
        {
          code: {
            enum: ['ROTATION_STORM', 'HELD_OUTSIDE', 'CLOCK_SKEW', 'ADDRESS_PAUSED', 'ADDRESS_PINNED', 'HOOK_FAILED'],
          },
          reasons: list(REASON),
        },
      ),
    ),
    stops: list(DIAGNOSTIC),
    problems: list(DIAGNOSTIC),
    unclaimed: COUNT,
    unverifiable: COUNT,
    keys: COUNT,
    live: COUNT,
    writes: COUNT,
    spend: shape({ before: USD, after: USD }),
    approval: shape({ needed: FLAG, loosen: COUNT, newPlaces: COUNT, retire: COUNT }),
    refusals: list(DIAGNOSTIC),
    requests: orNull(COUNT),
  },
  {},
  'What apply would do now.',
)

export const EVENT: Schema = shape(
  {
    schemaVersion: { const: 1 },
    at: INSTANT,
    address: TEXT,
    on: { enum: ['begin', 'done', 'failed', 'rest'] },
    step: { enum: [...STEPS, 'rest'] },
  },
  { n: COUNT, place: TEXT, code: TEXT, message: TEXT },
  'One line of --events.',
)
