/**
 * Synthesis of 1,000 keys by either library for CDKTF, beside 1,000 of its bare resources: without any attribute, which nobody can beat, and
 * with the same attributes as plain data.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type * as Cdktf from 'cdktf'
import type * as Keys from '../../cdktf/index.ts'
import { type Chapter, median, type Row } from './row.ts'

const load = createRequire(process.argv[1] ?? '')
const KEYS = 1000
const ROUNDS = 15

export const synth: Chapter = {
  name: 'synth',
  async run() {
    return ['cdktf', 'cdktn'].flatMap(synthesised)
  },
}

/** Adds number `n` to a stack. */
type Add = (stack: Cdktf.TerraformStack, n: number) => void

/** The three take turns, so that a busy moment hits all of them. */
function synthesised(library: string): readonly Row[] {
  const cdktf: typeof Cdktf = load(library)
  const keys: typeof Keys = load(`./${library}/index.cjs`)
  const ways = waysOf(cdktf, keys)
  const outdir = mkdtempSync(join(tmpdir(), 'keywright-bench-'))
  const spent = (add: Add): number => {
    const begun = process.cpuUsage()
    const app = new cdktf.App({ outdir })
    const stack = new cdktf.TerraformStack(app, 'bench')
    new keys.KeywrightProvider(stack, 'keywright', { stack: 'bench-a1b2', sinks: { dotenv: { kind: 'dotenv' } } })
    for (let n = 0; n < KEYS; n++) add(stack, n)
    app.synth()
    const { user, system } = process.cpuUsage(begun)
    return user + system
  }
  const toBare: number[] = []
  const toSame: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const [bare, same, key] = [spent(ways.bare), spent(ways.same), spent(ways.key)]
    toBare.push(key / bare)
    toSame.push(key / same)
  }
  rmSync(outdir, { recursive: true })
  const what = `${library}: 1,000 ManagedKeys / as many TerraformResources`
  return [
    { name: `synth-${library}`, what: `${what} that say nothing`, value: median(toBare), limit: 2 },
    { name: `synth-${library}-same`, what: `${what} that say the same`, value: median(toSame), limit: 1.25 },
  ]
}

function waysOf({ TerraformResource }: typeof Cdktf, { Deliver, ManagedKey, usd }: typeof Keys) {
  const type = { terraformResourceType: 'keywright_openrouter_key' }
  const meta = { ...type, terraformGeneratorMetadata: { providerName: 'keywright' } }
  const bare: Add = (stack, n) => void new TerraformResource(stack, `k${n}`, meta)
  const same: Add = (stack, n) => {
    const resource = new TerraformResource(stack, `k${n}`, meta)
    resource.addOverride('key_id', `bench/k${n}`)
    resource.addOverride('limit', 1)
    resource.addOverride('deliver_to', [{ sink: 'dotenv', name: `K${n}` }])
  }
  const key: Add = (stack, n) => {
    const deliverTo = [Deliver.dotenv({ name: `K${n}` })]
    new ManagedKey(stack, `k${n}`, { keyId: `bench/k${n}`, limit: usd(1), deliverTo })
  }
  return { bare, same, key }
}
