/** Forty blows at any moment. */
import { expect, test } from 'vitest'
import { killRound, killStage, settled } from './kill-round.ts'

const ROUNDS = 40

test(
  'forty applies that were killed leave no orphan and no dead secret',
  async () => {
    const kill = await killStage()
    const findings: string[] = []
    try {
      for (let n = 0; n < ROUNDS; n++)
        findings.push(
          ...(await killRound(kill, { n, who: n % 2 === 0 ? 'provider' : 'terraform', after: (n * 37) % 400 })),
        )
      findings.push(...(await settled(kill)))
    } finally {
      await kill.stage.close()
    }
    expect(findings).toEqual([])
  },
  30 * 60_000,
)
