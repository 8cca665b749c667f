import { openSync, writeSync } from 'node:fs'
import { resolve } from 'node:path'
import { KeywrightError } from '../../core/diagnostic.ts'
import type { Reporter, RunEvent } from '../../ports/reporter.ts'
import { safeJson } from '../render/json.ts'
import type { Stream } from './process.ts'

/** Version of the lines that `--events` writes. */
const SCHEMA_VERSION = 1

/** Where `--events` goes: a file that grows (0600), or stdout for `-`. Throws `CLI_USAGE` for a file that cannot be opened. */
export function openEvents(file: string | null, cwd: string, stdout: Stream): Reporter {
  if (file === null) return { event: () => undefined }
  if (file === '-') return { event: (event) => stdout.write(lineOf(event)) }
  const handle = openFile(resolve(cwd, file), file)
  return {
    event(event) {
      try {
        writeSync(handle, lineOf(event))
      } catch {
        // A full disk must not end a run.
      }
    },
  }
}

function lineOf(event: RunEvent): string {
  return `${safeJson({ schemaVersion: SCHEMA_VERSION, ...event })}\n`
}

function openFile(path: string, shown: string): number {
  try {
    return openSync(path, 'a', 0o600)
  } catch {
    throw new KeywrightError('CLI_USAGE', {
      message: `--events: ${shown} cannot be written.`,
      hint: 'name a file in a folder that exists',
    })
  }
}
