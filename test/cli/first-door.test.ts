/** The five-minute start of the README, line by line, in an empty folder, against an emulator that was started as the README says. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { folder, keywright, leaveHouses } from '../fakes/cli.ts'
import { startEmulatorProcess } from '../fakes/cli-process.ts'

afterAll(leaveHouses)

const SECTION = /\n## Try it\n([\s\S]*?)\n## /.exec(readFileSync('README.md', 'utf8'))?.[1] ?? ''
/** `npx keywright ...` lines, in their order, without what is said about them. */
const LINES = [...SECTION.matchAll(/^npx keywright ([^#\n]+?) *(?:#.*)?$/gm)].map(([, line = '']) => line)

test('every line does what is said of it', async () => {
  const emulator = await startEmulatorProcess()
  const { baseUrl, managementKey } = emulator
  const variables = /^export (\w+)=\.\.\. (\w+)=http:\/\/127\.0\.0\.1:4141\/api\/v1$/m.exec(SECTION)
  const [, key = '', url = ''] = variables ?? []
  const env = { [key]: managementKey, [url]: baseUrl }
  const cwd = folder()
  const said = new Map<string, string>()
  expect(LINES).toEqual(['census', 'init', 'plan', 'apply'])
  for (const line of LINES) {
    const { code, all } = await keywright(line === 'apply' ? ['apply', '--yes'] : [line], { cwd, env })
    expect({ line, code, all }).toMatchObject({ code: 0 })
    said.set(line, all)
  }
  expect(said.get('census')).toContain('0 writes')
  for (const file of ['keywright.yaml', 'keys/example.keys.yaml']) expect(existsSync(join(cwd, file))).toBe(true)
  expect(said.get('plan')).toContain('example/hello')
  expect(readFileSync(join(cwd, '.env.keys'), 'utf8')).toMatch(/^OPENROUTER_API_KEY=sk-or-/m)
  expect(await keywright(['plan', '--detailed-exitcode'], { cwd, env })).toMatchObject({ code: 0 })
  await emulator.stop()
})
