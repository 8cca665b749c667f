/** The code cache of the provider: it makes a start faster, and never another one. */
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Loaded, loadScript } from '../../src/terraform/plugin/script.ts'

const TEXT = '(function (exports, require, module) { exports.answer = function () { return require("answer") + 1 } })'
const CACHE = 'provider-0123-v20-x64.cache'

let home = ''
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'kw-script-'))
})
afterEach(() => rm(home, { recursive: true, force: true }))

const folder = (): string => join(home, '.cache', 'keywright')

function load(env: Record<string, string> = { HOME: home }): Loaded {
  const filename = join(home, 'body.cjs')
  const facts = { uid: process.getuid?.(), pid: process.pid }
  return loadScript({ text: TEXT, filename, cache: CACHE, env, ...facts }, () => 41)
}

function answerOf({ exports }: Loaded): unknown {
  return (exports as { answer: () => unknown }).answer()
}

test('the first process to end writes it for its owner alone, and later ones leave it as it is', async () => {
  const first = load()
  expect(answerOf(first)).toBe(42)
  first.keep()
  expect(await readdir(folder())).toEqual([CACHE])
  expect((await stat(folder())).mode & 0o777).toBe(0o700)
  expect((await stat(join(folder(), CACHE))).mode & 0o777).toBe(0o600)
  const { mtimeMs, ino } = await stat(join(folder(), CACHE))
  const second = load()
  expect(answerOf(second)).toBe(42)
  second.keep()
  expect(await stat(join(folder(), CACHE))).toMatchObject({ mtimeMs, ino })
})

test('one that V8 refuses is replaced, and the script runs all the same', async () => {
  await mkdir(folder(), { recursive: true, mode: 0o700 })
  await writeFile(join(folder(), CACHE), 'no code at all', { mode: 0o600 })
  const loaded = load()
  expect(answerOf(loaded)).toBe(42)
  loaded.keep()
  expect((await readFile(join(folder(), CACHE))).length).toBeGreaterThan(100)
})

test('a file that others could have written is replaced', async () => {
  load().keep()
  await chmod(join(folder(), CACHE), 0o666)
  load().keep()
  expect((await stat(join(folder(), CACHE))).mode & 0o777).toBe(0o600)
})

test('a folder that others can write, or a link to one, is neither read nor written', async () => {
  load().keep()
  await chmod(folder(), 0o777)
  const { ino, mtimeMs } = await stat(join(folder(), CACHE))
  load().keep()
  expect(await stat(join(folder(), CACHE))).toMatchObject({ ino, mtimeMs })
  await rm(folder(), { recursive: true })
  await mkdir(join(home, 'elsewhere'))
  await symlink(join(home, 'elsewhere'), folder())
  load().keep()
  expect(await readdir(join(home, 'elsewhere'))).toEqual([])
})

test('nothing is kept where there is no home, or none that can be written', async () => {
  load({}).keep()
  load({ HOME: 'relative' }).keep()
  await writeFile(join(home, '.cache'), 'a file')
  const loaded = load()
  loaded.keep()
  expect(answerOf(loaded)).toBe(42)
  expect((await readdir(home)).sort()).toEqual(['.cache'])
})
