/**
 * Sources of credentials that are places: `{ vault: { address, path, field } }` is read through the sink of that kind, with the options and
 * the place it takes, so it logs in, verifies and fails as that sink does.
 */
import { isMapping } from '../manifest/source.ts'
import { isSinkKind, type KindRow, SINK_KINDS, type SinkConfig, type SinkKind } from '../sink-kinds.ts'

/** Kind of sink by the word of the source. */
export const STORED_SOURCES = {
  vault: 'vault',
  aws: 'aws-secrets-manager',
  gcp: 'gcp-secret-manager',
  azure: 'azure-key-vault',
  kubernetes: 'kubernetes',
} as const satisfies Record<string, SinkKind>

export type StoredWord = keyof typeof STORED_SOURCES

export interface StoredSource {
  readonly stored: StoredWord
  readonly config: SinkConfig
  /** Members of the place. */
  readonly at: Readonly<Record<string, string>>
}

export const STORED_WORDS = Object.keys(STORED_SOURCES).filter(isStoredWord)

function isStoredWord(word: string): word is StoredWord {
  return Object.hasOwn(STORED_SOURCES, word)
}

/** `null` for what is no mapping; the schema has judged the rest. */
export function storedSource(word: StoredWord, written: unknown): StoredSource | null {
  if (!isMapping(written)) return null
  const { members }: KindRow = SINK_KINDS[STORED_SOURCES[word]]
  const names = new Set<string>(members.map(({ member }) => member))
  const entries = Object.entries(written)
  const at = entries.flatMap(([name, value]) => (names.has(name) && typeof value === 'string' ? [[name, value]] : []))
  const config: unknown = {
    ...Object.fromEntries(entries.filter(([name]) => !names.has(name))),
    kind: STORED_SOURCES[word],
  }
  return isConfig(config) ? { stored: word, config, at: Object.fromEntries(at) } : null
}

function isConfig(config: unknown): config is SinkConfig {
  return isMapping(config) && typeof config.kind === 'string' && isSinkKind(config.kind)
}
