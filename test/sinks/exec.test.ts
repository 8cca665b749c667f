import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { kill } from 'node:process'
import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ConfigOf } from '../../src/core/places.ts'
import { Secret } from '../../src/core/secret.ts'
import type { SecretSink } from '../../src/ports/secret-sink.ts'
import { fingerprint } from '../../src/sinks/bytes.ts'
import { openSink, type SinkContext } from '../../src/sinks/registry.ts'
import { contextOf, folder, placeOf } from '../fakes/sinks.ts'

const secret = Secret.of('sk-or-v1-abc')
let root: string
beforeEach(() => {
  root = folder()
})
afterEach(() => rmSync(root, { recursive: true }))

/** A sink over a shell script in the folder of the config. */
function script(body: string): ConfigOf<'exec'> {
  writeFileSync(join(root, 'store'), `#!/bin/sh\n${body}\n`)
  chmodSync(join(root, 'store'), 0o755)
  return { kind: 'exec', command: ['./store', 'one two', '$HOME'] }
}

const place = (config: ConfigOf<'exec'>) => placeOf('here:ci/x#key', config)
const open = (config: ConfigOf<'exec'>, more: Partial<SinkContext> = {}): Promise<SecretSink> =>
  openSink(config, contextOf(root, more))

async function writeWith(config: ConfigOf<'exec'>, env: Record<string, string> = {}): Promise<{ version: string }> {
  return (await open(config, { env })).write(place(config), secret, '7')
}

const stored = (name: string): string => readFileSync(join(root, name), 'utf8')

describe('a command', () => {
  it('is never opened unless commands are allowed, and the error says how', async () => {
    const config = script('touch ran')
    await expect(open(config, { allowExec: false })).rejects.toMatchObject({
      code: 'SINK_DENIED',
      hint: 'export KEYWRIGHT_ALLOW_EXEC=1',
    })
  })

  it('gets its arguments without a shell, the secret on standard input only, and the folder of the config', async () => {
    const config = script(
      'printf "%s\\n" "$@" > args; /bin/cat > in; /bin/pwd > cwd; echo \'{"ok":true,"version":"8"}\'',
    )
    expect(await writeWith(config)).toEqual({ version: '8' })
    expect(stored('args')).toBe('one two\n$HOME\n')
    expect(stored('cwd')).toBe(`${root}\n`)
    expect(JSON.parse(stored('in'))).toEqual({
      version: 1,
      op: 'write',
      place: { path: 'ci/x', field: 'key' },
      secret: 'sk-or-v1-abc',
      fingerprint: fingerprint(secret),
    })
  })

  it('that is conditional is told the version that must still hold', async () => {
    const config = { ...script('/bin/cat > in; echo \'{"ok":true}\''), conditional: true }
    await writeWith(config)
    expect(JSON.parse(stored('in')).ifVersion).toBe('7')
  })

  it('gets no variable but those it is configured with', async () => {
    const config = { ...script('/usr/bin/env > env; echo \'{"ok":true}\''), env: ['TOKEN', 'ABSENT'] }
    await writeWith(config, { TOKEN: 't', OPENROUTER_MANAGEMENT_KEY: 'm', PATH: '/bin' })
    const lines = stored('env')
      .split('\n')
      .filter((line) => !/^(PWD|SHLVL|_|OLDPWD)=|^$/.test(line))
    expect(lines).toEqual(['TOKEN=t'])
  })

  it('is found through the PATH of the caller, or is an error', async () => {
    const config = script('echo \'{"ok":true}\'')
    const named = { ...config, command: ['store'] }
    expect(await (await open(named, { env: { PATH: `.:/nowhere:${root}` } })).preflight(place(named))).toEqual({
      version: null,
    })
    await expect(open(named, { env: { PATH: '.:' } })).rejects.toMatchObject({ code: 'SINK_DENIED' })
    await expect(open({ ...config, command: ['./missing'] })).rejects.toMatchObject({ code: 'SINK_DENIED' })
  })

  it.each([
    ['conflict', 'PLACE_CONFLICT', false],
    ['denied', 'SINK_DENIED', false],
    ['unreachable', 'SINK_UNREACHABLE', true],
    ['sk-or-v1-abc', 'SINK_EXEC_FAILED', true],
  ])('that answers %s fails with %s', async (word, code, retryable) => {
    const error: Error = await writeWith(script(`echo '{"ok":false,"error":"${word}"}'; exit 3`)).then(
      String,
      (thrown) => thrown,
    )
    expect(error).toMatchObject({ code, retryable })
    expect(error.message).not.toContain('sk-or')
  })

  it.each([
    ['prints the secret instead of an answer', '/bin/cat'],
    ['prints the secret as an error and fails', '/bin/cat >&2; exit 1'],
    ['says ok and fails', 'echo \'{"ok":true}\'; exit 1'],
    ['prints nothing', ':'],
    ['answers in the wrong types', 'echo \'{"ok":true,"version":7}\''],
    ['answers with no object', 'echo null'],
    ['never reads and dies', 'kill -9 $$'],
  ])('that %s fails without showing anything of it', async (_, body) => {
    const error: Error = await writeWith(script(body)).then(String, (thrown) => thrown)
    expect(error).toMatchObject({ code: 'SINK_EXEC_FAILED', hint: expect.stringMatching(/explain/) })
    expect(`${error.message}${error.stack}${error.cause}`).not.toContain('sk-or')
  })

  it('that is too slow is killed with everything it started', async () => {
    const config = { ...script('/bin/sleep 60 & echo $! > pid; wait'), timeout: '0.3s' }
    await expect(writeWith(config)).rejects.toMatchObject({
      code: 'SINK_EXEC_FAILED',
      message: expect.stringMatching(/300 ms/),
    })
    const pid = Number(stored('pid'))
    await expect.poll(() => running(pid), { timeout: 2000, interval: 5 }).toBe(false)
  })

  it('that prints without end is killed', async () => {
    await expect(
      writeWith(script('while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done')),
    ).rejects.toMatchObject({ message: expect.stringMatching(/1 MiB/) })
  })

  it('that cannot read is not asked to', async () => {
    const config = script('touch ran; echo \'{"ok":true}\'')
    const sink = await open(config)
    expect(sink.capabilities).toEqual({ readable: false, conditional: false })
    expect(await sink.read(place(config))).toBe('unreadable')
    await setTimeout(20)
    expect(existsSync(join(root, 'ran'))).toBe(false)
  })

  it('that knows no removal leaves the place as it is', async () => {
    const config = script('echo \'{"ok":false,"error":"unsupported"}\'')
    expect(await (await open(config)).remove(place(config), fingerprint(secret))).toBe(false)
  })

  it('is not asked about the places of another command', async () => {
    const config = script('touch ran')
    const sink = await open({ ...config, command: ['./store'] })
    await expect(sink.remove(place(config), 'sha256:0')).rejects.toMatchObject({ code: 'SINK_DENIED' })
  })
})

/** A killed process may stay as a zombie until somebody reaps it. */
function running(pid: number): boolean {
  try {
    kill(pid, 0)
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}
