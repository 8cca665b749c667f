/** SIGKILL of terraform and of its provider in the middle of an apply: no orphans, no dead secrets. 40 rounds in `kill.slow.ts`. */
import { expect, test } from 'vitest'
import { killRound, killStage, settled } from './kill-round.ts'

const BLOWS = [
  { who: 'provider', after: 0 },
  { who: 'terraform', after: 10 },
  { who: 'provider', after: 60 },
  { who: 'terraform', after: 90 },
  { who: 'provider', after: 150 },
  { who: 'terraform', after: 250 },
] as const

test('an apply that was killed is finished by the next ones, six times in a row', async () => {
  const kill = await killStage()
  try {
    for (const [n, blow] of BLOWS.entries()) expect(await killRound(kill, { n, ...blow })).toEqual([])
    expect(await settled(kill)).toEqual([])
  } finally {
    await kill.stage.close()
  }
})
