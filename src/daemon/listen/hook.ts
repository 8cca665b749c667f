/**
 * A push, as GitHub and GitLab tell of it. GitHub signs the body (`X-Hub-Signature-256: sha256=<hex>`), GitLab sends the secret itself
 * (`X-Gitlab-Token`); Gitea and Forgejo sign as GitHub does. Facts of the vendors' documentation, 2026-11.
 *
 * Nothing in the body is believed: it only decides whether it is worth to look.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { Secret } from '../../core/secret.ts'
import { hmacOf, isSame, sha256Hex, sha256OfSecret } from '../../io/digest.ts'

export interface Asked {
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** `other`: a genuine call about something else than the ref that is followed. */
export function judgeHook({ headers, body }: Asked, secret: Secret, ref: string | null): 'push' | 'other' | 'forged' {
  if (!isGenuine({ headers, body }, secret)) return 'forged'
  const event = `${headers['x-github-event'] ?? headers['x-gitlab-event'] ?? headers['x-gitea-event'] ?? 'push'}`
  if (!/push/i.test(event)) return 'other'
  const pushed = refIn(body)
  if (ref === null || pushed === null) return 'push'
  return pushed === ref || pushed.replace(/^refs\/(?:heads|tags)\//, '') === ref ? 'push' : 'other'
}

function isGenuine({ headers, body }: Asked, secret: Secret): boolean {
  const signature = headers['x-hub-signature-256']
  if (typeof signature === 'string') return isSame(signature, `sha256=${hmacOf(secret, body, 'hex')}`)
  const token = headers['x-gitlab-token']
  return typeof token === 'string' && isSame(sha256Hex(token), sha256OfSecret(secret))
}

function refIn(body: Buffer): string | null {
  try {
    const data: unknown = JSON.parse(body.toString('utf8'))
    const ref = typeof data === 'object' && data !== null && 'ref' in data ? data.ref : null
    return typeof ref === 'string' ? ref : null
  } catch {
    return null
  }
}
