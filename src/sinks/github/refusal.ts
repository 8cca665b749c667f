/** What GitHub says no with, as errors of ours. */
import type { KeywrightError } from '../../core/diagnostic.ts'
import type { GithubStore } from '../../core/git-host-kinds.ts'
import { MINUTE, SECOND } from '../../core/time.ts'
import { isObject } from '../../io/http/json.ts'
import { denied, misfit } from '../refusal.ts'
import type { RestAnswer } from '../rest-line.ts'
import type { Home } from './home.ts'

/**
 * Milliseconds to wait when an answer means too many requests: 429, and a 403 that says so, as GitHub's primary and secondary limits do.
 * https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api (read 2026-11)
 */
export function throttledFor({ status, json, header }: RestAnswer, now: number): number | null {
  if (status !== 403 && status !== 429) return null
  const after = header('retry-after')
  if (after !== null && /^\d+$/.test(after)) return Number(after) * SECOND
  const reset = Number(header('x-ratelimit-reset'))
  if (header('x-ratelimit-remaining') === '0' && reset > 0) return Math.max(SECOND, reset * SECOND - now)
  return /secondary rate limit/i.test(messageOf(json)) ? MINUTE : null
}

/** Only ever searched for a phrase. */
function messageOf(json: unknown): string {
  return isObject(json) && typeof json.message === 'string' ? json.message : ''
}

export interface Refused {
  /** Name of the sink. */
  readonly name: string
  readonly store: GithubStore
  readonly home: Home
  /** The place, as plans show it. */
  readonly text: string
}

export function refusalOf({ status, header }: RestAnswer, { name, store, home, text }: Refused): KeywrightError {
  const says = `the sink ${name} answered ${status}`
  switch (status) {
    case 401:
      return denied(`${says}: its token is expired, revoked or unknown`, 'give it another token, then: keywright apply')
    case 403:
      if (header('x-github-sso') !== null)
        return denied(
          `${text}: ${says}: its token is not authorised for the single sign-on of ${home.owner}`,
          'authorise it: https://github.com/settings/tokens, "Configure SSO"',
        )
      return denied(`${text}: ${says}: its token cannot write secrets there`, permissionFor(home, store))
    case 404:
      return misfit(
        `${text}: ${says}: there is no such ${home.of}, or its token does not see it`,
        permissionFor(home, store),
      )
    case 422:
      return denied(
        `${text}: ${says}: GitHub does not take this secret`,
        'at most 48 KB each, and 100 of them in a repository or environment',
      )
    default:
      return denied(`${text}: ${says}`, 'keywright explain SINK_DENIED')
  }
}

/** Names of permissions of fine-grained tokens and of apps. The GITHUB_TOKEN of a workflow can be given none of them. */
function permissionFor({ of }: Home, store: GithubStore): string {
  const who = 'a token of its own (the GITHUB_TOKEN of a workflow cannot write secrets) with'
  if (of === 'environment') return `${who} the repository permission "Environments: write"`
  const kind = store === 'actions' ? 'Secrets' : store === 'dependabot' ? 'Dependabot secrets' : 'Codespaces secrets'
  if (of === 'repository') return `${who} the repository permission "${kind}: write"`
  return `${who} the organization permission "${store === 'actions' ? 'Secrets' : `Organization ${kind.toLowerCase()}`}: write"`
}
