/** CODEOWNERS, from `owners` and `teams`. The last pattern that matches a file decides, so what is general comes first. */
import type { Config } from '../../core/config/config.ts'
import { pad, widest } from './text.ts'

export interface OwnedPath {
  /** From the root of the repository, with a slash in front. */
  readonly pattern: string
  readonly owners: readonly string[]
}

/** `below` is the folder of keywright.yaml inside the repository: empty, or without a slash at its ends. */
export function ownedPaths({ owners, teams, manifests }: Config, below: string): readonly OwnedPath[] {
  const at = (path: string): string => `/${below === '' ? '' : `${below}/`}${path}`
  const folders = [...teams.values()].flatMap((team) =>
    team.folders.map((folder) => ({ folder, owners: team.owners.length > 0 ? team.owners : owners })),
  )
  const general = [...manifests, 'env/'].map((glob) => ({ pattern: at(glob), owners }))
  const ofTeams = folders
    .sort((a, b) => a.folder.length - b.folder.length || (a.folder < b.folder ? -1 : 1))
    .map(({ folder, owners: whose }) => ({ pattern: at(`${folder}/`), owners: whose }))
  const trusted = [at('keywright.yaml'), '/.github/', '/.gitlab/', '/.gitlab-ci.yml', '/CODEOWNERS']
  return [...general, ...ofTeams, ...trusted.map((pattern) => ({ pattern, owners }))].filter(
    (one) => one.owners.length > 0,
  )
}

export function renderCodeowners(paths: readonly OwnedPath[]): string {
  const texts = paths.map(({ pattern }) => pattern.replace(/[ #]/g, '\\$&'))
  const width = widest(texts, 60)
  const lines = paths.map(({ owners }, i) => `${pad(texts[i] ?? '', width)} ${owners.join(' ')}`)
  return ['# From keywright.yaml, by: keywright codeowners', ...lines, ''].join('\n')
}
