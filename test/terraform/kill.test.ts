/** SIGKILL of terraform and of its provider in the middle of an apply: no orphans, no dead secrets. 40 rounds in `kill.slow.ts`. */
import { expect, test } from 'vitest'
import { killRound, killStage, settled } from './kill-round.ts'

const BLOWS = [
  { who: 'provider', request: 1, after: 0 },
  { who: 'terraform', request: 3, after: 2, atOnce: true },
  { who: 'provider', request: 6, after: 3 },
  { who: 'terraform', request: 9, after: 0 },
  { who: 'provider', request: 4, after: 5 },
  { who: 'terraform', request: 7, after: 8 },
] as const

test('an apply that was killed is finished by the next ones, six times in a row', async () => {
  const stage = await killStage()
  try {
    const rounds = []
    for (const [n, blow] of BLOWS.entries()) rounds.push(await killRound(stage, { n, ...blow }))
    expect(rounds.flatMap(({ findings }) => findings)).toEqual([])
    expect(rounds.filter(({ hit }) => hit !== null).length).toBeGreaterThanOrEqual(5)
    expect(await settled(stage)).toEqual([])
  } finally {
    await stage.close()
  }
})
