/** Forty blows at any moment. */
import { expect, test } from 'vitest'
import { type Blow, killRound, killStage, settled } from './kill-round.ts'

const ROUNDS = 40
/** Of the rounds; a blow that comes too late proves nothing. */
const LEAST_HITS = 32

test(
  'forty applies that were killed leave no orphan and no dead secret',
  async () => {
    const stage = await killStage()
    const findings: string[] = []
    const hits: Record<Blow['who'], number> = { provider: 0, terraform: 0 }
    const moments = new Set<string>()
    try {
      for (let n = 0; n < ROUNDS; n++) {
        const who = n % 2 === 0 ? 'provider' : 'terraform'
        const round = await killRound(stage, {
          n,
          who,
          request: 1 + ((n * 5) % 7),
          after: (n * 5) % 11,
          atOnce: n % 4 === 3,
        })
        findings.push(...round.findings)
        if (round.hit !== null) hits[who] += 1
        moments.add(`${round.heard} ${round.hit}`)
      }
      findings.push(...(await settled(stage)))
    } finally {
      await stage.close()
    }
    expect(findings).toEqual([])
    expect(hits.provider + hits.terraform).toBeGreaterThanOrEqual(LEAST_HITS)
    expect(Math.min(hits.provider, hits.terraform)).toBeGreaterThanOrEqual(LEAST_HITS / 2 - 2)
    expect(moments.size).toBeGreaterThanOrEqual(12)
  },
  30 * 60_000,
)
