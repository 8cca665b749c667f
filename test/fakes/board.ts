/** A stack in memory in which everything has happened that a status page has to show, hostile texts included. */

import { DAY, HOUR, instant } from '../../src/core/time.ts'
import type { PageView } from '../../src/daemon/page/page.ts'
import { alertsOf } from '../../src/engine/alerts.ts'
import { boardOf } from '../../src/engine/board.ts'
import { aKey, aPlace, aRotation } from './desired.ts'
import { aBench, type Bench } from './engine.ts'

/** Texts that try to become markup, script, links or something that cannot be seen. */
export const HOSTILE = {
  owner: '<img src=x onerror="window.pwned=1">',
  purpose: '"><script>window.pwned=1</script>',
  label: "'onmouseover='window.pwned=1",
  reason: '</title></style><script>window.pwned=1</script>\u202Egnp.exe',
}

const OWNERS = ['platform-team', 'payments-team', 'search', 'data', 'mobile']

export interface Staged {
  readonly bench: Bench
  readonly view: PageView
  readonly now: number
  readonly ids: readonly string[]
}

export async function stagedView({ keys: count = 24 }: { readonly keys?: number } = {}): Promise<Staged> {
  const bench = aBench()
  const often = aRotation({ every: 3 * DAY, grace: DAY, hold: HOUR })
  const plain = Array.from({ length: count }, (_, i) => {
    const owner = OWNERS[i % OWNERS.length] ?? ''
    const rotation = i % 3 === 0 ? { ...often, every: (3 + i) * DAY } : aRotation()
    const id = `${owner}/service-${i}`
    const labels = { team: owner, tier: `${i % 3}` }
    const fields = { limit: i % 7 === 3 ? null : 10 + i, limitReset: 'monthly' }
    return aKey({ id, owner, purpose: `does work number ${i}`, labels, rotation, fields, places: [aPlace(id)] })
  })
  const hostile = aKey({ id: 'odd/one', owner: HOSTILE.owner, purpose: HOSTILE.purpose, labels: { x: HOSTILE.label } })
  const held = aKey({ id: 'ops/oncall', owner: 'ops' })
  const ending = aKey({ id: 'ops/ending', owner: 'ops', fields: { expiresAt: instant(bench.now() + 18 * DAY) } })
  const all = [...plain, hostile, held, ending]
  for (let day = 0; day < 10; day++) {
    await bench.apply(all)
    bench.advance(DAY)
  }
  await bench.say('odd/one', { on: 'paused', until: instant(bench.now() + DAY), reason: HOSTILE.reason })
  const serving = await bench.serving('ops/oncall')
  if (serving) bench.account.edit(serving.id, { fields: { disabled: true } })
  bench.poke(plain[1]?.id ?? '', 'something else')
  spend(bench)
  await bench.apply(all)
  const session = await bench.session(all)
  const board = boardOf(session, new Map([['memory', 41]]))
  const alerts = alertsOf({
    board,
    outcomes: [],
    failing: [
      {
        severity: 'error',
        code: 'SINK_UNREACHABLE',
        address: plain[2]?.address ?? '',
        message: 'vault:ci/openrouter#api_key: 503 sealed <b>bold</b>',
        hint: `keywright apply ${plain[2]?.id ?? ''} --yes`,
      },
    ],
    refusals: [],
    missing: [],
    credentials: {},
    managementKeyAge: 90 * DAY,
    writesPerDay: new Map([['memory', 1000]]),
    every: 10 * 60_000,
  })
  const now = bench.now()
  const loop = {
    source: 'https://git.example.com/keys.git main',
    commit: '3f2a9c417be0',
    every: 600_000,
    rounds: 12,
    failures: 0,
    lastGood: instant(now - 120_000),
    next: instant(now + 480_000),
    problem: null,
    apiUp: true,
    backedOff: [],
  }
  return { bench, now, ids: all.map(({ id }) => id), view: { at: instant(now), board, loop, alerts } }
}

/** Some keys have spent some of their limits. */
function spend({ account }: Bench): void {
  let i = 0
  for (const key of account.keys()) account.spend(key.id, (i++ * 1.7) % 11)
}
