/** The README is true: its tables are fresh, its examples load, and whatever it tells the reader to type exists. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { withFreshParts } from '../../src/build/generate/readme.ts'
import { COMMANDS } from '../../src/cli/commands/index.ts'
import { GLOBAL_FLAGS } from '../../src/cli/options.ts'
import type { Command, Flag, Group } from '../../src/cli/shell/command.ts'
import { CODES } from '../../src/core/codes/index.ts'
import { loadProject } from '../../src/io/project.ts'

const README = await readFile('README.md', 'utf8')
/** Written by hand: what stands outside the generated parts. */
const BY_HAND = README.replace(/<!-- generated: [\s\S]*?<!-- end: .*? -->/g, '')

test('the generated parts are fresh', () => {
  expect(README).toBe(withFreshParts(README))
})

test('a part that is not marked exactly once is an error', () => {
  expect(() => withFreshParts(README.replace('<!-- generated: codes -->', ''))).toThrow('generated: codes')
  expect(() => withFreshParts(`${README}${README}`)).toThrow('exactly once')
})

test('the table of commands lists every command and no other', () => {
  const section = BY_HAND.slice(BY_HAND.indexOf('\n## Commands'), BY_HAND.indexOf('\n| flag |'))
  const listed = [...section.matchAll(/^\| `([a-z]+)` \|/gm)].map((row) => row[1])
  expect(listed.sort()).toEqual(Object.keys(COMMANDS).sort())
})

test('the table of flags lists every flag of all commands with its variable', () => {
  for (const { flag, variable } of GLOBAL_FLAGS) {
    const long = /--[a-z-]+/.exec(flag)?.[0]
    const row = BY_HAND.split('\n').find((line) => line.startsWith('| `') && line.includes(`\`${long}`))
    expect(row, long).toContain(variable)
  }
})

test('every command line exists, with its flags', async () => {
  const lines = commandLines(README)
  expect(lines.length).toBeGreaterThan(20)
  for (const line of lines) expect(await wrongWith(line), line).toBeNull()
})

test('every command line in an error code or a hint exists, with its flags', async () => {
  for (const line of commandLines(Object.values(CODES).join('\n'))) expect(await wrongWith(line), line).toBeNull()
})

test('every npm script exists', async () => {
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8'))
  const named = [...README.matchAll(/npm (?:run (?:-s )?)?(\w+)/g)].map((match) => match[1] ?? '')
  for (const name of named.filter((one) => !['ci', 'install'].includes(one)))
    expect(Object.keys(scripts)).toContain(name)
})

test('every code it names exists, and it has a paragraph for every code', () => {
  const named = [...README.matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g)].map((match) => match[1] ?? '')
  const codes = named.filter((name) => !/^(?:KEYWRIGHT|OPENROUTER|NO_COLOR|HTTPS)/.test(name))
  expect([...new Set(codes)].sort()).toEqual(Object.keys(CODES).sort())
})

test('its example project has no problem, and its keys are what it says', async () => {
  const root = await mkdtemp(join(tmpdir(), 'keywright-readme-'))
  try {
    for (const [path, text] of examples()) {
      await mkdir(dirname(join(root, path)), { recursive: true })
      await writeFile(join(root, path), text)
    }
    const { diagnostics, keys, files } = await loadProject({ at: { root }, now: Date.UTC(2027, 0, 1) })
    expect(diagnostics).toEqual([])
    expect(files).toHaveLength(1)
    expect(keys.map(({ id }) => id).sort()).toEqual(['dev/alice', 'dev/bob', 'platform/ci-bot'])
  } finally {
    await rm(root, { recursive: true, force: true })
  }
})

/** YAML blocks that begin with a comment that is a path. */
function examples(): readonly (readonly [path: string, text: string])[] {
  return [...README.matchAll(/```yaml\n# (\S+\.yaml)\n([\s\S]*?)```/g)].map(([, path = '', text = '']) => [path, text])
}

/** What follows `keywright`, up to a comment, the end of the code span, or the punctuation of the sentence around it. */
function commandLines(text: string): readonly string[] {
  const typed = /\bkeywright ([a-z](?:[^`\n#;|),.:]|[.,:](?! |$))*)/gm
  const lines = [...text.matchAll(typed)].map((match) => match[1]?.trim() ?? '')
  return lines.filter((line) => isTyped(line.split(' ')[0] ?? ''))
}

/** Prose says "keywright does ..."; a command line begins with a name of ours, or with one that was planned and is not there. */
function isTyped(word: string): boolean {
  return Object.hasOwn(COMMANDS, word) || PLANNED.has(word)
}

const PLANNED: ReadonlySet<string> = new Set('reconcile usage doctor adopt import codeowners'.split(' '))

async function wrongWith(line: string): Promise<string | null> {
  const [name = '', second = ''] = line.split(' ')
  const entry = COMMANDS[name]
  if (entry === undefined) return `there is no command ${name}`
  const loaded = await entry.load()
  const command = isGroup(loaded) ? loaded.commands.find((one) => one.name === second) : loaded
  if (command === undefined) return `there is no command ${name} ${second}`
  const known = [...GLOBAL_FLAGS, ...(command.flags ?? [])].flatMap(namesOf)
  const unknown = (line.match(/(?<=\s)--?[a-z][a-z-]*/g) ?? []).filter((flag) => !known.includes(flag))
  return unknown.length === 0 ? null : `${name} has no ${unknown.join(', ')}`
}

function isGroup(one: Command | Group): one is Group {
  return 'commands' in one
}

function namesOf({ flag }: Pick<Flag, 'flag'>): readonly string[] {
  return ['--help', ...(flag.match(/--?[a-zA-Z][a-z-]*/g) ?? [])]
}
