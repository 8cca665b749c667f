/** One view of everything that is rendered, small enough to read and rich enough to show each kind of line. */

import { renderCensus } from '../../src/cli/render/census.ts'
import { renderDiagnostics } from '../../src/cli/render/diagnostics.ts'
import { renderFleet } from '../../src/cli/render/fleet.ts'
import { type HistoryEntry, renderHistory } from '../../src/cli/render/history.ts'
import { renderDisabled, renderLeaked } from '../../src/cli/render/incident.ts'
import { renderPlan } from '../../src/cli/render/plan.ts'
import { renderApplied, renderOutcome } from '../../src/cli/render/progress.ts'
import { renderSchedule } from '../../src/cli/render/schedule.ts'
import { renderShow } from '../../src/cli/render/show.ts'
import { renderPaused, renderResumed } from '../../src/cli/render/stands.ts'
import { renderRebuild, renderRecords } from '../../src/cli/render/state.ts'
import { renderStatus } from '../../src/cli/render/status.ts'
import { turnedBack, turnedLines } from '../../src/cli/render/turned-back.ts'
import type { Look } from '../../src/cli/shell/command.ts'
import type { AppliedView, OutcomeView, PlanView } from '../../src/cli/shell/faces.ts'
import type { Item } from '../../src/core/agenda.ts'
import { GUARD_DEFAULTS } from '../../src/core/config/config.ts'
import type { Diagnostic } from '../../src/core/diagnostic.ts'
import { refusals } from '../../src/core/guard.ts'
import type { LiveKey, Window } from '../../src/core/key.ts'
import type { FieldChange } from '../../src/core/machine/diff.ts'
import type { Change, Plan } from '../../src/core/plan.ts'
import type { KeyRecord, PlaceState } from '../../src/core/record.ts'
import { at, DAY, HOUR } from '../../src/core/time.ts'
import { census } from '../../src/engine/census.ts'
import { type FleetKey, pacesOf } from '../../src/engine/fleet.ts'
import type { Session } from '../../src/engine/session.ts'
import { statusOf } from '../../src/engine/standing.ts'
import { aKey, aRotation } from '../fakes/desired.ts'
import { aRecord } from '../fakes/records.ts'

export const STACK = 'acme-7f3a'
export const NOW = at('2027-03-04T12:00:00.000Z')
export const TODAY = '2027-03-04T12:00:00.000Z'
const EARLIER = '2027-03-04T09:00:00.000Z'
const LONG_AGO = '2026-01-19T08:00:00.000Z'
const HASH = 'f01d5260c2f0c1d7e6f01d5260c2f0c1d7e6f01d5260c2f0c1d7e6f01d526000'
const PRINT = `sha256:${HASH}`

/** The live name somebody else chose, where a test says so. */
export interface Foreign {
  readonly text: string
}

const NICE: Foreign = { text: 'nightly' }

function change(id: string, more: Partial<Change>): Change {
  return {
    address: `${STACK}/${id}`,
    action: 'update',
    origin: 'authored',
    reasons: [],
    fields: [],
    places: [],
    loosens: false,
    writes: 1,
    steps: [],
    retires: [],
    until: null,
    grace: DAY,
    removalHold: 7 * DAY,
    ...more,
  }
}

