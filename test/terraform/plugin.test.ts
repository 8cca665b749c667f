/** The process: how it starts, whom it talks to, and how it ends. */
import { spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decode } from '../../src/terraform/wire/codec.ts'
import { ask } from './grpc-peer.ts'
import { type BuiltPlugin, PRODUCT, pluginAround } from './plugin-build.ts'
import { COOKIE, clientOf, identity, socketOf, startPlugin } from './plugin-process.ts'
import { terraformFolder } from './terraform.ts'

const NOTHING = Buffer.alloc(0)
const SCHEMA = '/tfplugin6.Provider/GetProviderSchema'
const THING = 'resource "keywright_thing" "t" {\n  name = "t"\n}\n'

let plugin: BuiltPlugin
beforeAll(async () => {
  plugin = await pluginAround('test/terraform/thing-provider.ts')
})
afterAll(() => plugin.remove())

describe('the start', () => {
  test('tells a person who starts it by hand what it is', async () => {
    const { line, stderr, code } = await startPlugin(PRODUCT.folder)
    expect(await code).toBe(1)
    expect(line).toBe('')
    expect(stderr()).toMatch(/^This is keywright \d+\.\d+\.\d+ as a provider plugin\. Terraform starts it/)
  })

  test('says what is missing where there is no Node', async () => {
    const { stderr, code } = await startPlugin(PRODUCT.folder, { ...COOKIE, PATH: '/nowhere' })
    expect(await code).toBe(1)
    expect(stderr()).toContain('node >= 20.19 not found on PATH')
  })

  test('prints one line with a certificate for localhost, valid since an hour', async () => {
    const { line, child, code } = await startPlugin(PRODUCT.folder, { ...COOKIE, PLUGIN_CLIENT_CERT: identity().pem })
    const [core, protocol, network, socket = '', kind, certificate = ''] = line.split('|')
    expect([core, protocol, network, kind]).toEqual(['1', '6', 'unix', 'grpc'])
    expect(certificate).not.toContain('=')
    const seen = new X509Certificate(Buffer.from(certificate, 'base64'))
    expect(seen.checkHost('localhost')).toBe('localhost')
    expect(seen.verify(seen.publicKey)).toBe(true)
    expect(seen.ca).toBe(true)
    expect(Date.now() - Date.parse(seen.validFrom)).toBeGreaterThan(3_500_000)
    expect(existsSync(socket)).toBe(true)
    child.kill('SIGKILL')
    await code
  })

  test('puts the socket where it is told to, unless its path would be too long', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kw-s-'))
    const deep = join(folder, 'x'.repeat(80))
    await mkdir(deep)
    for (const [chosen, isTaken] of [
      [folder, true],
      [deep, false],
    ] as const) {
      const { line, child, code } = await startPlugin(PRODUCT.folder, { ...COOKIE, PLUGIN_UNIX_SOCKET_DIR: chosen })
      expect(socketOf(line).startsWith(`${chosen}/`)).toBe(isTaken)
      child.kill('SIGKILL')
      await code
    }
    await rm(folder, { recursive: true })
  })

  test('sweeps what killed processes left, and nothing of those that run', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kw-s-'))
    const first = await startPlugin(PRODUCT.folder, { ...COOKIE, PLUGIN_UNIX_SOCKET_DIR: folder })
    first.child.kill('SIGKILL')
    await first.code
    const second = await startPlugin(PRODUCT.folder, { ...COOKIE, PLUGIN_UNIX_SOCKET_DIR: folder })
    const third = await startPlugin(PRODUCT.folder, { ...COOKIE, PLUGIN_UNIX_SOCKET_DIR: folder })
    const there = () => [first, second, third].map(({ line }) => existsSync(dirname(socketOf(line))))
    await expect.poll(there).toEqual([false, true, true])
    for (const { child, code } of [second, third]) {
      child.kill('SIGKILL')
      await code
    }
    await rm(folder, { recursive: true })
  })
})

describe('the connection', () => {
  test('is for the terraform that started it alone', async () => {
    const terraform = identity()
    const { line, child, code } = await startPlugin(plugin.folder, { ...COOKIE, PLUGIN_CLIENT_CERT: terraform.pem })
    for (const [who, isServed] of [
      [terraform, true],
      [identity(), false],
      [null, false],
    ] as const) {
      const client = clientOf(line, who)
      const { status, body } = await ask(client, SCHEMA, NOTHING, 5000)
      expect(status === 0).toBe(isServed)
      if (body)
        expect(Object.keys(decode('GetProviderSchema.Response', body).resourceSchemas)).toEqual(['keywright_thing'])
      client.close()
    }
    child.kill('SIGKILL')
    await code
  })

  test('answers what newer terraforms ask with UNIMPLEMENTED, and a broken request with what is wrong', async () => {
    const who = identity()
    const { line, child, code } = await startPlugin(plugin.folder, { ...COOKIE, PLUGIN_CLIENT_CERT: who.pem })
    const client = clientOf(line, who)
    expect(await ask(client, '/tfplugin6.Provider/GetResourceIdentitySchemas', NOTHING)).toMatchObject({ status: 12 })
    expect(await ask(client, '/tfplugin6.Provider/MoveResourceState', NOTHING)).toMatchObject({ status: 12 })
    expect(await ask(client, '/tfplugin6.Provider/ReadResource', Buffer.from([0x0a, 0xff]))).toMatchObject({
      status: 3,
    })
    expect(await ask(client, '/tfplugin6.Provider/ReadResource', NOTHING)).toMatchObject({
      status: 3,
      message: 'the request of ReadResource cannot be read: there is no "" in the schema',
    })
    expect(await ask(client, '/grpc.health.v1.Health/Check', NOTHING)).toMatchObject({ status: 0 })
    client.close()
    child.kill('SIGKILL')
    await code
  })
})

