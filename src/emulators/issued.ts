import { readFileSync } from 'node:fs'
import { isRegularFile, openAppender } from './journal.ts'

/** The file of all secrets ever issued (mode 0600), for tests that search everything else for them. Without a path it does nothing. */
export interface IssuedList {
  /** Appends the secret unless the file has it already. It is in the file when this returns. */
  readonly add: (secret: string) => void
  readonly close: () => void
}

export function issuedList(path: string | undefined): IssuedList {
  if (path === undefined) return { add: () => {}, close: () => {} }
  const known = new Set(isRegularFile(path) ? readFileSync(path, 'utf8').split('\n') : [])
  const lines = openAppender(path)
  return {
    add(secret) {
      if (known.has(secret)) return
      known.add(secret)
      lines.append(`${secret}\n`)
    },
    close: lines.close,
  }
}