export function aPlan(foreign: Foreign = NICE): Plan {
  return {
    stack: STACK,
    at: TODAY,
    changes: [
      change('platform/ci-bot', {
        action: 'create',
        fields: [
          { field: 'limit', from: null, to: 50, mutability: 'update', loosens: false },
          { field: 'limitReset', from: null, to: 'monthly', mutability: 'update', loosens: false },
          { field: 'disabled', from: null, to: false, mutability: 'update', loosens: false },
        ],
        places: [
          { text: 'vault:ci/openrouter#api_key', change: 'new' },
          { text: 'exec:ci/openrouter', change: 'new', unverifiable: true },
        ],
        steps: ['issue', 'prove', 'write', 'check', 'activate'],
        expiresIn: 180 * DAY,
        owner: 'platform-team',
      }),
      change('payments/api', {
        rename: { from: foreign.text, to: 'Payments API' },
        fields: [
          { field: 'limit', from: 20, to: 50, mutability: 'update', loosens: true },
          { field: 'limitReset', from: foreign.text, to: 'daily', mutability: 'update', loosens: false },
        ],
        loosens: true,
        steps: ['update'],
      }),
      change('search/indexer', {
        action: 'rotate',
        reasons: [
          {
            kind: 'fields',
            changes: [
              { field: 'expiresAt', from: null, to: '2027-12-31T00:00:00Z', mutability: 'replace', loosens: false },
            ],
          },
        ],
        fields: [
          {
            field: 'expiresAt',
            from: '2026-12-31T00:00:00.000Z',
            to: '2027-12-31T00:00:00Z',
            mutability: 'replace',
            loosens: false,
          },
        ],
        places: [{ text: 'dotenv:.env.keys#SEARCH', change: 'same' }],
        steps: ['issue', 'prove', 'write', 'check', 'activate'],
        writes: 2,
      }),
      change('legacy/crawler', {
        action: 'retire',
        steps: ['disable'],
        retires: [3],
        until: '2027-03-11T12:00:00.000Z',
        places: [{ text: 'dotenv:.env.keys#CRAWLER', change: 'dropped' }],
      }),
      change('old-bot', { action: 'forget', writes: 0 }),
      change('jobs/worker', { action: 'rotate', origin: 'scheduled', reasons: [{ kind: 'due' }], steps: ['issue'] }),
      change('dev/bob', { action: 'finish', origin: 'scheduled', steps: ['disable'], retires: [3] }),
    ],
    held: [{ address: `${STACK}/ops/oncall`, fields: ['disabled'], since: EARLIER }],
    waiting: [
      { address: `${STACK}/dev/alice`, why: foreign.text, until: '2027-03-05T09:00:00.000Z', open: true },
      {
        address: `${STACK}/dev/erin`,
        why: `pinned to #3 by a rollback (${foreign.text})`,
        until: null,
        open: false,
        code: 'ADDRESS_PINNED',
      },
      {
        address: `${STACK}/dev/frank`,
        why: `frozen (${foreign.text})`,
        until: '2027-03-08T00:00:00.000Z',
        open: false,
        reasons: [{ kind: 'due' }],
      },
    ],
    stops: [
      {
        severity: 'error',
        code: 'STACK_IN_USE',
        address: `${STACK}/dev/carol`,
        message: `A live key of ${STACK}/dev/carol was issued by another state (lineage aaaaaaaa, ours is bbbbbbbb).`,
        hint: 'give one of the two repositories its own stack name in keywright.yaml',
      },
    ],
    problems: [],
    unclaimed: 1,
    unverifiable: 3,
    keys: 212,
    live: 218,
    writes: 9,
    spend: { before: 5120, after: 5190.5 },
    approval: { loosen: 1, newPlaces: 2, retire: 1 },
  }
}

/** Words of humans, guardrails, scopes and counters. */
function dayTwo(foreign: Foreign = NICE): readonly Change[] {
  const update = { mutability: 'update', loosens: false } as const
  return [
    change('payments/api', {
      fields: [{ ...update, field: 'guardrail', from: foreign.text, to: null, loosens: true }],
      loosens: true,
      steps: ['assign'],
      writes: 0,
    }),
    change('jobs/worker', {
      action: 'rotate',
      reasons: [{ kind: 'fields', changes: [scopesChange(foreign)] }],
      fields: [scopesChange(foreign)],
      steps: ['issue', 'prove', 'write', 'check', 'activate'],
    }),
    change('search/indexer', {
      action: 'rotate',
      origin: 'scheduled',
      reasons: [{ kind: 'requested', reason: foreign.text }],
      budget: { kind: 'carry', limit: 50, reset: 'monthly', old: 32.5, next: 17.5 },
      steps: ['cut', 'issue', 'prove', 'write', 'check', 'activate'],
    }),
    change('dev/bob', {
      action: 'rotate',
      origin: 'scheduled',
      reasons: [{ kind: 'ending', at: '2027-03-06T00:00:00.000Z' }],
      budget: { kind: 'fresh', limit: 20, reset: null },
      steps: ['issue', 'prove', 'write', 'check', 'activate'],
    }),
    change('dev/erin', { origin: 'scheduled', steps: ['enable', 'restore', 'reinstate'] }),
    change('dev/frank', { origin: 'scheduled', steps: ['cut'] }),
  ]
}

