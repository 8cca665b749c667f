/** Sources of credentials: `{ env: NAME }`, `{ file: PATH }`, `{ exec: [argv] }`, a place such as `{ vault: ... }`, `{ oidc: ... }`, or a list of them. Never the credential. */
import { isMapping, isSequence, member } from '../manifest/source.ts'
import type { TokenSource } from './config.ts'
import { oidcSource } from './oidc-source.ts'
import { STORED_WORDS, storedSource } from './stored-sources.ts'

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
  if (isCommand(exec)) return { exec }
  const word = STORED_WORDS.find((one) => Object.hasOwn(written, one))
  return word === undefined ? oidcSource(member(written, 'oidc')) : storedSource(word, member(written, word))
}

function isCommand(value: unknown): value is readonly [string, ...string[]] {
  return isSequence(value) && value.length > 0 && value.every((word) => typeof word === 'string')
}
