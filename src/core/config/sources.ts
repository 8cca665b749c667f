/** Sources of credentials: `{ env: NAME }`, `{ file: PATH }`, `{ exec: [argv] }`, or a list of them. Never the credential. */
import { isMapping, isSequence, member } from '../manifest/source.ts'
import type { TokenSource } from './config.ts'

/** The sources that are written correctly; others are for the schema to report. */
export function tokenSources(written: unknown): readonly TokenSource[] {
  const all = isSequence(written) ? written : [written]
  return all.map(tokenSource).filter((source) => source !== null)
}

function tokenSource(written: unknown): TokenSource | null {
  if (!isMapping(written)) return null
  const env = member(written, 'env')
  const file = member(written, 'file')
  const exec = member(written, 'exec')
  if (typeof env === 'string') return { env }
  if (typeof file === 'string') return { file }
  return isCommand(exec) ? { exec } : null
}

function isCommand(value: unknown): value is readonly [string, ...string[]] {
  return isSequence(value) && value.length > 0 && value.every((word) => typeof word === 'string')
}
