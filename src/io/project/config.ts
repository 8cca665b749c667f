/** keywright.yaml: from the working tree, or from a commit that is trusted, with what the working tree would change about it. */
import { join } from 'node:path'
import { type ConfigChange, configChanges } from '../../core/config/compare.ts'
import type { Config } from '../../core/config/config.ts'
import { resolveConfig } from '../../core/config/resolve.ts'
import type { Diagnostic } from '../../core/diagnostic.ts'
import { faultsOf, type Spot } from '../../core/manifest/complaint.ts'
import type { SourceDocument } from '../../core/manifest/source.ts'
import { type Permissions, trustDiagnostics } from '../../core/trust.ts'
import { type TrustedRef, trustedFile } from '../trusted.ts'
import { parseDocument, type ReadFile, readDocument } from '../yaml.ts'
import { missingConfig } from './absence.ts'
import { CONFIG_FILE, findRoot } from './find.ts'
import { strayLink } from './genuine.ts'
import { judge } from './judge.ts'

/** What was trusted instead of the working tree, and what the working tree says otherwise. */
export interface Trust {
  readonly ref: string
  readonly commit: string
  readonly changes: readonly ConfigChange[]
  /** The working tree has no keywright.yaml, or none that can be read. */
  readonly unreadable: boolean
}

export type At = { readonly root: string } | { readonly cwd: string }

export interface Found {
  readonly root: string
  readonly file: ReadFile
  readonly trust: Trust | null
}

/** The config file, or why there is none. Throws `CONFIG_TRUST_REF` and `CONFIG_TRUST_MISSING`. */
export async function findConfig(at: At, trust: TrustedRef | null): Promise<Found | Diagnostic> {
  if (trust !== null) return trustedConfig(at, trust)
  const found = 'root' in at ? findRoot(at.root, false) : findRoot(at.cwd, true)
  if (found.root === null) return missingConfig(found)
  return { root: found.root, file: await readOwn(found.root), trust: null }
}

const NAME = { area: 'CONFIG', file: CONFIG_FILE } as const

async function readOwn(root: string): Promise<ReadFile> {
  const stray = await strayLink(root, CONFIG_FILE, { area: 'CONFIG', name: /^keywright\.yaml$/ })
  return stray === null ? readDocument(join(root, CONFIG_FILE), NAME) : { document: null, diagnostics: [stray] }
}

async function trustedConfig(at: At, trust: TrustedRef): Promise<Found> {
  const [folder, above] = 'root' in at ? [at.root, false] : [at.cwd, true]
  const { folder: root, commit, bytes } = await trustedFile({ name: CONFIG_FILE, folder, above }, trust)
  const file = await parseDocument(bytes, NAME)
  const proposed = await readOwn(root)
  const unreadable = proposed.document === null || proposed.diagnostics.some(({ severity }) => severity === 'error')
  const changes = unreadable ? [] : configChanges(file.document?.data, proposed.document?.data)
  return { root, file, trust: { ref: trust.ref, commit, changes, unreadable } }
}

export interface LoadedConfig {
  readonly config: Config | null
  readonly document: SourceDocument | null
  readonly spots: readonly Spot[]
  readonly diagnostics: readonly Diagnostic[]
}

export async function loadConfig(
  { document, diagnostics }: ReadFile,
  env: string | null,
  permitted: Permissions,
): Promise<LoadedConfig> {
  if (document === null) return { config: null, document, spots: [], diagnostics }
  const judged = await judge(document, 'config')
  const resolved = resolveConfig(document, env, faultsOf(judged.spots))
  const { config } = resolved
  const trust = config === null ? [] : trustDiagnostics(config, permitted, document)
  const all = [...diagnostics, ...judged.diagnostics, ...resolved.diagnostics, ...trust]
  return { config, document, spots: judged.spots, diagnostics: all }
}
