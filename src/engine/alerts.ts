/**
 * What somebody should know without having asked, from what a run has seen. Pure.
 *
 * An alert is a condition that holds now: it comes again with each run as long as it holds, and `core/loop/news.ts` tells it once. `cause`
 * is what it is told apart by: the same kind at the same address is told again only when its cause changes.
 */

import { type Diagnostic, inOneLine } from '../core/diagnostic.ts'
import type { Alert } from '../core/loop/news.ts'
import type { Credential } from '../core/record.ts'
import { at, DAY, formatDuration, HOUR, type Instant, type Millis } from '../core/time.ts'
import type { Board, BoardKey } from './board.ts'
import type { Outcome } from './job.ts'

export interface AlertFacts {
  readonly board: Board
  /** What this run did, and the problems of addresses that are backed off. */
  readonly outcomes: readonly Outcome[]
  readonly failing: readonly Diagnostic[]
  readonly refusals: readonly Diagnostic[]
  /** Deleted outside, and left so. */
  readonly missing: readonly string[]
  /** By provider: since when its credential is known. */
  readonly credentials: Readonly<Record<string, Credential>>
  readonly managementKeyAge: Millis
  /** By provider: writes a day that are configured. */
  readonly writesPerDay: ReadonlyMap<string, number>
  /** Longest time between two runs, as far as it is known. */
  readonly every: Millis
}

export function alertsOf(facts: AlertFacts): readonly Alert[] {
  return [
    ...facts.board.keys.filter((key) => !isAside(key, facts.board)).flatMap((key) => keyAlerts(key, facts)),
    ...facts.board.away.map(({ name, problem }) => lackOf(name, problem)),
    ...facts.refusals.map((one) => ofDiagnostic('guard-refused', one)),
    ...problemsOf(facts).map((one) => ofDiagnostic(kindOf(one), one)),
    ...facts.board.providers.flatMap((provider) => providerAlerts(provider, facts)),
    ...facts.outcomes.flatMap(rotated),
  ]
}

/** The run itself came to nothing. */
export function failureAlert(problem: Diagnostic): Alert {
  return ofDiagnostic('loop-failed', problem)
}

/** Nobody looked at it. */
function isAside({ provider }: BoardKey, { away }: Board): boolean {
  return away.some(({ name }) => name === provider)
}

/** The rest goes on without it. */
function lackOf(name: string, problem: Diagnostic): Alert {
  return { ...ofDiagnostic('loop-failed', problem), cause: `${problem.code} ${name}` }
}

/** `2027-01-31 09:00 UTC`. */
function spoken(when: Instant): string {
  return `${when.slice(0, 16).replace('T', ' ')} UTC`
}

function idOf(address: string): string {
  return address.slice(address.indexOf('/') + 1)
}

/** Texts of failures hold tries and times; the code is what stays. What a guard says in numbers is another matter with other numbers. */
function ofDiagnostic(kind: Alert['kind'], one: Diagnostic): Alert {
  const { code, address, message, hint } = one
  const cause = kind === 'guard-refused' ? `${code} ${message}`.replace(/\s+/g, ' ').slice(0, 300) : code
  return { kind, address: address ?? null, cause, text: inOneLine(one), remedy: hint ?? null }
}

/** Of addresses and of the whole, each once. Held, paused and pinned addresses are no problem by themselves. */
function problemsOf({ board, outcomes, failing }: AlertFacts): readonly Diagnostic[] {
  const own = outcomes.flatMap(({ problem, status }) =>
    problem && (status === 'open' || status === 'stopped') ? [problem] : [],
  )
  const lacks = new Set(board.away.map(({ problem }) => problem))
  const whole = board.problems.filter((one) => one.severity === 'error' && !lacks.has(one))
  const all = [...whole, ...own, ...failing]
  return [...new Map(all.map((one) => [`${one.address ?? ''} ${one.code}`, one])).values()]
}

function kindOf({ code }: Diagnostic): Alert['kind'] {
  return /^(?:SINK_|PLACE_|VAULT_)/.test(code) ? 'place-broken' : 'loop-failed'
}

function keyAlerts(key: BoardKey, { board, missing, every }: AlertFacts): readonly Alert[] {
  const now = at(board.at)
  return [...held(key), ...gone(key, missing), ...lost(key), ...late(key, { now, every }), ...expiring(key, now)]
}

function held({ address, frozen }: BoardKey): readonly Alert[] {
  if (!frozen) return []
  const fields = frozen.fields.join(', ')
  const text = `${address} was made stricter outside keywright (${fields}), and is left alone since ${spoken(frozen.since)}.`
  return [
    {
      kind: 'held-outside',
      address,
      cause: `${fields} ${frozen.since}`,
      text,
      remedy: `keywright resume ${idOf(address)}`,
    },
  ]
}

