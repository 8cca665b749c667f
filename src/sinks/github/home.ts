/** Where the secrets of a place are, in the API: `/repos/acme/app/actions/secrets` and its like. */
import type { GithubStore } from '../../core/git-host-kinds.ts'
import type { PlaceAt } from '../../ports/secret-sink.ts'

export interface Home {
  readonly of: 'organisation' | 'repository' | 'environment'
  readonly owner: string
  /** Without slash at the end. */
  readonly path: string
  /** Where it is said which installation of an app has access. */
  readonly installation: string
}

export function homeOf({ at }: PlaceAt, store: GithubStore): Home {
  const [owner = '', repository, ...rest] = (at.path ?? '').split('/')
  const organisation = `/orgs/${encodeURIComponent(owner)}`
  if (repository === undefined)
    return {
      of: 'organisation',
      owner,
      path: `${organisation}/${store}/secrets`,
      installation: `${organisation}/installation`,
    }
  const base = `/repos/${encodeURIComponent(owner)}/${encodeURIComponent(repository)}`
  const installation = `${base}/installation`
  if (rest.length === 0) return { of: 'repository', owner, path: `${base}/${store}/secrets`, installation }
  const environment = encodeURIComponent(rest.join('/'))
  return { of: 'environment', owner, path: `${base}/environments/${environment}/secrets`, installation }
}

export function secretPath(home: Home, { at }: PlaceAt): string {
  return `${home.path}/${encodeURIComponent(at.field ?? '')}`
}