describe('the end', () => {
  test('comes promptly after Shutdown, and leaves nothing behind', async () => {
    const who = identity()
    const { line, code } = await startPlugin(plugin.folder, { ...COOKIE, PLUGIN_CLIENT_CERT: who.pem })
    const client = clientOf(line, who)
    const held = client.makeServerStreamRequest(
      '/plugin.GRPCStdio/StreamStdio',
      (b: Buffer) => b,
      (b: Buffer) => b,
      NOTHING,
    )
    held.on('error', () => {})
    await once(held, 'metadata')
    expect(await ask(client, '/plugin.GRPCController/Shutdown', NOTHING)).toMatchObject({ status: 0 })
    expect(await code).toBe(0)
    expect(existsSync(dirname(socketOf(line)))).toBe(false)
    client.close()
  })

  test('does not come with an interrupt, which terraform announces by itself', async () => {
    const { child, code, line } = await startPlugin(plugin.folder, COOKIE)
    child.kill('SIGINT')
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(child.exitCode).toBeNull()
    expect(line.split('|')).toHaveLength(5)
    child.kill('SIGKILL')
    await code
  })

  test('comes when terraform was killed', async () => {
    const script = `const { spawn } = require('node:child_process')
      const child = spawn(process.argv[1], [], { stdio: ['ignore', 'pipe', 'inherit'] })
      child.stdout.once('data', (line) => process.stdout.write(child.pid + ' ' + line))
      setInterval(() => {}, 1000)`
    const parent = spawn(process.execPath, ['-e', script, join(plugin.folder, 'terraform-provider-keywright')], {
      env: { ...process.env, ...COOKIE },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [text] = await once(parent.stdout, 'data')
    const [pid = '', line = ''] = String(text).trim().split(' ')
    parent.kill('SIGKILL')
    await expect.poll(() => existsSync(dirname(socketOf(line))), { timeout: 20_000 }).toBe(false)
    await expect.poll(() => isThere(Number(pid)), { timeout: 20_000 }).toBe(false)
  })
})

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('in front of a person', () => {
  test('shows a crash with its stack', async () => {
    const folder = await terraformFolder(plugin, `provider "keywright" {\n  mode = "crash"\n}\n${THING}`)
    const { code, stderr } = await folder.run(['plan'])
    expect(code).toBe(1)
    expect(stderr).toContain('panic: Error\n')
    expect(stderr).toMatch(/at .*provider\.cjs/)
    await folder.remove()
  })

  test('shows a diagnostic at its line', async () => {
    const folder = await terraformFolder(plugin, `provider "keywright" {\n  mode = "refuse"\n}\n${THING}`)
    const refused = await folder.run(['plan'])
    expect(refused.stderr).toMatch(/Error: Refused[\s\S]*on main\.tf line 9[\s\S]*mode = "refuse"[\s\S]*As asked\./)
    await folder.write('bad.tf', 'resource "keywright_thing" "b" {\n  name = "bad"\n}\n')
    const bad = await folder.run(['validate'])
    expect(bad.stdout + bad.stderr).toMatch(/Error: Bad name[\s\S]*on bad\.tf line 2/)
    await folder.remove()
  })

  test('logs at its level, and sees what terraform knows of a value that is not known yet', async () => {
    const config = `${THING}resource "keywright_thing" "u" {\n  name = "kw-\${keywright_thing.t.id}"\n}\n`
    const folder = await terraformFolder(plugin, config)
    const log = join(folder.path, 'log')
    await folder.run(['plan'], { TF_LOG: 'INFO', TF_LOG_PATH: log })
    expect(await folder.read('log')).toMatch(
      /\[WARN\] +provider\.terraform-provider-keywright: a name is not known yet: .*prefix=kw-/,
    )
    await folder.remove()
  })

  test('works without TLS, and reattached to a process that outlives many terraforms', async () => {
    const folder = await terraformFolder(plugin, THING)
    expect(await folder.run(['plan'], { TF_DISABLE_PLUGIN_TLS: '1' })).toMatchObject({ code: 0 })
    const { line, child, code } = await startPlugin(plugin.folder, { KEYWRIGHT_TERRAFORM_REATTACH: '1' })
    const env = { TF_REATTACH_PROVIDERS: line }
    expect(await folder.run(['apply', '-auto-approve'], env)).toMatchObject({ code: 0 })
    expect(await folder.run(['plan', '-detailed-exitcode'], env)).toMatchObject({ code: 0 })
    child.kill('SIGTERM')
    expect(await code).toBe(0)
    await folder.remove()
  })

  test('finishes what is at hand when it is asked to stop', async () => {
    const folder = await terraformFolder(plugin, 'resource "keywright_thing" "t" {\n  name = "slow"\n}\n')
    const stopped = await folder.interrupted(['apply', '-auto-approve'], /at work until it is stopped/)
    expect(stopped.stdout).toContain('Stopping operation')
    expect(await folder.read('terraform.tfstate')).toContain('"note": "stopped"')
    await folder.remove()
  })
})
