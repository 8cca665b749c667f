/**
 * Keeps file places below one folder. The grammar of places already refuses `..` and absolute paths; here the symbolic links
 * of the real folder tree are followed, one component at a time, because only the file system knows where they lead.
 */
import { lstat, realpath } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { KeywrightError } from '../core/diagnostic.ts'
import { PATH_PATTERN } from '../core/sink-kinds.ts'
import { errorCode } from './private-files.ts'

const PATH = new RegExp(PATH_PATTERN, 'u')

/**
 * The real absolute path of the file `path` below `root`, whether or not it exists. Links that stay inside are followed.
 * Throws `SINK_PATH_OUTSIDE` for anything that leads out or into .git, `SINK_DENIED` for something that is no regular file.
 */
export async function locateInside(root: string, path: string): Promise<string> {
  if (!PATH.test(path)) throw outside(path, 'is not a relative path without ".." and empty parts')
  const top = await realpath(root)
  const parts = path.split('/')
  let at = top
  for (const [i, part] of parts.entries()) {
    const next = join(at, part)
    const kind = await kindOf(next, path)
    if (kind === 'missing') return join(at, ...parts.slice(i))
    if (kind === 'link') at = await follow(next, top, path)
    else at = next
    const last = i === parts.length - 1
    if (kind !== 'link') refuseUnless(last ? kind === 'file' : kind === 'folder', path, last)
    else refuseUnless((await kindOf(at, path)) === (last ? 'file' : 'folder'), path, last)
  }
  return at
}

type Kind = 'missing' | 'link' | 'folder' | 'file' | 'other'

async function kindOf(at: string, path: string): Promise<Kind> {
  try {
    const stats = await lstat(at)
    if (stats.isSymbolicLink()) return 'link'
    if (stats.isDirectory()) return 'folder'
    return stats.isFile() ? 'file' : 'other'
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 'missing'
    throw new KeywrightError('SINK_DENIED', {
      message: `${path} cannot be looked at (${errorCode(error)})`,
      hint: `ls -ld ${quoted(path)}`,
    })
  }
}

async function follow(link: string, top: string, path: string): Promise<string> {
  const real = await realpath(link).catch(() => null)
  if (real === null) throw outside(path, 'has a symbolic link that leads nowhere')
  const below = relative(top, real).split(sep)
  if (
    below[0] === '..' ||
    below[0] === '' ||
    below.some((part) => part.toLowerCase() === '.git') ||
    !real.startsWith(top)
  )
    throw outside(path, 'has a symbolic link that leads out of the folder of keywright.yaml')
  return real
}

function outside(path: string, why: string): KeywrightError {
  return new KeywrightError('SINK_PATH_OUTSIDE', { message: `${path} ${why}`, hint: `ls -ld ${quoted(path)}` })
}

function refuseUnless(fine: boolean, path: string, last: boolean): void {
  if (fine) return
  const message = last ? `${path} is not a regular file` : `a folder on the way to ${path} is not a folder`
  throw new KeywrightError('SINK_DENIED', { message, hint: `ls -ld ${quoted(path)}` })
}

/** A path as one word of a POSIX shell, for hints. */
export function quoted(path: string): string {
  return /^[\w./@%+,:=-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}
