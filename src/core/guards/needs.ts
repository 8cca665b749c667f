/** Guards on what every key must have. Those that `exempt` names are left alone. */
import { abilitiesOf } from '../abilities.ts'
import type { TeamConfig } from '../config/teams.ts'
import type { Diagnostic } from '../diagnostic.ts'
import { matchesGlob } from '../glob.ts'
import type { DesiredKey } from '../key.ts'
import { formatDuration } from '../time.ts'
import { type Guard, type GuardInputs, refusal, waiving } from './refusal.ts'
import { teamOf } from './team-keys.ts'

interface Room {
  readonly guard: Guard
  readonly sinkKinds: ReadonlyMap<string, string>
  readonly teams: ReadonlyMap<string, TeamConfig>
}

interface Lack {
  readonly code: Diagnostic['code']
  /** Continues `ADDRESS ...`. */
  readonly says: string
  /** What to write. */
  readonly write: string
}

type Need = (key: DesiredKey, room: Room) => readonly Lack[]

const NEEDS: readonly Need[] = [limit, expiry, rotation, owner, team, labels, sinkKinds, names]

export function lacking(inputs: GuardInputs): readonly Diagnostic[] {
  const { guard, desired, sinkKinds = new Map(), teams = new Map() } = inputs
  const room = { guard, sinkKinds, teams }
  return desired
    .filter(({ id }) => !guard.exempt.some((glob) => matchesGlob(glob, id)))
    .flatMap((key) => NEEDS.flatMap((need) => need(key, room)).flatMap((lack) => refused(key, lack)))
}

function refused(key: DesiredKey, { code, says, write }: Lack): readonly Diagnostic[] {
  const once = `or allow it once: ${waiving(code, key.address)}`
  const forGood = `for good: guard: { exempt: ["${key.id}"] } in keywright.yaml`
  return refusal({
    code,
    message: `${key.address} ${says}`,
    hint: `${write}   ${once}, ${forGood}`,
    address: key.address,
  })
}

function limit({ kind, fields }: DesiredKey, { guard }: Room): readonly Lack[] {
  if (!guard.requireLimit || !abilitiesOf(kind).spend || typeof fields.limit === 'number') return []
  return [{ code: 'GUARD_UNLIMITED', says: 'has no limit, and guard.requireLimit is on.', write: 'limit: 50' }]
}

function expiry({ expiresIn, fields }: DesiredKey, { guard }: Room): readonly Lack[] {
  if (!guard.requireExpiry || expiresIn !== null || typeof fields.expiresAt === 'string') return []
  const says = 'never expires, and guard.requireExpiry is on.'
  return [{ code: 'GUARD_EXPIRY_REQUIRED', says, write: 'add expiresIn: 90d' }]
}

function rotation({ rotation: { every } }: DesiredKey, { guard: { requireRotation: most } }: Room): readonly Lack[] {
  if (most === null || (every !== null && every <= most)) return []
  const has = every === null ? 'is rotated by hand only' : `is rotated every ${formatDuration(every)}`
  const says = `${has}; guard.requireRotation asks for at least every ${formatDuration(most)}.`
  return [{ code: 'GUARD_ROTATION_REQUIRED', says, write: `rotation: { every: ${formatDuration(most)} }` }]
}

function owner(key: DesiredKey, { guard }: Room): readonly Lack[] {
  if (!guard.requireOwner || key.owner !== undefined) return []
  return [
    { code: 'GUARD_OWNER_REQUIRED', says: 'has no owner, and guard.requireOwner is on.', write: 'owner: my-team' },
  ]
}

function team(key: DesiredKey, { guard, teams }: Room): readonly Lack[] {
  if (!guard.requireTeam || teamOf(key, teams) !== null) return []
  const says = `is declared in ${key.origin.file}, which lies in no team's folder, and guard.requireTeam is on.`
  const [first] = [...teams.values()].flatMap(({ folders }) => folders)
  return [{ code: 'GUARD_TEAM_REQUIRED', says, write: `git mv ${key.origin.file} ${first ?? 'keys/TEAM'}/` }]
}

function labels(key: DesiredKey, { guard }: Room): readonly Lack[] {
  const missing = guard.requireLabels.filter((label) => !Object.hasOwn(key.labels, label))
  if (missing.length === 0) return []
  const says = `has no label ${missing.join(', ')}; guard.requireLabels asks for ${guard.requireLabels.join(', ')}.`
  const write = `labels: { ${missing.map((label) => `${label}: ...`).join(', ')} }`
  return [{ code: 'GUARD_LABEL_REQUIRED', says, write }]
}

function sinkKinds(key: DesiredKey, { guard: { requireSinkKinds: allowed }, sinkKinds: kinds }: Room): readonly Lack[] {
  if (allowed.length === 0) return []
  return key.places
    .filter(({ sink }) => !allowed.includes(kinds.get(sink) ?? ''))
    .map(({ text, sink }) => ({
      code: 'GUARD_SINK_KIND',
      says: `delivers to ${text} (kind ${kinds.get(sink) ?? 'unknown'}); guard.requireSinkKinds allows ${allowed.join(', ')}.`,
      write: `deliverTo: a sink of kind ${allowed[0] ?? ''}`,
    }))
}

function names({ id }: DesiredKey, { guard: { requireNames: globs } }: Room): readonly Lack[] {
  if (globs.length === 0 || globs.some((glob) => matchesGlob(glob, id))) return []
  const says = `has an id that matches none of guard.requireNames (${globs.join(', ')}).`
  return [{ code: 'GUARD_NAME_PATTERN', says, write: `moved: [{ from: ${id}, to: NEW-ID }]` }]
}
