/** Files only the owner reads: folders 0700, files 0600, born whole or not at all. */

import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'

/** `ENOENT` and the like; empty for anything that is no system error. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** Makes the folder and what is missing above it. Idempotent; leaves the mode of a folder that is there. */
export function makePrivateFolder(folder: string): void {
  if (mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined) syncFolder(dirname(folder))
}

/** Sorted names; none when the folder is missing. */
export function listFolder(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort()
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return []
    throw error
  }
}

/**
 * Creates a file with all of its content, durably, or leaves the one that is there: returns false then. Never replaces.
 * The content is written beside it, as `NAME.RANDOM.tmp`, and gets its name by a hard link.
 */
export function createWhole(path: string, pieces: Iterable<string>): boolean {
  const draft = `${path}.${randomBytes(6).toString('hex')}.tmp`
  try {
    writeDraft(draft, pieces)
    linkSync(draft, path)
    syncFolder(dirname(path))
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

function writeDraft(draft: string, pieces: Iterable<string>): void {
  const fd = openSync(draft, 'wx', 0o600)
  try {
    for (const piece of pieces) writeAll(fd, Buffer.from(piece))
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

function writeAll(fd: number, bytes: Buffer): void {
  let written = 0
  while (written < bytes.length) written += writeSync(fd, bytes, written)
}

/** Removes drafts that a killed `createWhole` left. Whoever is still writing one has its link refused and tries again. */
export function sweepDrafts(folder: string, ofFile: RegExp): void {
  for (const name of listFolder(folder)) {
    if (name.endsWith('.tmp') && ofFile.test(name.replace(/\.[0-9a-f]+\.tmp$/, ''))) removeFile(join(folder, name))
  }
}

/** Removes a file if it is there. */
export function removeFile(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
  }
}

/** Makes names in a folder durable, where the system can do that. */
function syncFolder(folder: string): void {
  let fd: number
  try {
    fd = openSync(folder, 'r')
  } catch {
    return // Windows opens no folders
  }
  try {
    fsyncSync(fd)
  } catch (error) {
    if (errorCode(error) !== 'EINVAL' && errorCode(error) !== 'EPERM') throw error
  } finally {
    closeSync(fd)
  }
}
