/**
 * Which listed key is the managing key itself, and whether it sees the whole project.
 *
 * A key that is bound to an environment reads a list from which all keys of other environments were taken out after the page was cut, so that
 * pages end early and keys look gone. Such a key must not manage. The API tells nobody who they are; what there is to go by is the prefix,
 * twelve characters, five of them random. It cannot tell two keys apart for certain, but the list itself can: the server shows a bound key
 * only entries of its own environment (server source of 2026-07-06). So an entry that has the prefix and no environment proves two things at
 * once: it is listed, hence the reader is not bound, and among those with the prefix a bound one cannot be the reader. Without such an entry
 * in a complete list the key is refused.
 *
 * Where several entries have the prefix, all of them are protected from being revoked or rotated by us. One in a million keys is, for no
 * other reason than that, left to a human. Rejected: refusing to work while any entry with the prefix is bound, which would let somebody
 * else's key stop us.
 */
import { KeywrightError } from '../../core/diagnostic.ts'
import type { Secret } from '../../core/secret.ts'
import type { Row } from './codec.ts'
import { beginsAs } from './prefix.ts'

export interface OwnKey {
  /**
   * Looks at entries of a list. Throws `API_PROJECT_OTHER` for keys of another project, and `API_KEY_BOUND` when the list was complete and
   * does not show the managing key as a key of the whole project.
   */
  learn(rows: readonly Row[], isComplete: boolean): void
  /** True once a complete list was looked at: the managing key sees the whole project, and every entry that may be it is known. */
  isProven(): boolean
  /** True when the id may be that of the managing key. */
  mayBe(id: string): boolean
}

export function ownKey(token: Secret, project: string): OwnKey {
  const alike = new Set<string>()
  let isProven = false
  return {
    learn(rows, isComplete) {
      const other = rows.find(({ key }) => key.scope !== project)
      if (other !== undefined) throw otherProject(project)
      let isShown = false
      for (const { key } of rows) {
        if (!beginsAs(token, key.label)) continue
        alike.add(key.id)
        isShown ||= key.fields.environmentId === null
      }
      if (isComplete && !isShown) throw bound()
      isProven ||= isComplete
    },
    isProven: () => isProven,
    mayBe: (id) => alike.has(id),
  }
}

function otherProject(project: string): KeywrightError {
  return new KeywrightError('API_PROJECT_OTHER', {
    message: `the managing key belongs to another project than ${project}`,
    hint: 'correct `project` of the provider in keywright.yaml, or put a key of that project where `token` looks for it',
  })
}

function bound(): KeywrightError {
  return new KeywrightError('API_KEY_BOUND', {
    message:
      'the managing key is not among the keys of the whole project that it can list: it is bound to an environment',
    hint: 'create a key without environment and with the scope `*`, and put it where `token` looks for it',
  })
}
