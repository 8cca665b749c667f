/**
 * Files of a project that are links. A link may stand for another file of the same kind inside the folder, as mounted volumes do it; one
 * that leads elsewhere would put whatever is there into messages and plans.
 */
import { lstatSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type Diagnostic, isKeywrightError } from '../../core/diagnostic.ts'
import { locateInside } from '../inside.ts'

export interface Genuine {
  readonly area: 'CONFIG' | 'MANIFEST'
  /** What the name of the file at the end of the link must be. */
  readonly name: RegExp
}

/** `null` for a regular file, and for a link that may be followed. */
export async function strayLink(root: string, path: string, { area, name }: Genuine): Promise<Diagnostic | null> {
  if (lstatSync(join(root, path), { throwIfNoEntry: false })?.isSymbolicLink() !== true) return null
  const found = await located(root, path)
  if (found !== null && name.test(basename(found))) return null
  return {
    severity: 'error',
    code: `${area}_OUTSIDE`,
    message: `${path} is a symbolic link that leads out of the folder of keywright.yaml, or to a file of another kind. It was not read.`,
    hint: `rm ${path}   and write the file itself`,
    at: { file: path, line: 1, column: 1, length: 1 },
  }
}

async function located(root: string, path: string): Promise<string | null> {
  try {
    return await locateInside(root, path)
  } catch (error) {
    if (isKeywrightError(error)) return null
    throw error
  }
}
