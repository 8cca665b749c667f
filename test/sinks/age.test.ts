import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateIdentity, identityToRecipient } from 'age-encryption'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SinkConfig } from '../../src/core/places.ts'
import { Secret } from '../../src/core/secret.ts'
import type { SecretSink } from '../../src/ports/secret-sink.ts'
import { fingerprint } from '../../src/sinks/bytes.ts'
import { openSink } from '../../src/sinks/registry.ts'
import { contextOf, folder, placeOf } from '../fakes/sinks.ts'

const secret = Secret.of('sk-or-v1-abc\n')
const other = Secret.of('sk-or-v1-other')
const base: SinkConfig = { kind: 'age', recipients: ['age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg'] }
const place = placeOf('here:a.age', base)

function hasAge(): boolean {
  try {
    execFileSync('age', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

let root: string
let identity: string
let recipient: string
beforeEach(async () => {
  root = folder()
  identity = await generateIdentity()
  recipient = await identityToRecipient(identity)
})
afterEach(() => rmSync(root, { recursive: true }))

const open = (more: object = {}, env: Record<string, string> = {}): Promise<SecretSink> =>
  openSink({ kind: 'age', recipients: [recipient], ...more }, contextOf(root, { env }))

describe('an age file', () => {
  it.skipIf(!hasAge() && process.env.CI === undefined)(
    'is opened by the age program, for every recipient',
    async () => {
      const second = await generateIdentity()
      await (await open({ recipients: [recipient, await identityToRecipient(second)] })).write(place, secret, null)
      for (const each of [identity, second]) {
        writeFileSync(join(root, 'id'), `# a comment\n${each}\n`)
        expect(execFileSync('age', ['-d', '-i', 'id', 'a.age'], { cwd: root, encoding: 'utf8' })).toBe(secret.expose())
      }
    },
  )

  it('is armored and shows nothing of the secret', async () => {
    await (await open()).write(place, secret, null)
    const text = readFileSync(join(root, 'a.age'), 'latin1')
    expect(text).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----\n/)
    expect(text + Buffer.from(text, 'base64').toString('latin1')).not.toContain('sk-or')
  })

  it('cannot be read without an identity, but is still written only over what was seen', async () => {
    const sink = await open()
    expect(sink.capabilities).toEqual({ readable: false, conditional: true })
    const { version } = await sink.write(place, secret, null)
    expect(await sink.read(place)).toBe('unreadable')
    expect(await (await open()).preflight(place)).toEqual({ version })
    await expect((await open()).write(place, other, null)).rejects.toMatchObject({ code: 'PLACE_CONFLICT' })
    await (await open()).write(place, other, version)
  })

  it('without an identity is removed only by the handle that wrote it', async () => {
    const sink = await open()
    await sink.write(place, secret, null)
    expect(await (await open()).remove(place, fingerprint(secret))).toBe(false)
    expect(await sink.remove(place, fingerprint(secret))).toBe(true)
  })

  it.each([
    ['a variable', { env: 'ID' }],
    ['a file with comments', { file: 'id' }],
  ])('is read with an identity from %s', async (_, source) => {
    writeFileSync(join(root, 'id'), `# created: today\n# public key: ${recipient}\n${identity}\n`)
    const sink = await open({ identity: source }, { ID: identity })
    const { version } = await sink.write(place, secret, null)
    expect(await sink.read(place)).toMatchObject({ fingerprint: fingerprint(secret), version })
  })

  it('for somebody else is an error that shows neither identity nor content, and is never overwritten unseen', async () => {
    await (await openSink(base, contextOf(root))).write(place, secret, null)
    const sink = await open({ identity: { env: 'ID' } }, { ID: identity })
    const error: Error = await sink.read(place).then(String, (thrown) => thrown)
    expect(error).toMatchObject({ code: 'SINK_FILE_UNREADABLE' })
    expect(error.cause).toBeUndefined()
    expect(error.message).not.toMatch(/AGE-SECRET|sk-or/)
    await expect(sink.write(place, secret, null)).rejects.toMatchObject({ code: 'PLACE_CONFLICT' })
  })

  it.each([
    ['a recipient that is none', { recipients: ['age1nothing'] }, /age1nothing/],
    ['an identity that is none', { identity: { env: 'ID' } }, /identity of the sink here/],
    ['an identity that is not there', { identity: { env: 'NO' } }, /NO/],
    ['an identity file that is not there', { identity: { file: 'no' } }, /in no/],
  ])('is never made with %s', async (_, config, message) => {
    await expect(open(config, { ID: 'AGE-SECRET-KEY-1XYZ' })).rejects.toMatchObject({
      code: 'SINK_DENIED',
      message: expect.stringMatching(message),
    })
  })
})
