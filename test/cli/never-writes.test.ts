/**
 * The property behind pull requests: whatever a change says and whatever happened to the live keys, nothing that only looks, and nothing
 * that is refused, writes: not to the key API, not to a sink, not to the state. A change that points elsewhere is heard by nobody.
 */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type House, leaveHouses } from '../fakes/cli.ts'
import { type Stranger, stranger } from '../fakes/stranger.ts'
import { type FakeVault, fakeVault, ROOT } from '../fakes/vault/server.ts'
import { quietHouse } from './inside.ts'

const IDS = ['a', 'b', 'c', 'd', 'e', 'f'] as const
type Id = (typeof IDS)[number]

/** What a change does to one key, and what somebody did to the live one. */
const entry = fc.record({
  stays: fc.boolean(),
  limit: fc.constantFrom('1', '10', '25', 'unlimited'),
  disabled: fc.boolean(),
  serial: fc.constantFrom(1, 2),
  place: fc.constantFrom('kept', 'other', 'both'),
  id: fc.constantFrom('same', 'moved', 'another'),
})
const drift = fc.constantFrom('none', 'looser', 'stricter', 'disabled', 'gone')
const change = fc.record({
  entries: fc.record({ a: entry, b: entry, c: entry, d: entry, e: entry, f: entry }),
  drifted: fc.record({ id: fc.constantFrom(...IDS), how: drift }),
  config: fc.constantFrom('same', 'elsewhere', 'unguarded', 'other sink', 'broken'),
})
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never

/** Every plan and every apply of a tree is refused: nobody ever approved a key. */
const GUARD = 'guard: { requireLabels: [approved] }\n'
const WAIVED = '--allow GUARD_LABEL_REQUIRED'

interface Entry extends Omit<Change['entries'][Id], 'limit'> {
  readonly limit: string
}

function entryText(id: Id, { limit, disabled, serial, place }: Entry): string {
  const places = { kept: [`ci/${id}`], other: [`ci/${id}-2`], both: [`ci/${id}`, `ci/${id}-2`] }[place]
  const deliverTo = places.map((path) => `"vault:${path}#key"`).join(', ')
  return `{ limit: ${limit}, disabled: ${disabled}, rotation: { serial: ${serial}, grace: 1h, hold: 1h }, deliverTo: [${deliverTo}] }`
}

function manifestOf(entries: Readonly<Record<Id, Entry>>): string {
  const moved: string[] = []
  const lines = IDS.filter((id) => entries[id].stays).map((id) => {
    const { id: how } = entries[id]
    if (how === 'moved') moved.push(`{ from: ${id}, to: x/${id} }`)
    return `  ${how === 'same' ? id : `x/${id}`}: ${entryText(id, entries[id])}\n`
  })
  return `keys:${lines.length === 0 ? ' {}\n' : `\n${lines.join('')}`}moved: [${moved.join(', ')}]\n`
}

const FIRST: Entry = { stays: true, limit: '10', disabled: false, serial: 1, place: 'kept', id: 'same' }
const AT_FIRST = `keys:\n${IDS.map((id) => `  ${id}: ${entryText(id, FIRST)}\n`).join('')}`

interface Stage {
  readonly home: House
  readonly vault: FakeVault
  readonly listener: Stranger
  readonly git: (...args: readonly string[]) => string
  readonly config: string
}

async function stage(): Promise<Stage> {
  const [vault, listener] = [await fakeVault(), await stranger()]
  const home = await quietHouse({ keys: {} })
  const sink = `{ vault: { kind: vault, address: "${vault.address}", auth: { kind: token, token: { env: VAULT } } } }`
  const config = home.read('keywright.yaml').replace(/^sinks: .*$/m, `sinks: ${sink}\n${GUARD}`)
  home.write('keywright.yaml', config)
  home.write('keys/a.keys.yaml', AT_FIRST)
  home.write('.gitignore', '.keywright/\nlive.json\nplan.json\n')
  const env = { PATH: process.env.PATH ?? '', HOME: home.root, GIT_CONFIG_NOSYSTEM: '1' }
  const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'commit.gpgsign=false']
  const git: Stage['git'] = (...args) =>
    execFileSync('git', [...who, '-C', home.root, ...args], { env, encoding: 'utf8' })
  git('init', '-q', '-b', 'main')
  git('add', '.')
  git('commit', '-qm', 'keys')
  expect(await home.run(`apply --yes ${WAIVED}`, { env: { VAULT: ROOT } })).toMatchObject({ code: 0 })
  expect(await home.run('snapshot --out live.json')).toMatchObject({ code: 0 })
  return { home, vault, listener, git, config }
}

/** The change in the tree; `main` stays as it is. */
function propose(
  { home, listener, vault, config }: Stage,
  made: { readonly entries: Readonly<Record<Id, Entry>>; readonly config: Change['config'] },
): void {
  home.write('keys/a.keys.yaml', manifestOf(made.entries))
  const configs: Readonly<Record<Change['config'], string>> = {
    same: config,
    elsewhere: config.replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, listener.url),
    unguarded: config.replace(GUARD, 'guard: { exempt: ["**"], maxDeletes: 99, maxDeletePercent: 100 }\n'),
    'other sink': config.replace(vault.address, listener.url),
    broken: 'version: [\n',
  }
  home.write('keywright.yaml', configs[made.config])
}

