import { statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

export const CONFIG_FILE = 'keywright.yaml'
/** Names people use by mistake. */
const NEARLY = ['keywright.yml', 'keywright.json', '.keywright.yaml', 'keywright.yaml.txt']

export interface Found {
  /** Folder of keywright.yaml, absolute; `null` when there is none here or above. */
  readonly root: string | null
  /** A file with nearly the right name that was seen on the way. */
  readonly nearly: string | null
}

/** Looks in `from` and then in each folder above, as git does. With `above: false` only in `from`. */
export function findRoot(from: string, above: boolean): Found {
  let nearly: string | null = null
  let folder = resolve(from)
  for (;;) {
    if (isFile(join(folder, CONFIG_FILE))) return { root: folder, nearly }
    nearly ??= nearlyIn(folder)
    const parent = dirname(folder)
    if (!above || parent === folder) return { root: null, nearly }
    folder = parent
  }
}

function nearlyIn(folder: string): string | null {
  for (const name of NEARLY) if (isFile(join(folder, name))) return join(folder, name)
  return null
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}
