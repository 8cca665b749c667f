/**
 * Prometheus metrics of the loop. Labels are bounded: phases, standings, kinds, provider names of the configuration, and at most fifty
 * owners; a key never is a label of its own.
 */
import type { Gauge } from 'prom-client'
import { ALERT_KINDS } from '../../core/config/watching.ts'
import { at, HOUR, type Millis } from '../../core/time.ts'
import type { Board, BoardKey } from '../../engine/board.ts'
import type { View } from '../loop.ts'
import type { Ended } from '../round.ts'

export interface Gauges {
  note(view: View, ended: Pick<Ended, 'error'>): void
  text(): Promise<string>
}

const MOST_OWNERS = 50
const STANDINGS: readonly BoardKey['standing'][] = ['active', 'new', 'stuck', 'held', 'paused', 'leaving', 'stopped']
const PHASES = ['creating', 'delivering', 'active', 'superseded', 'disabled'] as const

export async function metrics(version: string): Promise<Gauges> {
  const { Registry, Gauge, Counter, collectDefaultMetrics } = await import('prom-client')
  const register = new Registry()
  collectDefaultMetrics({ register, prefix: 'keywright_' })
  const gauge = <L extends string>(name: string, help: string, labels: readonly L[] = []): Gauge<L> =>
    new Gauge({ name: `keywright_${name}`, help, labelNames: [...labels], registers: [register] })
  const rounds = new Counter({
    name: 'keywright_rounds_total',
    help: 'Looks by how they ended.',
    labelNames: ['ended'],
    registers: [register],
  })
  gauge('build_info', 'Version.', ['version']).set({ version }, 1)
  const all = {
    keys: gauge('generations', 'Live keys by phase.', ['phase']),
    standing: gauge('addresses', 'Addresses by standing.', ['standing']),
    due: gauge('rotations_due', 'Rotations that are due until tomorrow.'),
    late: gauge('retirements_late', 'Old secrets that should have ended more than an hour ago.'),
    drift: gauge('drifted_addresses', 'Addresses whose live key differs from what was last set.'),
    unclaimed: gauge('unclaimed_keys', 'Live keys that carry our stack and that no record knows.'),
    backedOff: gauge('backed_off_addresses', 'Addresses that failed and are left alone for a while.'),
    writes: gauge('writes_left', 'Writes left in this UTC day, where a budget is known.', ['provider']),
    spend: gauge('spend_usd', 'Spend in the windows that limits count, by owner.', ['owner']),
    limit: gauge('limit_usd', 'Limits of the same keys, by owner; unlimited keys are left out.', ['owner']),
    unlimited: gauge('unlimited_keys', 'Keys in service without a limit.'),
    alerts: gauge('alerts', 'Conditions that hold now, by kind.', ['kind']),
    success: gauge('last_success_timestamp_seconds', 'When the last good look ended.'),
    every: gauge('every_seconds', 'Longest time between two looks.'),
    failures: gauge('failures', 'Looks since the last good one.'),
    up: gauge('api_up', 'Whether every key API could be asked in the last look.'),
    providerUp: gauge('provider_up', 'Whether the key API of a provider could be asked in the last look.', [
      'provider',
    ]),
  }
  return {
    note({ board, loop, alerts, at: when }, { error }) {
      rounds.inc({ ended: error === null ? 'good' : 'failed' })
      all.every.set(loop.every / 1000)
      all.failures.set(loop.failures)
      all.up.set(loop.apiUp ? 1 : 0)
      all.backedOff.set(loop.backedOff.length)
      if (loop.lastGood !== null) all.success.set(at(loop.lastGood) / 1000)
      for (const kind of ALERT_KINDS) all.alerts.set({ kind }, alerts.filter((one) => one.kind === kind).length)
      if (board === null) return
      noteBoard(all, board, at(when))
      const isBlack = error !== null && !loop.apiUp
      for (const { name } of board.providers) all.providerUp.set({ provider: name }, isBlack ? 0 : 1)
      for (const { name } of board.away) all.providerUp.set({ provider: name }, 0)
    },
    text: () => register.metrics(),
  }
}

interface BoardGauges {
  readonly keys: Gauge<'phase'>
  readonly standing: Gauge<'standing'>
  readonly due: Gauge
  readonly late: Gauge
  readonly drift: Gauge
  readonly unclaimed: Gauge
  readonly writes: Gauge<'provider'>
  readonly spend: Gauge<'owner'>
  readonly limit: Gauge<'owner'>
  readonly unlimited: Gauge
}

function noteBoard(all: BoardGauges, board: Board, now: Millis): void {
  const { keys } = board
  for (const phase of PHASES)
    all.keys.set({ phase }, keys.flatMap((key) => key.generations).filter((g) => g.phase === phase).length)
  for (const standing of STANDINGS)
    all.standing.set({ standing }, keys.filter((key) => key.standing === standing).length)
  const isDue = (what: string): boolean => what === 'rotate' || what === 'renew'
  all.due.set(board.agenda.filter((item) => isDue(item.what) && item.at < now + 24 * HOUR).length)
  all.late.set(
    keys.flatMap((key) => key.waiting).filter(({ until }) => until !== null && now - at(until) > HOUR).length,
  )
  all.drift.set(keys.filter(({ drift }) => drift.length > 0).length)
  all.unclaimed.set(board.unclaimed)
  for (const { name, writesLeft } of board.providers)
    if (writesLeft !== null) all.writes.set({ provider: name }, writesLeft)
  noteSpend(all, keys)
}

function noteSpend(all: BoardGauges, keys: readonly BoardKey[]): void {
  all.spend.reset()
  all.limit.reset()
  const owners = [...new Set(keys.map(({ owner }) => owner ?? 'none'))].sort().slice(0, MOST_OWNERS)
  const known = new Set(owners)
  const nameOf = ({ owner }: BoardKey): string => (known.has(owner ?? 'none') ? (owner ?? 'none') : 'other')
  for (const key of keys) {
    if (key.spend === null) continue
    all.spend.inc({ owner: nameOf(key) }, key.spend.used)
    if (key.spend.limit !== null) all.limit.inc({ owner: nameOf(key) }, key.spend.limit)
  }
  all.unlimited.set(keys.filter(({ spend }) => spend !== null && spend.limit === null).length)
}
