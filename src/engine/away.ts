/** A provider that cannot be asked now. What is known of it is what the records say, and nothing is done at its addresses. */
import { type Diagnostic, isKeywrightError, toDiagnostic } from '../core/diagnostic.ts'
import { activeOf } from '../core/record.ts'
import type { Subject } from '../core/plan.ts'

/** By configured name: why. */
export type Away = ReadonlyMap<string, Diagnostic>

/** Out of reach, or it does not let us in. Another account, or answers that do not fit, are another matter: those stop everything. */
const AWAY: ReadonlySet<string> = new Set([
  'API_UNREACHABLE',
  'API_RATE_LIMITED',
  'API_BAD_RESPONSE',
  'API_LIST_INCOMPLETE',
  'API_UNAUTHORIZED',
  'API_NOT_MANAGEMENT_KEY',
  'API_REJECTED',
  'CLI_TOKEN_MISSING',
])

export function isAway(error: unknown): boolean {
  return isKeywrightError(error) && AWAY.has(error.code)
}

/** Not an error of `isAway` is thrown again. */
export function awayBecause(name: string, error: unknown): Diagnostic {
  if (!isKeywrightError(error) || !isAway(error)) throw error
  const { message, ...told } = toDiagnostic(error)
  return { ...told, message: `the provider "${name}" is left out: ${message}` }
}

export interface Parted {
  readonly here: readonly Subject[]
  /** Not looked at. */
  readonly aside: readonly Subject[]
}

/**
 * Aside is whatever is, was or shall be at a provider that is away. So is an address that was never issued and wants a place which a
 * record aside holds: whether that is free nobody can tell.
 */
export function partedBy(away: Away, subjects: readonly Subject[]): Parted {
  if (away.size === 0) return { here: subjects, aside: [] }
  const isThere = ({ desired, record }: Subject): boolean =>
    away.has(record.provider) || (desired !== null && away.has(desired.provider))
  const held = new Set(subjects.filter(isThere).flatMap(({ record }) => record.places.map(({ identity }) => identity)))
  const isAside = (subject: Subject): boolean =>
    isThere(subject) ||
    (subject.record.serial === 0 && (subject.desired?.places.some(({ identity }) => held.has(identity)) ?? false))
  return { here: subjects.filter((one) => !isAside(one)), aside: subjects.filter(isAside) }
}

/** A key of the manifests that has none in service, as far as anybody knows. */
export function isUnbornAside({ desired, record }: Subject): boolean {
  return desired !== null && activeOf(record) === null
}
