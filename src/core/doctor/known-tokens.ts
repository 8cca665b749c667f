/**
 * Tokens that a CI system gives to every job and that can never do what a sink has to do, whatever their permissions are. Nobody has to be
 * asked to know that.
 *
 * Facts: GITHUB_TOKEN has no permission for secrets (docs.github.com, automatic token authentication); CI_JOB_TOKEN has no access to the
 * variables API (docs.gitlab.com, CI/CD job token). Both read 2026-11.
 */
import type { SinkConfig, SinkKind } from '../sink-kinds.ts'
import type { Finding } from './finding.ts'

interface Unfit {
  readonly kind: SinkKind
  readonly variable: string
  readonly why: string
  readonly hint: string
}

const UNFIT: readonly Unfit[] = [
  {
    kind: 'github-actions',
    variable: 'GITHUB_TOKEN',
    why: 'the token that GitHub gives to each job can never write secrets',
    hint: 'auth: { kind: app, ... }   or a fine-grained token with "Secrets: write", in another variable',
  },
  {
    kind: 'gitlab-variables',
    variable: 'CI_JOB_TOKEN',
    why: 'the token that GitLab gives to each job can never write variables',
    hint: 'a project access token with the scope api and the role Maintainer, in another variable',
  },
]

/** Warnings about the variables that a sink names as its credential. */
export function unfitTokens(name: string, config: SinkConfig): readonly Finding[] {
  const named = variablesIn(config)
  return UNFIT.filter(({ kind, variable }) => kind === config.kind && named.includes(variable)).map((one) => ({
    area: 'sink',
    subject: name,
    verdict: 'error',
    code: 'SINK_DENIED',
    message: `${one.variable}: ${one.why}`,
    hint: one.hint,
  }))
}

/** Every `{ env: NAME }` in a configuration. */
function variablesIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inside]) =>
    name === 'env' && typeof inside === 'string' ? [inside] : variablesIn(inside),
  )
}
