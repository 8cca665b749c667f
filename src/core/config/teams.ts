/** `teams`: which folder of manifests is whose, and what the keys in it may be. Read from the trusted config. */

import { durationOf } from '../manifest/entry.ts'
import { type Mapping, mappingAt } from '../manifest/source.ts'
import type { Millis } from '../time.ts'
import { numberAt, textsAt } from './guard.ts'

/** An empty list is no bound, and so is `null`. */
export interface TeamConfig {
  readonly name: string
  /** Folders of manifests, below the folder of keywright.yaml, without a slash at the end. */
  readonly folders: readonly string[]
  /** Globs of ids that belong to this team: no other team declares, renames or hands over such a key. */
  readonly keys: readonly string[]
  /** Globs of places (`vault:ci/payments/**`) its secrets may go to. */
  readonly places: readonly string[]
  /** Names of providers. */
  readonly providers: readonly string[]
  /** Who reviews its folders, for CODEOWNERS. */
  readonly owners: readonly string[]
  readonly maxMonthlyUsd: number | null
  readonly maxKeys: number | null
  /** Longest `rotation.every`. */
  readonly requireRotation: Millis | null
}

export function teamsOf(root: Mapping): ReadonlyMap<string, TeamConfig> {
  const teams = mappingAt(root, 'teams')
  return new Map(Object.keys(teams).map((name) => [name, teamOf(name, mappingAt(teams, name))]))
}

function teamOf(name: string, written: Mapping): TeamConfig {
  return {
    name,
    folders: textsAt(written, 'folders').map((folder) => folder.replace(/\/+$/, '')),
    keys: textsAt(written, 'keys'),
    places: textsAt(written, 'places'),
    providers: textsAt(written, 'providers'),
    owners: textsAt(written, 'owners'),
    maxMonthlyUsd: numberAt(written, 'maxMonthlyUsd'),
    maxKeys: numberAt(written, 'maxKeys'),
    requireRotation: durationOf(written.requireRotation),
  }
}

/** Whose a file is: the team with the deepest folder above it; `null` when it is nobody's. */
export function teamOfFile(teams: Iterable<TeamConfig>, file: string): TeamConfig | null {
  let found: TeamConfig | null = null
  let depth = 0
  for (const team of teams)
    for (const folder of team.folders)
      if (file.startsWith(`${folder}/`) && folder.length > depth) {
        found = team
        depth = folder.length
      }
  return found
}
