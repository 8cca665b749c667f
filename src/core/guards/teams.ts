/** Guards between teams: nobody declares, changes or takes a key of another team, and each keeps to what it may use. */
import { type TeamConfig, teamOfFile } from '../config/teams.ts'
import type { Diagnostic } from '../diagnostic.ts'
import { matchesGlob } from '../glob.ts'
import type { DesiredKey } from '../key.ts'
import { formatDuration } from '../time.ts'
import { type GuardInputs, refusal, type Taking, waiving } from './refusal.ts'
import { keysOfTeam, teamOf } from './team-keys.ts'

type Teams = ReadonlyMap<string, TeamConfig>

export function betweenTeams({ teams = new Map(), desired, takings = [] }: GuardInputs): readonly Diagnostic[] {
  if (teams.size === 0) return []
  return [
    ...desired.flatMap((key) => [...foreignHands(key, teams), ...beyondTeam(key, teamOf(key, teams))]),
    ...takings.flatMap((taking) => taken(taking, teams)),
    ...[...teams.values()].flatMap((team) => tooManyKeys(team, keysOfTeam(team, teams, desired))),
  ]
}

/** The team an id belongs to by its globs. */
function ownerOf(id: string, teams: Teams): TeamConfig | null {
  return [...teams.values()].find(({ keys }) => keys.some((glob) => matchesGlob(glob, id))) ?? null
}

/** An id of another team, or a value that was written in a folder of another team. */
function foreignHands(key: DesiredKey, teams: Teams): readonly Diagnostic[] {
  const own = teamOf(key, teams)
  const owner = ownerOf(key.id, teams)
  const code = 'GUARD_TEAM_FOREIGN'
  if (owner !== null && owner.name !== own?.name)
    return refusal({
      code,
      message: `${key.address} belongs to the team ${owner.name} by its id, but ${key.origin.file} is ${whose(own)}.`,
      hint: `git mv ${key.origin.file} ${owner.folders[0] ?? '.'}/   or give the key another id, or allow it once: ${waiving(code, key.address)}`,
      address: key.address,
    })
  for (const { file } of Object.values(key.sources ?? {})) {
    const hand = teamOfFile(teams.values(), file)
    if (hand === null || hand.name === own?.name) continue
    return refusal({
      code,
      message: `${key.address} is ${whose(own)}, but ${file} of the team ${hand.name} changes it.`,
      hint: `take ${key.id} out of ${file}   the team that owns the key changes it, or allow it once: ${waiving(code, key.address)}`,
      address: key.address,
    })
  }
  return []
}

function whose(team: TeamConfig | null): string {
  return team === null ? "no team's" : `the team ${team.name}'s`
}

function taken({ id, origin }: Taking, teams: Teams): readonly Diagnostic[] {
  const owner = ownerOf(id, teams)
  const hand = teamOfFile(teams.values(), origin.file)
  if (owner === null || owner.name === hand?.name) return []
  const code = 'GUARD_TEAM_FOREIGN'
  return refusal({
    code,
    message: `${origin.file}:${origin.line} renames, hands over or adopts ${id}, which belongs to the team ${owner.name}.`,
    hint: `write it below ${owner.folders[0] ?? '.'}/   where that team reviews it, or allow it once: ${waiving(code)}`,
  })
}

function beyondTeam(key: DesiredKey, team: TeamConfig | null): readonly Diagnostic[] {
  if (team === null) return []
  return [...strayPlaces(key, team), ...strayProvider(key, team), ...slowRotation(key, team)]
}

function strayPlaces(key: DesiredKey, { name, places }: TeamConfig): readonly Diagnostic[] {
  if (places.length === 0) return []
  const code = 'GUARD_TEAM_PLACE'
  return key.places
    .filter(({ text }) => !places.some((glob) => matchesGlob(glob, text)))
    .flatMap(({ text }) =>
      refusal({
        code,
        message: `${key.address} delivers to ${text}, which is none of the places of the team ${name} (${places.join(', ')}).`,
        hint: `${waiving(code, key.address)}   or add it to teams.${name}.places in keywright.yaml`,
        address: key.address,
      }),
    )
}

function strayProvider(key: DesiredKey, { name, providers }: TeamConfig): readonly Diagnostic[] {
  if (providers.length === 0 || providers.includes(key.provider)) return []
  const code = 'GUARD_TEAM_PROVIDER'
  return refusal({
    code,
    message: `${key.address} uses the provider ${key.provider}; the team ${name} may use ${providers.join(', ')}.`,
    hint: `${waiving(code, key.address)}   or add it to teams.${name}.providers in keywright.yaml`,
    address: key.address,
  })
}

function slowRotation(key: DesiredKey, { name, requireRotation: most }: TeamConfig): readonly Diagnostic[] {
  if (most === null || (key.rotation.every !== null && key.rotation.every <= most)) return []
  const code = 'GUARD_TEAM_ROTATION'
  const has = key.rotation.every === null ? 'by hand only' : `every ${formatDuration(key.rotation.every)}`
  return refusal({
    code,
    message: `${key.address} is rotated ${has}; the team ${name} rotates at least every ${formatDuration(most)}.`,
    hint: `rotation: { every: ${formatDuration(most)} }   or allow it once: ${waiving(code, key.address)}`,
    address: key.address,
  })
}

function tooManyKeys({ name, maxKeys }: TeamConfig, keys: readonly DesiredKey[]): readonly Diagnostic[] {
  if (maxKeys === null || keys.length <= maxKeys) return []
  const code = 'GUARD_TEAM_KEYS'
  return refusal({
    code,
    message: `The team ${name} declares ${keys.length} keys; it may have ${maxKeys}.`,
    hint: `${waiving(code)}   or raise teams.${name}.maxKeys in keywright.yaml`,
  })
}
