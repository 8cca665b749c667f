import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SinkConfig } from '../../src/core/places.ts'
import { Secret } from '../../src/core/secret.ts'
import { wouldTrack } from '../../src/io/git.ts'
import type { SecretSink } from '../../src/ports/secret-sink.ts'
import { fingerprint } from '../../src/sinks/bytes.ts'
import { openDotenv } from '../../src/sinks/dotenv.ts'
import { openSink } from '../../src/sinks/registry.ts'
import { contextOf, folder, placeOf } from '../fakes/sinks.ts'

const dotenv: SinkConfig = { kind: 'dotenv' }
const file: SinkConfig = { kind: 'file' }
const secret = Secret.of('sk-or-v1-abc')
let top: string
let root: string

beforeEach(() => {
  top = folder()
  root = join(top, 'project')
  mkdirSync(root)
})
afterEach(() => rmSync(top, { recursive: true }))

const at = (path: string): string => join(root, path)
const open = (config: SinkConfig): Promise<SecretSink> => openSink(config, contextOf(root))
const git = (...args: string[]): string =>
  execFileSync('git', ['-C', root, ...args], { encoding: 'utf8', stdio: 'pipe' })

/** Preflight and write each must say the same. */
async function codes(config: SinkConfig, text: string): Promise<string[]> {
  const sink = await open(config)
  const place = placeOf(text, config)
  const code = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'done',
      (error) => error.code,
    )
  return [await code(sink.preflight(place)), await code(sink.write(place, secret, null))]
}

const twice = (code: string): string[] => [code, code]

describe('a file that holds secrets', () => {
  it('is for its owner only, and so are the folders made for it', async () => {
    expect(await codes(file, 'here:a/b/c')).toEqual(twice('done'))
    expect(['a', 'a/b', 'a/b/c'].map((path) => statSync(at(path)).mode & 0o777)).toEqual([0o700, 0o700, 0o600])
    expect(readFileSync(at('a/b/c'), 'utf8')).toBe('sk-or-v1-abc')
  })

  it('is tightened when it was open to others, also when nothing is to be written', async () => {
    for (const text of ['K=old\n', 'K=sk-or-v1-abc\n']) {
      writeFileSync(at('.env.keys'), text)
      chmodSync(at('.env.keys'), 0o644)
      const sink = await open(dotenv)
      const { version } = await sink.preflight(placeOf('here:K', dotenv))
      await sink.write(placeOf('here:K', dotenv), secret, version)
      expect(statSync(at('.env.keys')).mode & 0o777).toBe(0o600)
    }
  })

  it('is not replaced when it holds the secret already', async () => {
    await codes(dotenv, 'here:K')
    const { ino, mtimeMs } = statSync(at('.env.keys'))
    await codes(dotenv, 'here:K')
    expect(statSync(at('.env.keys'))).toMatchObject({ ino, mtimeMs })
  })

  it('goes when its one secret is removed', async () => {
    await codes(file, 'here:a')
    expect(await (await open(file)).remove(placeOf('here:a', file), fingerprint(secret))).toBe(true)
    expect(existsSync(at('a'))).toBe(false)
  })

  it('is left untouched when it cannot be edited safely', async () => {
    for (const [text, bytes] of [
      ['here:a#k', Buffer.from('[]')],
      ['here:a', Buffer.from([0xff])],
      ['here:a#k', Buffer.from('{')],
    ] as const) {
      writeFileSync(at('a'), bytes)
      expect(await codes(file, text)).toEqual(twice('SINK_FILE_UNREADABLE'))
      expect(readFileSync(at('a'))).toEqual(bytes)
    }
  })

  it('receives a thousand keys, eighty at a time, in far fewer than a hundred replacements', async () => {
    const sink = await openDotenv({ kind: 'dotenv' }, contextOf(root))
    const numbers = Array.from({ length: 1000 }, (_, n) => n)
    const waiting = numbers.values()
    const lane = async (): Promise<void> => {
      for (const n of waiting) {
        const place = placeOf(`here:K${n}`, dotenv)
        const { version } = await sink.preflight(place)
        await sink.write(place, Secret.of(`v${n}`), version)
        expect(await sink.read(place)).toMatchObject({ fingerprint: fingerprint(Secret.of(`v${n}`)) })
      }
    }
    await Promise.all(Array.from({ length: 80 }, lane))
    const lines = readFileSync(at('.env.keys'), 'utf8').split('\n')
    expect(lines.toSorted()).toEqual(['', ...numbers.map((n) => `K${n}=v${n}`)].toSorted())
    expect(sink.rewrites()).toBeLessThan(50)
  })

  it('keeps the error of one write to that write', async () => {
    const sink = await open(dotenv)
    const [bad, good] = await Promise.allSettled([
      sink.write(placeOf('here:A', dotenv), Secret.of('a\nb'), null),
      sink.write(placeOf('here:B', dotenv), secret, null),
    ])
    expect([bad?.status, good?.status]).toEqual(['rejected', 'fulfilled'])
    expect(readFileSync(at('.env.keys'), 'utf8')).toBe('B=sk-or-v1-abc\n')
  })
})