function scopesChange(foreign: Foreign): FieldChange {
  const to = ['jobs:read', foreign.text]
  return { field: 'scopes', from: ['jobs:read', 'jobs:trigger'], to, mutability: 'replace', loosens: true }
}

export function aPlanView(foreign: Foreign = NICE, more: Partial<Plan> = {}): PlanView {
  const plan = { ...aPlan(foreign), ...more }
  const view = {
    name: 'openrouter',
    identity: {
      origin: 'https://openrouter.ai',
      account: '0df9e665-0001',
      creator: foreign === NICE ? 'user_2dHFtVWx2n56' : foreign.text,
    },
    scopes: new Map(),
    skew: 0,
    keys: new Map(),
    skewed: false,
    guardrails: new Map(),
    own: new Set<string>(),
  }
  const session: Session = {
    header: null,
    stored: new Map(),
    records: new Map(),
    world: {
      desired: [],
      providers: new Map([['openrouter', view]]),
      away: new Map(),
      survey: { marked: new Map(), unclaimed: [], stops: new Map(), stackStop: null },
      problems: [],
      at: NOW,
    },
    subjects: [],
    aside: [],
    stops: new Map(),
    plan,
  }
  const desired = aKey({
    id: 'platform/ci-bot',
    stack: STACK,
    owner: foreign === NICE ? 'platform-team' : foreign.text,
    purpose: 'builds',
    expiresIn: 180 * DAY,
  })
  return {
    session,
    refusals:
      plan.changes.length === 0
        ? []
        : refusals({
            plan,
            guard: { ...GUARD_DEFAULTS, maxDeletes: 0, maxDeletePercent: 0 },
            allowance: {},
            desired: [desired],
            records: new Map(),
          }),
    desired: new Map([[desired.address, desired]]),
    requests: 5,
    needsApproval: plan.changes.length > 0,
    about: 'plan',
    snapshotAge: null,
    trust: null,
    digest: `sha256:${'0'.repeat(64)}`,
    teams: new Map(),
    link: null,
  }
}

export function problems(foreign: Foreign = NICE): readonly Diagnostic[] {
  const excerpt = `    limt: ${foreign === NICE ? '50' : foreign.text}`
  return [
    {
      severity: 'error',
      code: 'MANIFEST_UNKNOWN_FIELD',
      message: '"limt" is not a field of a key. Did you mean "limit"?',
      hint: 'limit: 50',
      at: { file: 'keys/platform.keys.yaml', line: 7, column: 5, length: 4, excerpt },
    },
    {
      severity: 'warning',
      code: 'API_REJECTED',
      message: `the API answered: ${foreign.text}`,
      why: foreign.text,
      hint: `keywright apply --allow-deletes 41   or raise it for good: guard: { maxDeletes: 41 } in keywright.yaml`,
      address: `${STACK}/dev/carol`,
    },
  ]
}

function place(text: string, more: Partial<PlaceState> = {}): PlaceState {
  return {
    identity: text,
    sink: 'dotenv',
    at: { name: 'A' },
    text,
    n: 5,
    status: 'verified',
    version: PRINT,
    fingerprint: PRINT,
    readable: true,
    conditional: true,
    ...more,
  }
}

