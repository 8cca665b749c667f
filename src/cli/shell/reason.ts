import { looksSecret } from '../../core/manifest/looks-secret.ts'
import type { Args, Flag } from './command.ts'

const MOST = 200
/** A commit is as long and as random as a credential, and a good reason. */
const COMMIT = /\b[0-9a-f]{40}\b/g

/** Why a human does it: kept in the record, and shown wherever the word is. So it must not be the very secret that got out. */
export const REASON: Flag = {
  flag: '--reason <text>',
  doc: 'why, for the record and for others',
  parse: (text) => {
    if (looksSecret(text.replace(COMMIT, '')))
      throw new RangeError('a reason is kept and shown to others, and this one looks like a credential')
    return text
      .replace(/[\p{Cc}\p{Cf}]/gu, ' ')
      .trim()
      .slice(0, MOST)
  },
}

export function reasonOf({ flags }: Args): string | undefined {
  return typeof flags.reason === 'string' && flags.reason !== '' ? flags.reason : undefined
}
