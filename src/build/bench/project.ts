/** Project folders to measure on. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Emulator } from './child.ts'

export interface BenchProject {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  remove(): Promise<void>
}

export async function emptyFolder(): Promise<Pick<BenchProject, 'cwd' | 'remove'>> {
  const cwd = await mkdtemp(join(tmpdir(), 'keywright-bench-'))
  return { cwd, remove: () => rm(cwd, { recursive: true, force: true }) }
}

/** `keys` keys in `files` files, each with one place in a dotenv file. */
export async function makeProject(
  api: Pick<Emulator, 'baseUrl' | 'managementKey'>,
  { keys, files }: { readonly keys: number; readonly files: number },
): Promise<BenchProject> {
  const { cwd, remove } = await emptyFolder()
  await mkdir(join(cwd, 'keys'))
  await writeFile(join(cwd, 'keywright.yaml'), configText(api.baseUrl))
  const perFile = Math.ceil(keys / files)
  for (let file = 0; file < files; file++) {
    const numbers = Array.from({ length: Math.min(perFile, keys - file * perFile) }, (_, i) => file * perFile + i)
    await writeFile(join(cwd, 'keys', `team-${file}.keys.yaml`), `keys:\n${numbers.map(entryText).join('')}`)
  }
  return { cwd, env: { OPENROUTER_MANAGEMENT_KEY: api.managementKey }, remove }
}

export function configText(baseUrl: string): string {
  return [
    'version: 1',
    'stack: bench-a1b2',
    'providers:',
    `  openrouter: { kind: openrouter, baseUrl: "${baseUrl}", token: { env: OPENROUTER_MANAGEMENT_KEY } }`,
    'sinks:',
    '  dotenv: { kind: dotenv, path: .env.keys }',
    '',
  ].join('\n')
}

function entryText(n: number): string {
  return [
    `  team/service-${n}:`,
    `    owner: team-${n % 7}`,
    '    purpose: nightly evaluation',
    `    limit: ${10 + (n % 40)}`,
    '    limitReset: monthly',
    `    deliverTo: ["dotenv:SERVICE_${n}"]`,
    '',
  ].join('\n')
}