export function aLiveKey(more: Partial<LiveKey> = {}): LiveKey {
  return {
    id: HASH,
    name: 'CI bot [kw:acme-7f3a/search/indexer#5.k3v7x2ab]',
    scope: 'workspace-1',
    fields: { limit: 50, limitReset: 'monthly', includeByokInLimit: false, disabled: false, expiresAt: null },
    createdAt: LONG_AGO,
    updatedAt: null,
    label: 'sk-or-v1-abc...xyz',
    usage: { total: 120.5, daily: 1.25, weekly: 10, monthly: 48.1 },
    ...more,
  }
}

const ISSUED = {
  name: 'CI bot [kw:acme-7f3a/search/indexer#5.k3v7x2ab]',
  scope: 'workspace-1',
  fields: { limit: 50, disabled: false },
  expiresIn: null,
  rotationSerial: 1,
  words: { id: 'a', name: 'a' },
}
const LIVE = { claimedAt: LONG_AGO, issued: ISSUED, claimed: true }

export function aFullRecord(id: string, more: Partial<KeyRecord> = {}): KeyRecord {
  return aRecord(`${STACK}/${id}`, {
    serial: 12,
    lineage: 'k3v7x2ab',
    scope: 'workspace-1',
    highest: 5,
    policy: { grace: DAY, hold: HOUR, removalHold: 7 * DAY },
    generations: [
      { phase: 'superseded', n: 4, id: 'a'.repeat(64), ...LIVE, supersededAt: EARLIER, everActive: true },
      { phase: 'active', n: 5, id: HASH, ...LIVE, activeAt: EARLIER },
    ],
    places: [
      place('dotenv:.env.keys#SEARCH'),
      place('github:acme/app#KEY', { status: 'unverifiable', readable: false, sink: 'github' }),
    ],
    lastChange: { at: EARLIER, what: 'activated' },
    ...more,
  })
}

function outcome(id: string, more: Partial<OutcomeView['outcome']> = {}): OutcomeView['outcome'] {
  return {
    address: `${STACK}/${id}`,
    status: 'settled',
    record: null,
    problem: null,
    steps: [],
    unknownOutcome: false,
    until: null,
    ...more,
  }
}

export function outcomes(foreign: Foreign = NICE): readonly OutcomeView[] {
  const plan = aPlan(foreign)
  const of = (id: string): Change | null => plan.changes.find((one) => one.address === `${STACK}/${id}`) ?? null
  const removed = aFullRecord('legacy/crawler', {
    generations: [{ phase: 'disabled', n: 3, id: HASH, ...LIVE, disabledAt: TODAY, everActive: true, why: 'removed' }],
  })
  const half = aFullRecord('platform/ci-bot', {
    highest: 1,
    generations: [{ phase: 'delivering', n: 1, id: HASH, ...LIVE, versions: {}, proven: true, harmless: false }],
    places: [
      place('dotenv:.env.keys#OPENROUTER_API_KEY', { n: 1 }),
      place('vault:ci/openrouter#api_key', { n: 1, status: 'claimed' }),
    ],
  })
  const base = { now: NOW, waiting: null, live: new Map(), desired: aKey() }
  return [
    {
      ...base,
      change: of('payments/api'),
      outcome: outcome('payments/api', { steps: ['update'], record: aFullRecord('payments/api') }),
      millis: 120,
    },
    {
      ...base,
      change: of('search/indexer'),
      outcome: outcome('search/indexer', {
        steps: ['issue', 'prove', 'write', 'check', 'write', 'activate'],
        record: aFullRecord('search/indexer'),
      }),
      millis: 1234,
    },
    {
      ...base,
      change: of('legacy/crawler'),
      outcome: outcome('legacy/crawler', { steps: ['disable'], record: removed }),
      millis: 80,
    },
    {
      ...base,
      change: of('platform/ci-bot'),
      outcome: outcome('platform/ci-bot', {
        status: 'open',
        steps: ['issue', 'prove', 'write'],
        record: half,
        problem: {
          severity: 'error',
          code: 'SINK_UNREACHABLE',
          message: foreign === NICE ? 'vault:ci/openrouter#api_key answered 503 (4 tries)' : foreign.text,
          hint: 'keywright apply',
          address: `${STACK}/platform/ci-bot`,
        },
      }),
      millis: 4200,
    },
  ]
}

