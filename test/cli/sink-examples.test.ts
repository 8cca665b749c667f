/** The life of each example below `examples/sinks`: issued, rotated and taken away, with the rights its page says are enough. */
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pointAt } from '../../src/cli/shell/tour.ts'
import { type RunningEmulator, startEmulator } from '../../src/emulators/server.ts'
import { sha256Hex } from '../../src/io/digest.ts'
import { folder, keywright, leaveHouses } from '../fakes/cli.ts'
import { EXAMPLE_SERVICES, type ExampleService } from '../fakes/example-services.ts'

const EXAMPLES = resolve('examples/sinks')

let emulator: RunningEmulator
beforeAll(async () => {
  emulator = await startEmulator()
})
afterAll(async () => {
  await emulator.close()
  leaveHouses()
})

test('each has a page and a service to run against', () => {
  const projects = readdirSync(EXAMPLES).filter((name) => existsSync(join(EXAMPLES, name, 'keywright.yaml')))
  expect(projects.sort()).toEqual(Object.keys(EXAMPLE_SERVICES).sort())
  for (const name of Object.keys(EXAMPLE_SERVICES)) {
    const page = readFileSync(join(EXAMPLES, name, 'README.md'), 'utf8')
    for (const part of ['**Permissions.**', '**What is verifiable.**', '**By hand**'])
      expect(page, name).toContain(part)
  }
})

function lead(root: string, { replace }: ExampleService): void {
  const file = join(root, 'keywright.yaml')
  let text = readFileSync(file, 'utf8')
  for (const [from, to] of Object.entries(replace)) {
    expect(text).toContain(from)
    text = text.replaceAll(from, to)
  }
  writeFileSync(file, text)
}

/** Those of the secrets that belong to live keys of the account. */
function issued(secrets: readonly string[] | null): readonly string[] | null {
  const live = emulator.world.openrouter.keys().filter(({ deleted_at }) => deleted_at === null)
  const hashes = new Set(live.map(({ hash }) => hash))
  return secrets?.filter((secret) => hashes.has(sha256Hex(secret))) ?? null
}

describe.concurrent('examples of sinks', () => {
  test.each(Object.entries(EXAMPLE_SERVICES))(
    '%s is delivered, delivered anew, and emptied, with no other rights than its page names',
    async (name, begin) => {
      const root = folder()
      cpSync(join(EXAMPLES, name), root, { recursive: true })
      const service = await begin(root)
      try {
        lead(root, service)
        await pointAt(root, emulator)
        const env = { OPENROUTER_MANAGEMENT_KEY: emulator.openrouter.managementKey, ...service.env }
        const run = (...args: string[]) => keywright(args, { cwd: root, env })
        expect(await run('validate')).toMatchObject({ code: 0, stderr: '' })
        expect(await run('apply', '--yes')).toMatchObject({ code: 0, stderr: '' })
        expect(await run('plan', '--detailed-exitcode')).toMatchObject({ code: 0, stderr: '' })
        const first = await service.delivered()
        expect(issued(first)).toEqual(first)
        expect(await run('rotate', '**', '--yes')).toMatchObject({ code: 0, stderr: '' })
        const second = await service.delivered()
        expect(issued(second)).toEqual(second)
        expect(await run('destroy', '--yes', '--now', '--allow-deletes', '9')).toMatchObject({ code: 0, stderr: '' })
        const last = await service.delivered()
        if (first === null || second === null || last === null) return
        expect(first.length).toBeGreaterThan(0)
        expect(second).toHaveLength(first.length)
        expect(second.filter((secret) => first.includes(secret))).toEqual([])
        expect(last).toEqual([])
      } finally {
        await service.close()
      }
    },
  )
})
