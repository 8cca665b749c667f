import type { Args, Flag } from './command.ts'

const MOST = 200

/** Why a human does it: kept in the record, and shown wherever the word is. */
export const REASON: Flag = {
  flag: '--reason <text>',
  doc: 'why, for the record and for others',
  parse: (text) =>
    text
      .replace(/[\p{Cc}\p{Cf}]/gu, ' ')
      .trim()
      .slice(0, MOST),
}

export function reasonOf({ flags }: Args): string | undefined {
  return typeof flags.reason === 'string' && flags.reason !== '' ? flags.reason : undefined
}