export function anApply(foreign: Foreign = NICE, all = outcomes(foreign)): AppliedView {
  const open = all.some((one) => one.outcome.status === 'open')
  return {
    result: { outcomes: all.map((one) => one.outcome), postponed: open ? [`${STACK}/dev/zed`] : [], problems: [] },
    session: aPlanView(foreign, { changes: aPlan(foreign).changes.slice(0, all.length) }).session,
    outcomes: all,
    millis: 4300,
    writes: 9,
    interrupted: false,
    exit: open ? 5 : 0,
    now: NOW,
  }
}

export function statusView(foreign: Foreign = NICE) {
  const stuck = aFullRecord('search/indexer', {
    generations: [
      { phase: 'active', n: 4, id: 'a'.repeat(64), ...LIVE, activeAt: LONG_AGO },
      { phase: 'delivering', n: 5, id: HASH, ...LIVE, versions: {}, proven: true, harmless: false },
    ],
    places: [
      place(foreign === NICE ? 'github:acme/app#OPENROUTER_API_KEY' : foreign.text, {
        status: 'claimed',
        sink: 'github',
      }),
    ],
  })
  const held = aFullRecord('ops/oncall', {
    frozen: { fields: ['disabled'], observedAt: EARLIER, entry: 'x' },
    generations: [{ phase: 'active', n: 5, id: HASH, ...LIVE, activeAt: LONG_AGO }],
  })
  const desired = (id: string) =>
    aKey({
      id,
      stack: STACK,
      provider: 'openrouter',
      kind: 'openrouter',
      rotation: aRotation({ every: 415 * DAY, grace: DAY, hold: HOUR, serial: 1 }),
    })
  const see = (record: KeyRecord | null, id: string, live: LiveKey = aLiveKey()) =>
    statusOf(`${STACK}/${id}`, {
      desired: { ...desired(id), places: record?.places ?? [] },
      record,
      live: new Map([[HASH, live]]),
      stopped: false,
      now: NOW,
    })
  return {
    stack: STACK,
    now: NOW,
    addresses: [
      see(
        aFullRecord('payments/api'),
        'payments/api',
        aLiveKey({ fields: { ...aLiveKey().fields, expiresAt: '2027-03-06T00:00:00.000Z' } }),
      ),
      see(stuck, 'search/indexer'),
      see(held, 'ops/oncall'),
      see(null, 'new/one'),
    ],
    stops: [],
    problems: [],
    live: { keys: 218, dead: 2, unclaimed: 1, changes: 3, open: 1, requests: 5 },
    proofs: [
      { address: `${STACK}/payments/api`, place: 'dotenv:.env.keys#API', verdict: 'holds' as const, n: 5 },
      {
        address: `${STACK}/search/indexer`,
        place: foreign === NICE ? 'vault:search#key' : foreign.text,
        verdict: 'other' as const,
        n: null,
      },
      { address: `${STACK}/ops/oncall`, place: 'github:acme/app#ONCALL', verdict: 'unreadable' as const, n: null },
    ],
  }
}

