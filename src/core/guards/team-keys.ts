/** Which keys are whose: by the folder their entry was written in. */
import { type TeamConfig, teamOfFile } from '../config/teams.ts'
import type { DesiredKey } from '../key.ts'

export function teamOf(key: DesiredKey, teams: ReadonlyMap<string, TeamConfig>): TeamConfig | null {
  return teamOfFile(teams.values(), key.origin.file)
}

export function keysOfTeam(
  team: TeamConfig,
  teams: ReadonlyMap<string, TeamConfig>,
  desired: readonly DesiredKey[],
): readonly DesiredKey[] {
  return desired.filter((key) => teamOf(key, teams)?.name === team.name)
}
