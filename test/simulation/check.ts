/** Runs many histories and reports what a reader needs to repeat one. */
import { expect } from 'vitest'
import { simulate } from './run.ts'
import type { Options } from './scene.ts'

export interface Batch {
  readonly from: number
  readonly runs: number
}

/** One history of 25 is a long one. Fails with the seeds of the first findings. */
export async function expectNoFindings({ from, runs }: Batch): Promise<Map<string, number>> {
  const tally: Options['tally'] = { crashes: new Map() }
  const findings: string[] = []
  for (let seed = from; seed < from + runs && findings.length < 5; seed++) {
    const found = await simulate({ seed, tally, long: seed % 25 === 0 })
    if (found.length > 0) findings.push(`seed ${seed}: ${[...new Set(found)].join('; ')}`)
  }
  expect(findings).toEqual([])
  return tally.crashes
}

export function table(crashes: ReadonlyMap<string, number>): string {
  const effects = [...new Set([...crashes.keys()].map((name) => name.split('.')[0] ?? ''))].sort()
  const row = (effect: string): string =>
    `${effect.padEnd(8)} before ${`${crashes.get(`${effect}.before`) ?? 0}`.padStart(5)}   after ${`${crashes.get(`${effect}.after`) ?? 0}`.padStart(5)}`
  return effects.map(row).join('\n')
}
