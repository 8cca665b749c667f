/**
 * One fixture per kind of sink, for the conformance suite: how to open a handle on the same place storage, and how to play the
 * outsider who looks at or changes what is there without keywright.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateIdentity, identityToRecipient } from 'age-encryption'
import type { Place } from '../../src/core/key.ts'
import { type PlaceEntry, resolvePlace, type SinkConfig, type SinkKind } from '../../src/core/places.ts'
import { Secret } from '../../src/core/secret.ts'
import type { SecretSink } from '../../src/ports/secret-sink.ts'
import { fingerprint } from '../../src/sinks/bytes.ts'
import { type MemoryWorld, memoryWorld } from '../../src/sinks/memory.ts'
import { openSink, type SinkContext } from '../../src/sinks/registry.ts'
import { awsSecretsFixture, ssmFixture } from './aws/fixture.ts'
import { azureFixture } from './azure-key-vault/fixture.ts'
import { gcpFixture } from './gcp-secret-manager/fixture.ts'
import { githubFixture } from './github/fixture.ts'
import { gitlabFixture } from './gitlab/fixture.ts'
import { kubernetesFixture } from './kubernetes/fixture.ts'
import { httpFixture } from './receiver/fixture.ts'
import { sopsFixture } from './sops/fixture.ts'
import { vaultFixture } from './vault/fixture.ts'

export interface SinkFixture {
  readonly config: SinkConfig
  /** Another handle, as another process would have it. */
  open(): Promise<SecretSink>
  /** The n-th place; all of them are neighbours in one container, where the kind has containers. */
  place(n: number): Place
  /** Everything stored, as names and bytes, to see what changed. */
  dump(): string
  /** What an outsider finds in a place, `null` when empty. */
  peek(n: number): Promise<string | null>
  /** Puts something of an outsider's into a place. */
  poke(n: number, text: string): Promise<void>
  close(): void
}

export function folder(): string {
  return mkdtempSync(join(tmpdir(), 'kw-sinks-'))
}

export function contextOf(root: string, more: Partial<SinkContext> = {}): SinkContext {
  return { name: 'here', root, allowExec: true, env: { PATH: '/usr/bin:/bin' }, ...more }
}

export function placeOf(entry: PlaceEntry, config: SinkConfig): Place {
  const resolved = resolvePlace(entry, 'here', config)
  if ('problems' in resolved) throw new Error(JSON.stringify(resolved.problems))
  return resolved.place
}

/** Names, modes and bytes of everything below a folder. */
export function dumpFolder(root: string, below = ''): string {
  const lines = readdirSync(join(root, below))
    .sort()
    .map((name) => {
      const path = join(below, name)
      const stats = statSync(join(root, path))
      return stats.isDirectory() ? dumpFolder(root, path) : `${path}: ${readFileSync(join(root, path), 'latin1')}`
    })
  return [`${below}/`, ...lines].join('\n')
}

type Peek = (text: string) => string | null

/** A sink over files: `file` is where the n-th place is, `of` reads it out of the text with other means than the sink's. */
function fileFixture(
  config: SinkConfig,
  entry: (n: number) => PlaceEntry,
  file: (n: number) => string,
  of: (n: number) => Peek,
) {
  const root = folder()
  mkdirSync(join(root, 'd'))
  return {
    root,
    config,
    open: () => openSink(config, contextOf(root)),
    place: (n: number) => placeOf(entry(n), config),
    dump: () => dumpFolder(root),
    peek: async (n: number) => {
      try {
        return of(n)(readFileSync(join(root, file(n)), 'utf8'))
      } catch {
        return null
      }
    },
    close: () => rmSync(root, { recursive: true }),
  }
}

/** Writes by a handle of its own: good enough as an outsider where the bytes are made by someone else's format. */
async function pokeBy(open: () => Promise<SecretSink>, place: Place, text: string): Promise<void> {
  const sink = await open()
  const { version } = await sink.preflight(place)
  await sink.write(place, Secret.of(text), version)
}

async function dotenv(): Promise<SinkFixture> {
  const value = (n: number) => (text: string) => text.match(new RegExp(`^K${n}=(.*)$`, 'm'))?.[1] ?? null
  const fixture = fileFixture(
    { kind: 'dotenv' },
    (n) => `here:K${n}`,
    () => '.env.keys',
    value,
  )
  writeFileSync(join(fixture.root, '.env.keys'), '# top\nA=1\n\nexport B="two"\n')
  const poke = async (n: number, text: string): Promise<void> => {
    const file = join(fixture.root, '.env.keys')
    const rest = readFileSync(file, 'utf8').replace(new RegExp(`^K${n}=.*\n`, 'm'), '')
    writeFileSync(file, `${rest}K${n}=${text}\n`)
  }
  return { ...fixture, poke }
}