describe('a path below the folder of keywright.yaml', () => {
  it('may lead through links that stay inside, and the link stays', async () => {
    mkdirSync(at('real'))
    symlinkSync('real', at('link'))
    symlinkSync('real/x', at('y'))
    writeFileSync(at('real/x'), '')
    expect(await codes(file, 'here:link/a')).toEqual(twice('done'))
    expect(existsSync(at('real/a'))).toBe(true)
    await (await open(file)).write(placeOf('here:y', file), secret, fingerprint(Secret.of('')))
    expect(readFileSync(at('real/x'), 'utf8')).toBe('sk-or-v1-abc')
  })

  it.each([
    ['a folder that is a link out', 'out/a', () => symlinkSync('..', at('out'))],
    ['a file that is a link out', 'a', () => symlinkSync('../a', at('a'))],
    ['a link to nowhere', 'a', () => symlinkSync('missing', at('a'))],
    [
      'a link to a neighbour with a longer name',
      'a/b',
      () => {
        mkdirSync(`${root}2`)
        symlinkSync('../project2', at('a'))
      },
    ],
    [
      'a link into .git',
      'a/hooks',
      () => {
        mkdirSync(at('.git'))
        symlinkSync('.git', at('a'))
      },
    ],
  ])('never leads out: %s', async (_, path, prepare) => {
    prepare()
    expect(await codes(file, `here:${path}`)).toEqual(twice('SINK_PATH_OUTSIDE'))
  })

  it.each([
    ['a folder', 'a', () => mkdirSync(at('a'))],
    ['a pipe', 'a', () => execFileSync('mkfifo', [at('a')])],
    ['below a file', 'a/b', () => writeFileSync(at('a'), '')],
  ])('is a file: not %s', async (_, path, prepare) => {
    prepare()
    expect(await codes(file, `here:${path}`)).toEqual(twice('SINK_DENIED'))
  })

  it('is looked at again at the write', async () => {
    const sink = await open(file)
    const place = placeOf('here:a/b', file)
    await sink.preflight(place)
    symlinkSync('..', at('a'))
    await expect(sink.write(place, secret, null)).rejects.toMatchObject({ code: 'SINK_PATH_OUTSIDE' })
  })

  it('is not believed when a record brings another one', async () => {
    const place = { identity: 'file:../a', at: { path: '../a' }, text: 'here:../a' }
    await expect((await open(file)).read(place)).rejects.toMatchObject({ code: 'SINK_PATH_OUTSIDE' })
  })

  it('is not taken for the same path of another kind of sink', async () => {
    const place = { ...placeOf('here:a', file), identity: 'vault:https://v:a' }
    await expect((await open(file)).remove(place, 'sha256:0')).rejects.toMatchObject({ code: 'SINK_DENIED' })
  })
})

describe('a file that git would track', () => {
  beforeEach(() => {
    git('init', '-q')
    writeFileSync(at('.gitignore'), '.env.keys\n/secrets/\n*.key\n!keep.key\n')
  })

  it('never receives a secret, in the open or by one more member', async () => {
    expect(await codes(file, 'here:a')).toEqual(twice('SINK_FILE_NOT_IGNORED'))
    expect(await codes(file, 'here:a.json#k')).toEqual(twice('SINK_FILE_NOT_IGNORED'))
    expect(await codes({ kind: 'dotenv', path: '.env' }, 'here:K')).toEqual(twice('SINK_FILE_NOT_IGNORED'))
    expect(readdirSync(root)).toEqual(['.git', '.gitignore'])
  })

  it('is accepted when it is ignored, and its drafts are ignored too', async () => {
    expect(await codes(dotenv, 'here:K')).toEqual(twice('done'))
    expect(await codes(file, 'here:secrets/a')).toEqual(twice('done'))
    expect(git('status', '--porcelain')).toBe('?? .gitignore\n')
  })

  it('may be an age file', async () => {
    const recipients = ['age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg']
    expect(await codes({ kind: 'age', recipients }, 'here:a.age')).toEqual(twice('done'))
  })

  it('is found in one question, whether it exists, is in the index, or lies in a repository inside', async () => {
    writeFileSync(at('old.key'), '')
    git('add', '-f', 'old.key')
    mkdirSync(at('secrets/inner'), { recursive: true })
    mkdirSync(at('nested'))
    execFileSync('git', ['init', '-q', at('nested')])
    symlinkSync('secrets', at('link'))
    const paths = [
      'a',
      'b.key',
      'keep.key',
      'old.key',
      'secrets/x',
      'secrets/inner/y',
      'nested/b.key',
      'link/z',
      'd/e/f.key',
      "q'\n.key",
    ]
    expect(await wouldTrack(root, paths)).toEqual(['a', 'keep.key', 'old.key', 'nested/b.key'])
  })

  it('does not depend on the environment of a git hook', async () => {
    process.env.GIT_DIR = '/nonexistent'
    try {
      expect(await wouldTrack(root, ['a', '.env.keys'])).toEqual(['a'])
    } finally {
      delete process.env.GIT_DIR
    }
  })

  it('does not exist outside of repositories, nor where git is missing', async () => {
    const path = process.env.PATH
    process.env.PATH = ''
    try {
      expect(await wouldTrack(root, ['a'])).toEqual([])
    } finally {
      process.env.PATH = path
    }
    rmSync(at('.git'), { recursive: true })
    expect(await wouldTrack(root, ['a'])).toEqual([])
  })

  it('stays unknown, and refused, when git fails', async () => {
    writeFileSync(at('.git/HEAD'), '')
    await expect(wouldTrack(root, ['a'])).rejects.toMatchObject({ code: 'SINK_UNREACHABLE', retryable: true })
  })
})
