/**
 * Does a text look like a credential? Judges single words, so that prose, paths and URLs around them do not matter.
 *
 * Known prefixes are certain. Without one, only long words with the entropy of random bytes count: 40 hex digits, or 40
 * characters of base64 with all of upper case, lower case and digits. Hashes that say so (`sha256:...`) and UUIDs are none.
 * Rejected: shorter random words; ids of users, workspaces and projects are made like that.
 */
const PREFIXED = new RegExp(
  [
    'sk-or-v?[0-9]*-?[A-Za-z0-9_-]{8}',
    'strait_[A-Za-z0-9_-]{16}',
    'sk-(?:ant-|proj-|live-)?[A-Za-z0-9_-]{16}',
    '[sr]k_(?:live|test)_[A-Za-z0-9]{16}',
    'gh[pousr]_[A-Za-z0-9]{20}',
    'github_pat_[A-Za-z0-9_]{20}',
    'glpat-[A-Za-z0-9_-]{16}',
    'xox[abposr]-[A-Za-z0-9-]{10}',
    '(?:AKIA|ASIA)[0-9A-Z]{16}',
    'AIza[0-9A-Za-z_-]{30}',
    'hv[sbr]\\.[A-Za-z0-9_-]{20}',
    'AGE-SECRET-KEY-1[0-9A-Z]{20}',
    'eyJ[A-Za-z0-9_-]{10,}\\.eyJ[A-Za-z0-9_-]{10}',
    '-----BEGIN [A-Z ]*PRIVATE KEY',
  ]
    .map((pattern) => `(?<![A-Za-z0-9_-])${pattern}`)
    .join('|'),
)
const WORD = /[A-Za-z0-9+_=-]{40,}/g
const HEX = /^[0-9a-fA-F]+$/
const HASHES = /\b(?:sha(?:1|256|384|512)|md5)[:-][0-9A-Za-z+/=]+/g

export function looksSecret(text: string): boolean {
  if (text.length < 16) return false
  if (PREFIXED.test(text)) return true
  if (text.length < 40) return false
  return (text.replace(HASHES, ' ').match(WORD) ?? []).some(isRandom)
}

function isRandom(word: string): boolean {
  if (HEX.test(word)) return entropy(word) > 3
  return /[a-z]/.test(word) && /[A-Z]/.test(word) && /[0-9]/.test(word) && entropy(word) > 4.2
}

/** Shannon entropy in bits per character. */
function entropy(word: string): number {
  const counts = new Map<string, number>()
  for (const letter of word) counts.set(letter, (counts.get(letter) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= (count / word.length) * Math.log2(count / word.length)
  return bits
}

const LONGEST_SHOWN = 60

/** A value for a message: quoted, one line, cut, and never anything that looks like a credential. */
export function shown(value: unknown): string {
  if (typeof value === 'string') {
    if (looksSecret(value)) return 'a text that looks like a credential'
    return JSON.stringify(value.length > LONGEST_SHOWN ? `${value.slice(0, LONGEST_SHOWN)}...` : value)
  }
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (typeof value === 'object' && value !== null) return 'a mapping'
  return value === null || value === undefined ? 'nothing' : String(value)
}
