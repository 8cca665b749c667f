/**
 * Everything a folder says: keywright.yaml, resolved for one environment, and the keys of all its manifests.
 *
 * Never throws for what people wrote: each problem is a diagnostic, and all of them come at once. Nothing is sent anywhere.
 * Files are parsed one after the other, and their syntax trees dropped, so that memory does not grow with their number.
 */
import { join } from 'node:path'
import type { Config } from '../core/config/config.ts'
import type { Diagnostic } from '../core/diagnostic.ts'
import type { DesiredKey } from '../core/key.ts'
import { faultsOf, type Spot } from '../core/manifest/complaint.ts'
import { tablePaths } from '../core/manifest/expand.ts'
import { inOrder } from '../core/manifest/order.ts'
import { resolveManifests } from '../core/manifest/resolve.ts'
import { MOST_FINDINGS } from '../core/manifest/schema-findings.ts'
import type { Adoption, HandedOver, InputDocument, Moved } from '../core/manifest/sections.ts'
import type { Millis } from '../core/time.ts'
import type { Permissions } from '../core/trust.ts'
import { emptiness, nearlyDiagnostics } from './project/absence.ts'
import { findConfig, type LoadedConfig, loadConfig, type Trust } from './project/config.ts'
import { filePlaceDiagnostics } from './project/file-places.ts'
import { strayLink } from './project/genuine.ts'
import { judge } from './project/judge.ts'
import { loadTables } from './project/tables.ts'
import { walkManifests } from './project/walk.ts'
import type { TrustedRef } from './trusted.ts'
import { readDocument } from './yaml.ts'

export interface LoadOptions {
  /** The folder of keywright.yaml itself, or `cwd`: where to start looking upwards. */
  readonly at: { readonly root: string } | { readonly cwd: string }
  /** keywright.yaml comes from this commit, manifests from the working tree. */
  readonly trust?: TrustedRef | null
  /** Environment asked for with -e. */
  readonly env?: string | null
  readonly now: Millis
  /** KEYWRIGHT_ALLOW_HOSTS and KEYWRIGHT_ALLOW_EXEC as found in the environment. Absent: nothing is allowed. */
  readonly permitted?: Permissions
  /** Severity of an `expiresAt` that has passed; an error by default. */
  readonly pastExpiry?: 'error' | 'warning'
  /** No complaint when there are no manifests or no keys. */
  readonly allowEmpty?: boolean
}

export interface Project {
  /** Absolute; `null` when there is no keywright.yaml. */
  readonly root: string | null
  /** `null` when keywright.yaml cannot be used at all. */
  readonly config: Config | null
  readonly keys: readonly DesiredKey[]
  readonly moved: readonly Moved[]
  readonly handedOver: readonly HandedOver[]
  readonly adopted: readonly Adoption[]
  /** In the order of files and lines. Nothing may be applied while one is an error. */
  readonly diagnostics: readonly Diagnostic[]
  /** Manifest files that were read, below the root, sorted. */
  readonly files: readonly string[]
  /** Files looked at, keywright.yaml included. */
  readonly fileCount: number
  /** `null`: everything is from the working tree. */
  readonly trust: Trust | null
}

export async function loadProject(options: LoadOptions): Promise<Project> {
  const { at, trust = null, env = null, permitted } = options
  const found = await findConfig(at, trust)
  if ('code' in found) return { ...NOTHING, diagnostics: [found] }
  const allowed = permitted ?? { allowHosts: undefined, allowExec: undefined }
  const loaded = await loadConfig(found.file, env, allowed)
  return { ...(await loadKeys(found.root, loaded, options)), trust: found.trust }
}

const NOTHING: Project = {
  root: null,
  config: null,
  keys: [],
  moved: [],
  handedOver: [],
  adopted: [],
  diagnostics: [],
  files: [],
  fileCount: 0,
  trust: null,
}

async function loadKeys(root: string, loaded: LoadedConfig, options: LoadOptions): Promise<Project> {
  const { config } = loaded
  if (config === null) return { ...NOTHING, root, diagnostics: inOrder(loaded.diagnostics), fileCount: 1 }
  const walked = walkManifests(root, config.manifests, config.environment)
  const read = await readAll(root, walked.files)
  const tables = await loadTables(
    root,
    read.documents.flatMap(({ document }) => tablePaths(document)),
  )
  const faults = faultsOf([...loaded.spots, ...read.spots])
  const { now, pastExpiry = 'error', allowEmpty = false } = options
  const resolved = resolveManifests({ documents: read.documents, config, now, tables, faults, pastExpiry })
  const files = walked.files.map(({ path }) => path)
  const whole = read.documents.length === files.length
  const empty = allowEmpty || !whole ? [] : emptiness(loaded.document, files, read.documents)
  const diagnostics = inOrder([
    ...loaded.diagnostics,
    ...nearlyDiagnostics(walked.nearly),
    ...empty,
    ...read.diagnostics,
    ...resolved.diagnostics,
    ...(await filePlaceDiagnostics(root, resolved.keys)),
  ])
  const { keys, moved, handedOver, adopted } = resolved
  return {
    root,
    config,
    keys,
    moved,
    handedOver,
    adopted,
    diagnostics,
    files,
    fileCount: files.length + 1,
    trust: null,
  }
}

interface ReadAll {
  readonly documents: readonly InputDocument[]
  readonly spots: readonly Spot[]
  readonly diagnostics: readonly Diagnostic[]
}

const MANIFEST = { area: 'MANIFEST', name: /\.keys\.(?:yaml|json)$/ } as const

async function readAll(root: string, files: Awaited<ReturnType<typeof walkManifests>>['files']): Promise<ReadAll> {
  const documents: InputDocument[] = []
  const spots: Spot[] = []
  const all: Diagnostic[] = []
  for (const { path, ofEnvironment } of files) {
    const stray = await strayLink(root, path, MANIFEST)
    if (stray !== null) {
      all.push(stray)
      continue
    }
    const { document, diagnostics } = await readDocument(join(root, path), { area: 'MANIFEST', file: path })
    all.push(...diagnostics)
    if (document === null) continue
    const judged = await judge(document, 'manifest')
    all.push(...judged.diagnostics)
    if (judged.diagnostics.length >= MOST_FINDINGS) continue
    spots.push(...judged.spots)
    documents.push({ document, ofEnvironment })
  }
  return { documents, spots, diagnostics: all }
}
