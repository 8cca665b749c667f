import { describe, expect, test } from 'vitest'
import { areaOf, codeOf, filesIn, importsOf, type SourceFile, withoutTypes } from './sources.ts'

const ADAPTERS = ['core', 'ports', 'io']
const ALL = ['core', 'ports', 'engine', 'io', 'providers', 'sinks', 'stores', 'emulators', 'daemon', 'cli']

/** The table of the design, section 4: areas of ours an area may import beside itself, and what else. */
const TABLE: Readonly<
  Record<string, { readonly areas: readonly string[]; readonly node: boolean; readonly packages: boolean }>
> = {
  core: { areas: [], node: false, packages: false },
  ports: { areas: ['core'], node: false, packages: false },
  engine: { areas: ['core', 'ports'], node: false, packages: false },
  // Types of ports: the system clock is a `Clock`, and a lease names its holder.
  io: { areas: ['core', 'ports'], node: true, packages: true },
  providers: { areas: ADAPTERS, node: true, packages: true },
  sinks: { areas: ADAPTERS, node: true, packages: true },
  stores: { areas: ADAPTERS, node: true, packages: true },
  emulators: { areas: [], node: true, packages: false },
  daemon: { areas: ALL, node: true, packages: true },
  cli: { areas: ALL, node: true, packages: true },
  terraform: { areas: ['core', 'ports', 'engine', 'providers', 'sinks', 'io'], node: true, packages: true },
  cdktf: { areas: ['core', 'io'], node: true, packages: true },
  cdktn: { areas: ['core', 'io'], node: true, packages: true },
  // Types of cdktf: the bench makes its constructs.
  build: { areas: ['core', 'terraform', 'cdktf'], node: true, packages: true },
}

const files = filesIn(['src']).filter(({ path }) => path !== 'src/index.ts')

function strays(file: SourceFile): readonly string[] {
  const area = areaOf(file.path)
  const row = TABLE[area]
  if (!row) return [`${file.path} is in an area without a row`]
  const isAllowed = (name: string): boolean => {
    if (name.startsWith('src/')) return areaOf(name) === area || row.areas.includes(areaOf(name))
    return name.startsWith('node:') ? row.node : row.packages
  }
  return importsOf(file).flatMap((name) => (isAllowed(name) ? [] : [`${file.path} imports ${name}`]))
}

describe('the house', () => {
  test('imports only what the table allows', () => {
    expect(files.length).toBeGreaterThan(200)
    expect(files.flatMap(strays)).toEqual([])
  })

  test('finds an import of each kind', () => {
    const text =
      "import { a } from '../engine/a.ts'\nimport type {\n  B,\n} from 'node:fs'\nconst c = await import('undici')\nexport * from './ok.ts'\nimport 'yaml'\n"
    const found = strays({ path: 'src/core/x.ts', text })
    expect(found.map((line) => line.split(' imports ')[1]).sort()).toEqual([
      'node:fs',
      'src/engine/a.ts',
      'undici',
      'yaml',
    ])
  })

  test('lets adapters load each other only through registries', () => {
    const crossing = files
      .filter(({ path }) => /^src\/(?:providers|sinks|stores)\/[^/]+\.ts$/.test(path))
      .flatMap((file) => {
        const area = areaOf(file.path)
        const siblings = importsOf(withoutTypes(file)).filter((name) =>
          new RegExp(`^src/${area}/(?:${KINDS.join('|')})\\.ts$`).test(name),
        )
        return file.path.endsWith('/registry.ts') ? [] : siblings.map((name) => `${file.path} imports ${name}`)
      })
    expect(crossing).toEqual([])
  })

  test('reads no clock, no randomness and no process in core and engine', () => {
    const forbidden =
      /\b(?:new Date|Date\.|Math\.random|process\.|console\.|fetch\(|setTimeout|setInterval|globalThis|performance\.)/
    const found = files
      .filter(({ path }) => /^src\/(?:core|engine|ports)\//.test(path))
      .flatMap(({ path, text }) =>
        codeOf(text)
          .split('\n')
          .flatMap((line, n) => (forbidden.test(line) ? [`${path}:${n + 1} ${line.trim()}`] : [])),
      )
    expect(found).toEqual([])
  })

  test('touches process.* in main alone, and in files that tell what this process is', () => {
    const found = files
      .filter(({ path, text }) => !path.startsWith('src/build/') && /\bprocess\./.test(codeOf(text)))
      .map(({ path }) => path)
    expect(found).toEqual(['src/cli/launch.mjs', 'src/cli/main.ts', 'src/io/lease-holder.ts', 'src/terraform/main.ts'])
  })
})

const KINDS = [
  'openrouter',
  'strait',
  'memory',
  'dotenv',
  'file',
  'age',
  'gcp',
  'sops',
  'azure',
  'exec',
  'vault',
  'aws-secrets',
  'aws-ssm',
  'kubernetes',
  'github',
  'gitlab',
  'http',
  'local',
]