function gone({ address, n }: BoardKey, missing: readonly string[]): readonly Alert[] {
  if (!missing.includes(address)) return []
  const text = `${address} #${n ?? 0} was deleted outside keywright. It is not issued again by itself.`
  return [
    {
      kind: 'held-outside',
      address,
      cause: `missing ${n ?? 0}`,
      text,
      remedy: `keywright apply ${idOf(address)} --yes`,
    },
  ]
}

function lost({ address, troubles }: BoardKey): readonly Alert[] {
  const lines = troubles.filter((line) => line.includes(' lost the secret'))
  return lines.map((line) => ({
    kind: 'place-broken',
    address,
    cause: line,
    text: `${address}: ${line}.`,
    remedy: `keywright show ${idOf(address)}`,
  }))
}

/** An old secret that still works although its time was over a good while ago. */
function late(
  { address, waiting }: BoardKey,
  { now, every }: { readonly now: Millis; readonly every: Millis },
): readonly Alert[] {
  const slack = Math.max(2 * every, HOUR)
  return waiting.flatMap(({ n, until, for: what }) => {
    if (until === null || (what !== 'grace' && what !== 'hold') || now - at(until) < slack) return []
    const text = `${address} #${n} should have ended ${spoken(until)}, and still lives.`
    return [
      {
        kind: 'retire-late',
        address,
        cause: `#${n} ${what}`,
        text,
        remedy: `keywright show ${idOf(address)}`,
      } as const,
    ]
  })
}

const NEAR: readonly Millis[] = [2 * DAY, 14 * DAY]

function expiring({ address, expiresAt, renewed, standing, n }: BoardKey, now: Millis): readonly Alert[] {
  if (expiresAt === null || renewed || standing === 'leaving') return []
  const left = at(expiresAt) - now
  const stage = NEAR.find((span) => left <= span)
  if (stage === undefined || left <= 0) return []
  const text = `${address} #${n ?? 0} expires ${spoken(expiresAt)}, and nothing renews it.`
  const remedy = 'write a later expiresAt, or expiresIn: 90d, and commit'
  return [{ kind: 'expiry-near', address, cause: `${expiresAt} ${formatDuration(stage)}`, text, remedy }]
}

function providerAlerts(
  { name, writesLeft, credential }: Board['providers'][number],
  facts: AlertFacts,
): readonly Alert[] {
  const now = at(facts.board.at)
  const most = facts.writesPerDay.get(name)
  const few = writesLeft !== null && writesLeft <= Math.max(5, (most ?? 0) * 0.1)
  return [
    ...(few ? [quota(name, writesLeft, facts.board.at)] : []),
    ...ageing(name, { now, since: facts.credentials[name]?.since ?? null, most: facts.managementKeyAge }),
    ...(credential?.expiresAt ? ending(name, credential.expiresAt, now) : []),
  ]
}

function quota(name: string, left: number, when: string): Alert {
  const text = `The provider "${name}" has ${left} writes left today; what needs more waits for the next UTC day.`
  return { kind: 'quota-low', address: null, cause: `${name} ${when.slice(0, 10)}`, text, remedy: null }
}

function ageing(
  name: string,
  { now, since, most }: { readonly now: Millis; readonly since: string | null; readonly most: Millis },
): readonly Alert[] {
  if (since === null || now - at(since) < most) return []
  const text = `The management key of the provider "${name}" is in use since ${spoken(since)}.`
  const remedy = 'create another one in the dashboard of the API, list it first in token:, and delete the old one'
  return [{ kind: 'management-key-old', address: null, cause: `${name} ${since}`, text, remedy }]
}

function ending(name: string, end: string, now: Millis): readonly Alert[] {
  if (at(end) - now > 14 * DAY) return []
  const text = `The management key of the provider "${name}" expires ${spoken(end)}.`
  const remedy = 'create another one in the dashboard of the API, and list it first in token:'
  return [{ kind: 'management-key-old', address: null, cause: `${name} ends ${end}`, text, remedy }]
}

/** Something that happened: told once by nature. */
function rotated({ address, record, steps }: Outcome): readonly Alert[] {
  const active = record?.generations.find((g) => g.phase === 'active')
  if (!steps.includes('activate') || !active || active.n < 2) return []
  const text = `${address} was rotated: #${active.n} is in service.`
  return [{ kind: 'rotated', address, cause: `#${active.n}`, text, remedy: null }]
}