function meddle({ home }: Stage, { drifted: { id, how } }: Change): void {
  const live = home.live().find(({ name }) => name.startsWith(`${id} `))
  const { openrouter } = home.emulator.world
  if (live === undefined || how === 'none') return
  if (how === 'gone') openrouter.remove(live.hash)
  else openrouter.edit(live.hash, how === 'disabled' ? { disabled: true } : { limit: how === 'looser' ? 99 : 2 })
}

interface Seen {
  readonly writes: number
  readonly sink: number
  readonly heard: number
  readonly saves: number
}

function seen({ home, vault, listener }: Stage): Seen {
  return {
    writes: home.writes(),
    sink: vault.seen.filter(({ method }) => method !== 'GET' && method !== 'HEAD').length,
    heard: listener.heard().connections,
    saves: savesIn(join(home.root, '.keywright')),
  }
}

/** Saves of records or of the header in the journal; leases, which come and go with each apply, are none. */
function savesIn(root: string): number {
  const texts = readdirSync(root).map((name) => readFileSync(join(root, name), 'utf8'))
  return texts.join('').match(/"entry":\{"kind":"(?:records|header)"/g)?.length ?? 0
}

interface Line {
  readonly line: string
  readonly env?: Readonly<Record<string, string>>
  /** Carried out unless it is refused; it counts only when it was. */
  readonly acts?: true
}

const NOBODY = { OPENROUTER_MANAGEMENT_KEY: '', VAULT: '' }
const CI = { GITHUB_ACTIONS: 'true', ...NOBODY }
const NONE = `sha256:${'0'.repeat(64)}`

/** `trust`: whether the tree's keywright.yaml may be anything. */
const LOOKS: readonly Line[] = [
  { line: 'plan --trust main' },
  { line: 'plan --trust main --json' },
  { line: `plan --trust main --check ${NONE}` },
  { line: `plan --trust main ${WAIVED} --out plan.json --due` },
  { line: 'plan --trust main --live live.json --format markdown', env: NOBODY },
  { line: 'ci plan --trust main --live live.json', env: CI },
  { line: 'drift --trust main' },
  { line: 'apply --trust main --yes', acts: true },
  { line: 'apply --trust main --yes --allow-deletes 9 --allow-rotations 9 --allow-loosen 9', acts: true },
  { line: `apply --trust main --check ${NONE} ${WAIVED}`, acts: true },
  { line: 'apply --trust main plan.json', acts: true },
]

interface Wrote {
  readonly wrong: readonly string[]
  readonly acted: number
  readonly codes: readonly (number | null)[]
}

/** Lines that wrote although they only look, or were refused. `acted`: how many changed something as they were allowed to. */
async function wrote(on: Stage, lines: readonly Line[]): Promise<Wrote> {
  const wrong: string[] = []
  const codes: (number | null)[] = []
  let acted = 0
  for (const { line, env = {}, acts } of lines) {
    const before = seen(on)
    const { code, all } = await on.home.run(line, { env: { VAULT: ROOT, ...env } })
    const after = seen(on)
    codes.push(code)
    expect(all).not.toMatch(/sk-or-v1-|CLI_INTERNAL/)
    const isSame = JSON.stringify(before) === JSON.stringify(after)
    if (!isSame && acts === true && code === 0) acted += 1
    else if (!isSame) wrong.push(`${line}: ${code}, ${JSON.stringify([before, after])}`)
  }
  return { wrong, acted, codes }
}

const RUNS = process.env.SLOW === '1' ? 200 : 6

describe('no guarded, trusted or saved plan', () => {
  let on: Stage
  beforeAll(async () => {
    on = await stage()
  }, 60_000)
  afterAll(async () => {
    on.vault.close()
    await on.listener.close()
    await leaveHouses()
  })

  test('ever writes, whatever the change and the live keys are', async () => {
    const ends = new Map<number | null, number>()
    await fc.assert(
      fc.asyncProperty(change, async (made) => {
        propose(on, made)
        meddle(on, made)
        rmSync(join(on.home.root, 'plan.json'), { force: true })
        const found = await wrote(on, LOOKS)
        expect(found).toMatchObject({ wrong: [], acted: 0 })
        for (const code of found.codes) ends.set(code, (ends.get(code) ?? 0) + 1)
      }),
      { numRuns: RUNS, seed: 8, endOnFailure: true },
    )
    expect(on.listener.heard()).toEqual({ connections: 0, bytes: 0 })
    // Most are refused, and some plans are good and sealed: neither is a run that stopped at a mistake of its own.
    expect(ends.get(3)).toBeGreaterThan((RUNS * LOOKS.length) / 2)
    expect(ends.get(0)).toBeGreaterThan(2)
  }, 120_000)

  test('is why: the same lines with the guard waived do write, and are seen to', async () => {
    const line = `apply --trust main --yes ${WAIVED}`
    const uniform = (limit: string) => {
      const every = { ...FIRST, limit }
      return { entries: { a: every, b: every, c: every, d: every, e: every, f: every }, config: 'elsewhere' } as const
    }
    for (const limit of ['1', '25']) {
      propose(on, uniform(limit))
      expect(await wrote(on, [{ line, acts: true }, { line: 'plan --trust main' }])).toMatchObject({
        wrong: [],
        acted: 1,
      })
      // Were it one that only looks, it would be told.
      propose(on, uniform('3'))
      expect((await wrote(on, [{ line }])).wrong).toHaveLength(1)
    }
  }, 60_000)
})
