/** Forty blows at any moment, and two applies in each other's way. */
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { bot, keyStage } from './key-stage.ts'
import { type Blow, killRound, killStage, settled } from './kill-round.ts'
import type { Ran } from './terraform.ts'

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

test('two applies at once without a lock, four times over: the next ones end with one key, and its secret in its place', async () => {
  const stage = await keyStage({ how: 'spawned', latencyMs: 40 })
  const { write, folder, env, goOn, quick, live, secret, attributes } = stage
  try {
    await write(bot('limit = 0.5'))
    await quick(['apply', '-auto-approve'])
    for (let n = 1; n <= 4; n++) {
      await write(bot(`limit = ${n}\nrotation = { rotate_when = "${n}", grace = "1h", hold = 0 }`))
      const apply = (): Promise<Ran> =>
        folder.run(['apply', '-auto-approve', '-lock=false'], { ...env(), ...stage.clock() })
      await Promise.all([apply(), apply()])
      for (let pass = 0; pass < 2; pass++) {
        goOn(2 * 3_600_000)
        await quick(['apply', '-auto-approve'])
      }
      expect(live()).toMatchObject([{ hash: attributes('bot').id, limit: n }])
      expect(
        createHash('sha256')
          .update(secret('BOT') ?? '')
          .digest('hex'),
      ).toBe(attributes('bot').id)
    }
  } finally {
    await stage.close()
  }
})