export function censusView(foreign: Foreign = NICE) {
  const hash = (digit: string): string => digit.repeat(64)
  const key = (id: string, more: Partial<LiveKey> = {}) => aLiveKey({ id, name: foreign.text, ...more })
  const live = [
    key(hash('1'), { fields: { ...aLiveKey().fields, limit: null } }),
    key(hash('2'), { name: '', usage: { total: 0, daily: 0, weekly: 0, monthly: 0 } }),
    key(hash('3'), { fields: { ...aLiveKey().fields, expiresAt: '2027-03-06T00:00:00.000Z' } }),
    key(hash('4'), { fields: { ...aLiveKey().fields, disabled: true } }),
    key(hash('5'), { name: aLiveKey().name }),
    key(hash('6'), { name: 'x [kw:acme-7f3a/dev/zed#1.bbbbbbbb]' }),
    key(hash('7'), { name: 'x [kw:other-1/dev/zed#1.bbbbbbbb]' }),
  ]
  const account = {
    identity: {
      origin: 'https://openrouter.ai',
      account: '0df9',
      creator: foreign === NICE ? 'user_2dHFtVWx2n56' : foreign.text,
    },
    scopes: new Map([['default', 'w1']]),
    skew: 0,
  }
  const own = aFullRecord('search/indexer', {
    generations: [{ phase: 'active', n: 5, id: hash('5'), ...LIVE, activeAt: EARLIER }],
  })
  return {
    census: census({ now: NOW, account, live, stack: STACK, records: new Map([[own.address, own]]), unusedDays: 90 }),
    provider: 'openrouter',
    others: ['jobs'],
    requests: 6,
  }
}

function showView(foreign: Foreign = NICE) {
  const address = `${STACK}/search/indexer`
  const desired = aKey({
    id: 'search/indexer',
    stack: STACK,
    name: foreign.text,
    owner: foreign.text,
    provider: 'openrouter',
    kind: 'openrouter',
    expiresIn: 90 * DAY,
    sources: {
      limit: { file: 'keys/search.keys.yaml', line: 4, column: 5 },
      owner: { file: 'keywright.yaml', line: 9, column: 7 },
    },
    places: [
      { sink: 'dotenv', identity: 'dotenv:.env.keys#SEARCH', at: { name: 'SEARCH' }, text: 'dotenv:.env.keys#SEARCH' },
    ],
  })
  const record = aFullRecord('search/indexer')
  const live = new Map([[HASH, aLiveKey()]])
  const status = statusOf(address, { desired, record, live, stopped: false, now: NOW })
  return {
    stack: STACK,
    address,
    now: NOW,
    desired,
    record,
    live,
    status,
    next: { step: 'issue', why: foreign.text, until: '2027-03-06T00:00:00.000Z' },
    stop: null,
  }
}

function historyView(foreign: Foreign = NICE) {
  const robot = {
    who: 'github-actions[bot]',
    runUrl: 'https://github.com/acme/keys/actions/runs/12345678901',
    commit: '5b1f0c9d2e3a4b5c6d7e8f9a0b1c2d3e4f5a6b7c',
  }
  const line = (id: string, at: string, more: Omit<HistoryEntry, 'address' | 'at' | 'who'> & { who?: string }) => ({
    address: `${STACK}/${id}`,
    at,
    who: foreign === NICE ? 'ann' : foreign.text,
    ...more,
  })
  return {
    stack: STACK,
    now: NOW,
    entries: [
      line('ops/oncall', TODAY, { what: 'paused', until: '2027-03-05T09:00:00.000Z', why: foreign.text }),
      line('ops/oncall', EARLIER, { what: 'requested', why: foreign.text }),
      line('search/indexer', EARLIER, { what: 'active', n: 5, why: 'instead of #4', ...robot }),
      line('search/indexer', EARLIER, { what: 'issued', n: 5, why: 'due', ...robot }),
      line('payments/api', EARLIER, { what: 'held', why: 'limit', ...robot }),
      line('payments/api', LONG_AGO, { what: 'leaked', n: 4 }),
    ] satisfies HistoryEntry[],
  }
}

const WINDOW: Window = { days: [1, 2, 3, 4, 5], from: 9 * 60, to: 16 * 60, zone: 'Europe/Berlin' }

