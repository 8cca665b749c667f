/** Runs many histories and reports what a reader needs to repeat one. */
import { expect } from 'vitest'
import { simulate } from './run.ts'
import type { Options } from './scene.ts'

export interface Batch {
  readonly from: number
  readonly runs: number
  readonly life?: boolean
}

/** Crashes by effect and moment, such as `create.before`. */
export type Crashes = ReadonlyMap<string, number>

/** One history of 25 is a long one. Fails with the seeds of the first findings. */
export async function expectNoFindings({ from, runs, life = false }: Batch): Promise<Crashes> {
  const tally: Options['tally'] = { crashes: new Map() }
  const findings: string[] = []
  for (let seed = from; seed < from + runs && findings.length < 5; seed++) {
    const found = await simulate({ seed, tally, life, long: seed % 25 === 0 })
    if (found.length > 0) findings.push(`seed ${seed}: ${[...new Set(found)].join('; ')}`)
  }
  expect(findings).toEqual([])
  return tally.crashes
}

/** What half of the lives have to meet. A version that is put back is rare, and an old key that gets its life back is rarer still. */
export const LIFE_CRASHES: Readonly<Record<string, number>> = {
  create: 100,
  read: 100,
  list: 100,
  commit: 100,
  remove: 50,
  assign: 50,
  lift: 40,
  prove: 50,
  write: 50,
  update: 30,
  disable: 30,
  cut: 20,
  rotate: 20,
  empty: 15,
  restore: 3,
}

/** Each of these effects was cut off at least that often, before it took place and after. */
export function expectCrashes(crashes: Crashes, least: Readonly<Record<string, number>>): void {
  console.log(table(crashes))
  for (const [effect, count] of Object.entries(least))
    for (const moment of ['before', 'after'])
      expect(crashes.get(`${effect}.${moment}`) ?? 0, `crashes ${moment} ${effect}`).toBeGreaterThanOrEqual(count)
}

function table(crashes: Crashes): string {
  const effects = [...new Set([...crashes.keys()].map((name) => name.split('.')[0] ?? ''))].sort()
  const row = (effect: string): string =>
    `${effect.padEnd(8)} before ${`${crashes.get(`${effect}.before`) ?? 0}`.padStart(5)}   after ${`${crashes.get(`${effect}.after`) ?? 0}`.padStart(5)}`
  return effects.map(row).join('\n')
}
