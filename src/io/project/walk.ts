/**
 * The manifest files of a project. Symbolic links to folders are not followed, `node_modules` and dot folders not entered, and
 * the order is that of the paths, so that two machines read the same files in the same order.
 */
import { type Dirent, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { matchesGlob } from '../../core/glob.ts'

export interface ManifestFile {
  /** Below the project folder, with slashes. */
  readonly path: string
  /** True below env/<environment>/. */
  readonly ofEnvironment: boolean
}

export interface Walked {
  readonly files: readonly ManifestFile[]
  /** Files with nearly the name of a manifest that no pattern matches. */
  readonly nearly: readonly string[]
}

const NAME = /\.keys\.(?:yaml|json)$/
const NEARLY = /(?:\.keys?\.yml|\.key\.yaml|\.keys\.yaml\.txt)$/
const SKIPPED = /^(?:node_modules$|\.)/
/** Folders inside each other. */
const DEEPEST = 32

export function walkManifests(root: string, globs: readonly string[], env: string | null): Walked {
  const files: ManifestFile[] = []
  const nearly: string[] = []
  for (const path of pathsBelow(root, '', DEEPEST).sort()) {
    const [top, environment] = path.split('/')
    const inEnv = top === 'env' && path.split('/').length > 2
    if (inEnv ? environment === env && NAME.test(path) : globs.some((glob) => matchesGlob(glob, path)))
      files.push({ path, ofEnvironment: inEnv })
    else if (NEARLY.test(path) && (!inEnv || environment === env)) nearly.push(path)
  }
  return { files, nearly }
}

function pathsBelow(root: string, below: string, depth: number): string[] {
  const entries = entriesOf(join(root, below))
  const paths: string[] = []
  for (const entry of entries) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`
    if (entry.isDirectory() && !SKIPPED.test(entry.name) && depth > 0) paths.push(...pathsBelow(root, path, depth - 1))
    else if (!entry.isDirectory()) paths.push(path)
  }
  return paths
}

/** A folder that cannot be read has nothing to offer. */
function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}