function scheduleView(foreign: Foreign = NICE) {
  const freeze = { from: '2027-03-06T00:00:00.000Z', to: '2027-03-08T00:00:00.000Z', reason: foreign.text }
  const of = (id: string, what: Item['what'], when: string): Item => ({
    address: `${STACK}/${id}`,
    what,
    n: 4,
    at: at(when),
  })
  return {
    stack: STACK,
    now: NOW,
    length: 30 * DAY,
    items: [
      { ...of('payments/api', 'grace', EARLIER), byHand: true as const },
      { ...of('jobs/worker', 'rotate', '2027-03-05T09:04:00.000Z'), due: at(TODAY), window: WINDOW },
      { ...of('search/indexer', 'rotate', '2027-03-08T08:00:00.000Z'), due: at('2027-03-06T01:00:00Z'), freeze },
      of('dev/alice', 'renew', '2027-03-09T08:00:00.000Z'),
      of('dev/bob', 'hold', '2027-03-10T08:00:00.000Z'),
      of('legacy/crawler', 'removal', '2027-03-11T08:00:00.000Z'),
      of('dev/zed', 'end', '2027-03-31T23:59:59.000Z'),
    ],
    freezes: [freeze],
  }
}

function fleetView() {
  const key = (id: string, stake: number, provider = 'openrouter'): FleetKey => ({
    address: `${STACK}/${id}`,
    provider,
    kind: provider === 'openrouter' ? 'openrouter' : 'strait',
    ns: [4],
    stake,
    writes: 2,
    places: ['dotenv:.env.keys#A', 'vault:ci/a#key'],
  })
  const fleet = [
    key('crawler', Number.POSITIVE_INFINITY),
    key('payments/api', 1550),
    key('dev/bob', 20),
    key('jobs/worker', 0, 'jobs'),
  ]
  return {
    stack: STACK,
    fleet,
    paces: pacesOf(fleet, 20),
    writesPerDay: new Map([['openrouter', 5]]),
    afterReplacement: false,
    parallelism: 20,
    line: 'keywright leaked --all --yes --confirm 4',
  }
}

function aPinned(foreign: Foreign = NICE): KeyRecord {
  return aFullRecord('search/indexer', {
    places: [
      place('dotenv:.env.keys#SEARCH'),
      place(foreign === NICE ? 'vault:search#key' : foreign.text, { n: 4 }),
      place('github:acme/app#KEY', { readable: false }),
    ],
    pinned: {
      n: 4,
      at: EARLIER,
      entry: 'x',
      reason: foreign.text,
      notRestored: {
        'dotenv:.env.keys#SEARCH': 'its sink keeps no versions',
        'github:acme/app#KEY': 'what it held before is not known',
      },
    },
  })
}

function asideView(foreign: Foreign = NICE) {
  const of = (id: string, more: Partial<KeyRecord>) => {
    const record = { ...aFullRecord(id), ...more, address: `${STACK}/${id}` }
    const desired = aKey({ id, stack: STACK, kind: 'openrouter', rotation: aRotation({ budget: 'carry' }) })
    return statusOf(record.address, { desired, record, live: null, stopped: false, now: NOW })
  }
  return {
    ...statusView(foreign),
    proofs: null,
    addresses: [
      of('ops/oncall', { paused: { until: '2027-03-05T09:00:00.000Z', reason: foreign.text } }),
      of('search/indexer', aPinned(foreign)),
      of('dev/zed', { compromised: { n: 5, at: EARLIER, afterReplacement: false } }),
      of('dev/bob', { requested: { n: 5, at: EARLIER } }),
    ],
  }
}

function rebuildView(foreign: Foreign = NICE) {
  const candidate = (n: number) => ({ key: aLiveKey(), n, lineage: 'k3v7x2ab' })
  return {
    stack: STACK,
    results: [
      {
        kind: 'proven' as const,
        address: `${STACK}/search/indexer`,
        record: aFullRecord('search/indexer'),
        by: 'place' as const,
      },
      {
        kind: 'asked' as const,
        address: `${STACK}/ops/oncall`,
        candidates: [candidate(3)],
        places: [foreign === NICE ? 'github:acme/app#ONCALL' : foreign.text],
      },
      { kind: 'unproven' as const, address: `${STACK}/dev/zed`, candidates: [candidate(1), candidate(2)] },
    ],
    kept: 1,
    unclaimed: [aLiveKey({ name: `${foreign.text} [kw:acme-7f3a/dev/zed#1.bbbbbbbb]` })],
    saved: true,
  }
}

