/** keywright.yaml and manifests as texts, taken through parsing, schemas and resolution without a disk. */
import type { Config } from '../../src/core/config/config.ts'
import { resolveConfig } from '../../src/core/config/resolve.ts'
import type { Diagnostic } from '../../src/core/diagnostic.ts'
import type { DesiredKey } from '../../src/core/key.ts'
import { faultsOf, type Spot } from '../../src/core/manifest/complaint.ts'
import { type ReadTable, readTable } from '../../src/core/manifest/csv.ts'
import { inOrder } from '../../src/core/manifest/order.ts'
import { type Manifests, resolveManifests } from '../../src/core/manifest/resolve.ts'
import type { InputDocument } from '../../src/core/manifest/sections.ts'
import type { SourceDocument } from '../../src/core/manifest/source.ts'
import { judge } from '../../src/io/project/judge.ts'
import { parseDocument } from '../../src/io/yaml.ts'

export const NOW = Date.UTC(2026, 0, 1)

export const SMALL_CONFIG = `version: 1
stack: acme-7f3a
providers: { openrouter: { kind: openrouter, token: { env: OPENROUTER_MANAGEMENT_KEY } } }
sinks: { dotenv: { kind: dotenv }, mem: { kind: memory } }
profiles: { agent: { limit: 20, limitReset: monthly, rotation: { every: 30d, grace: 12h } } }
`

export interface Sources {
  readonly config?: string
  /** Manifests by path. A path below env/ counts as one of the environment. */
  readonly files?: Readonly<Record<string, string>>
  readonly tables?: Readonly<Record<string, string>>
  readonly env?: string
  readonly pastExpiry?: 'error' | 'warning'
}

export interface Outcome extends Pick<Manifests, 'moved' | 'handedOver'> {
  readonly config: Config | null
  readonly keys: ReadonlyMap<string, DesiredKey>
  readonly diagnostics: readonly Diagnostic[]
  /** `file:line:column CODE message`, one per diagnostic. */
  readonly said: readonly string[]
}

export function short({ at, code, message }: Diagnostic): string {
  return `${at?.file}:${at?.line}:${at?.column} ${code} ${message}`
}

export async function sourced(sources: Sources): Promise<Outcome> {
  const config = await parsed('keywright.yaml', sources.config ?? SMALL_CONFIG, 'config')
  const all: Parsed[] = [config]
  const documents: InputDocument[] = []
  for (const [file, text] of Object.entries(sources.files ?? {})) {
    const one = await parsed(file, text, 'manifest')
    all.push(one)
    if (one.document !== null) documents.push({ document: one.document, ofEnvironment: file.startsWith('env/') })
  }
  const faults = faultsOf(all.flatMap(({ spots }) => spots))
  const found = all.flatMap(({ diagnostics }) => diagnostics)
  const resolved = config.document === null ? null : resolveConfig(config.document, sources.env ?? null, faults)
  found.push(...(resolved?.diagnostics ?? []))
  const tables = (path: string): ReadTable | null => tableOf(sources.tables ?? {}, path)
  const rest = { now: NOW, faults, tables, ...(sources.pastExpiry ? { pastExpiry: sources.pastExpiry } : {}) }
  const settled = resolved?.config ? resolveManifests({ documents, config: resolved.config, ...rest }) : null
  const diagnostics = inOrder([...found, ...(settled?.diagnostics ?? [])])
  return {
    config: resolved?.config ?? null,
    keys: new Map((settled?.keys ?? []).map((key) => [key.id, key])),
    moved: settled?.moved ?? [],
    handedOver: settled?.handedOver ?? [],
    diagnostics,
    said: diagnostics.map(short),
  }
}

function tableOf(tables: Readonly<Record<string, string>>, path: string): ReadTable | null {
  const text = tables[path]
  return text === undefined ? null : readTable(path, text)
}

interface Parsed {
  readonly document: SourceDocument | null
  readonly spots: readonly Spot[]
  readonly diagnostics: readonly Diagnostic[]
}

async function parsed(file: string, text: string, kind: 'config' | 'manifest'): Promise<Parsed> {
  const area = kind === 'config' ? 'CONFIG' : 'MANIFEST'
  const { document, diagnostics } = await parseDocument(Buffer.from(text), { area, file })
  if (document === null) return { document, spots: [], diagnostics }
  const judged = await judge(document, kind)
  return { document, spots: judged.spots, diagnostics: [...diagnostics, ...judged.diagnostics] }
}

/** The keys of one manifest made of these lines below `keys:`. */
export async function keysOf(lines: string, sources: Sources = {}): Promise<Outcome> {
  const text = `keys:\n${lines.replace(/^/gm, '  ')}\n`
  return sourced({ ...sources, files: { 'keys/a.keys.yaml': text, ...sources.files } })
}