async function file(): Promise<SinkFixture> {
  const value = (n: number) => (text: string) => JSON.parse(text).keys?.[`k${n}`] ?? null
  const fixture = fileFixture(
    { kind: 'file' },
    (n) => `here:d/a.json#keys.k${n}`,
    () => 'd/a.json',
    value,
  )
  const path = join(fixture.root, 'd/a.json')
  writeFileSync(path, '{\n    "a": [1, 2],\n    "keys": { "z": 1.0 }\n}\n')
  const poke = async (n: number, text: string): Promise<void> => {
    const document = JSON.parse(readFileSync(path, 'utf8'))
    writeFileSync(path, JSON.stringify({ ...document, keys: { ...document.keys, [`k${n}`]: text } }))
  }
  return { ...fixture, poke }
}

async function age(): Promise<SinkFixture> {
  const identity = await generateIdentity()
  const config: SinkConfig = {
    kind: 'age',
    recipients: [await identityToRecipient(identity)],
    identity: { env: 'AGE' },
  }
  const fixture = fileFixture(
    config,
    (n) => `here:d/k${n}.age`,
    (n) => `d/k${n}.age`,
    () => (text) => text,
  )
  const open = (): Promise<SecretSink> => openSink(config, contextOf(fixture.root, { env: { AGE: identity } }))
  const poke = (n: number, text: string): Promise<void> => pokeBy(open, fixture.place(n), text)
  const peek = async (n: number): Promise<string | null> => {
    const reading = await (await open()).read(fixture.place(n))
    return reading === null || reading === 'unreadable' ? null : (reading.bytes?.expose() ?? null)
  }
  return { ...fixture, open, poke, peek }
}

/** A password store in a shell-less script: one file per place, a version that counts. */
const STORE = `
const fs = require('node:fs'), crypto = require('node:crypto')
const { op, place, secret, ifVersion, ifFingerprint } = JSON.parse(fs.readFileSync(0, 'utf8'))
const file = 'd/' + place.path.replaceAll('/', '_') + '.json'
while (op !== 'read') { try { fs.mkdirSync('lock'); break } catch {} }
let held = null
try { held = JSON.parse(fs.readFileSync(file, 'utf8')) } catch {}
let answer = { ok: true, version: held?.version }
if (op === 'read') answer.secret = held ? held.secret : null
if (op === 'write' && held?.secret !== secret) {
  if ((held?.version ?? null) !== ifVersion) answer = { ok: false, error: 'conflict' }
  else {
    answer.version = crypto.randomUUID()
    fs.writeFileSync(file, JSON.stringify({ secret, version: answer.version }))
  }
}
if (op === 'remove') {
  const ours = held && 'sha256:' + crypto.createHash('sha256').update(held.secret).digest('hex') === ifFingerprint
  if (ours) fs.unlinkSync(file)
  answer = { ok: true, empty: !held || ours }
}
if (op !== 'read') fs.rmdirSync('lock')
process.stdout.write(JSON.stringify(answer))
`

async function exec(): Promise<SinkFixture> {
  const config: SinkConfig = {
    kind: 'exec',
    command: [process.execPath, 'store.cjs'],
    readable: true,
    conditional: true,
  }
  const fixture = fileFixture(
    config,
    (n) => `here:k${n}`,
    (n) => `d/k${n}.json`,
    () => (text) => JSON.parse(text).secret,
  )
  writeFileSync(join(fixture.root, 'store.cjs'), STORE)
  const poke = async (n: number, text: string): Promise<void> =>
    writeFileSync(join(fixture.root, `d/k${n}.json`), JSON.stringify({ secret: text, version: `outside ${text}` }))
  return { ...fixture, poke }
}

async function memory(): Promise<SinkFixture> {
  const config: SinkConfig = { kind: 'memory' }
  const world: MemoryWorld = memoryWorld()
  const place = (n: number): Place => placeOf(`here:k${n}`, config)
  const put = (n: number, bytes: Secret): void => {
    world.changes += 1
    world.cells.set(place(n).identity, { bytes, fingerprint: fingerprint(bytes), version: `outside ${world.changes}` })
  }
  put(99, Secret.of('neighbour'))
  return {
    config,
    place,
    open: () => openSink(config, contextOf('/nowhere', { world })),
    dump: () =>
      [...world.cells].map(([identity, held]) => `${identity} ${held.version} ${held.bytes.expose()}`).join('\n'),
    peek: async (n) => world.cells.get(place(n).identity)?.bytes.expose() ?? null,
    poke: async (n, text) => put(n, Secret.of(text)),
    close: () => undefined,
  }
}

/** Every kind in the registry has its line here; the suite fails for one that has not. */
export const SINK_FIXTURES: Readonly<Record<SinkKind, () => Promise<SinkFixture>>> = {
  dotenv,
  file,
  age,
  exec,
  sops: sopsFixture,
  vault: vaultFixture,
  'aws-secrets-manager': awsSecretsFixture,
  'aws-ssm': ssmFixture,
  kubernetes: kubernetesFixture,
  'github-actions': githubFixture,
  'gitlab-variables': gitlabFixture,
  http: httpFixture,
  'gcp-secret-manager': gcpFixture,
  'azure-key-vault': azureFixture,
  memory,
}