/** Every renderer by name, with live text that somebody else chose. */
export const CASES: Readonly<Record<string, (look: Look, foreign?: Foreign) => string>> = {
  plan: (look, foreign) => renderPlan(aPlanView(foreign), look),
  'plan-empty': (look, foreign) =>
    renderPlan(aPlanView(foreign, { changes: [], held: [], waiting: [], stops: [], unclaimed: 0 }), look),
  'plan-day2': (look, foreign) =>
    renderPlan(aPlanView(foreign, { changes: dayTwo(foreign), held: [], waiting: [], stops: [], unclaimed: 0 }), look),
  diagnostics: (look, foreign) =>
    renderDiagnostics(problems(foreign), look, { summary: '2 problems in 1 of 14 files. Nothing was sent anywhere.' }),
  apply: (look, foreign) =>
    outcomes(foreign)
      .map((one) => renderOutcome(one, look))
      .join('') + renderApplied(anApply(foreign), look),
  'apply-done': (look, foreign) => renderApplied(anApply(foreign, outcomes(foreign).slice(0, 3)), look),
  status: (look, foreign) => renderStatus(statusView(foreign), look),
  show: (look, foreign) => renderShow(showView(foreign), look),
  census: (look, foreign) => renderCensus(censusView(foreign), look),
  history: (look, foreign) => renderHistory(historyView(foreign), look),
  schedule: (look, foreign) => renderSchedule(scheduleView(foreign), look),
  fleet: (look) => renderFleet(fleetView(), look),
  'turned-back': (look, foreign) =>
    [...turnedBack(aPinned(foreign)).flatMap((one) => turnedLines(one, look)), ''].join('\n'),
  'set-aside': (look, foreign) => renderStatus(asideView(foreign), look),
  'state-list': (look) =>
    renderRecords(
      {
        stack: STACK,
        location: '.keywright',
        header: null,
        holder: null,
        records: [aFullRecord('search/indexer')],
        now: NOW,
      },
      look,
    ),
  rebuild: (look, foreign) => renderRebuild(rebuildView(foreign), look),
  incident: (look, foreign) =>
    [
      renderLeaked(
        {
          hash: HASH,
          record: null,
          desired: null,
          ns: [],
          stopped: [{ n: 0, key: aLiveKey({ name: foreign?.text ?? 'old demo' }) }],
        },
        look,
      ),
      renderLeaked(
        {
          hash: HASH,
          record: aFullRecord('search/indexer', {
            owner: foreign?.text ?? 'search-team',
            compromised: { n: 5, at: EARLIER, afterReplacement: false },
          }),
          desired: null,
          ns: [5],
          stopped: [{ n: 5, key: aLiveKey() }],
        },
        look,
      ),
      renderLeaked(
        {
          hash: null,
          record: aFullRecord('search/indexer', { compromised: { n: 5, at: EARLIER, afterReplacement: true } }),
          desired: null,
          ns: [5],
          stopped: [],
        },
        look,
      ),
      renderDisabled({ address: `${STACK}/ops/oncall`, disabled: 2 }, look),
    ].join(''),
  stands: (look, foreign) =>
    [
      renderPaused(
        [{ address: `${STACK}/ops/oncall`, until: '2027-03-05T09:00:00.000Z', reason: foreign?.text ?? 'audit' }],
        NOW,
        look,
      ),
      renderResumed(
        [
          { address: `${STACK}/ops/oncall`, fields: ['disabled'], pausedUntil: null, pinned: null, issues: 0 },
          { address: `${STACK}/dev/zed`, fields: [], pausedUntil: '2027-03-05T09:00:00.000Z', pinned: 3, issues: 12 },
          { address: `${STACK}/dev/bob`, fields: [], pausedUntil: null, pinned: null, issues: 0 },
        ],
        look,
      ),
    ].join(''),
}
