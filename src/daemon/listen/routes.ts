/** What is answered where. */
import type { IncomingHttpHeaders } from 'node:http'
import { safeJson } from '../../cli/render/json.ts'
import type { TokenSurroundings } from '../../cli/shell/tokens.ts'
import type { TokenSource } from '../../core/config/config.ts'
import { at, MINUTE, type Millis } from '../../core/time.ts'
import type { View } from '../loop.ts'
import { firstOf } from '../notify/receivers.ts'
import { pageOf } from '../page/page.ts'
import { type Asked, judgeHook } from './hook.ts'
import type { Gauges } from './metrics.ts'

export interface Reply {
  readonly status: number
  readonly type: string
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Surroundings {
  /** `null` before the first round ended. */
  readonly view: View | null
  readonly now: Millis
  readonly gauges: Gauges
  readonly webhook: { readonly sources: readonly TokenSource[]; readonly around: TokenSurroundings } | null
  readonly ref: string | null
  readonly wake: () => void
}

export interface Incoming {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** `null`: too long. */
  readonly body: Buffer | null
}

export async function answer(incoming: Incoming, around: Surroundings): Promise<Reply> {
  const { method, path, body } = incoming
  if (body === null) return text(413, 'too long')
  if (path === '/hook') return method === 'POST' ? hook({ ...incoming, body }, around) : text(405, 'POST only')
  if (method !== 'GET' && method !== 'HEAD') return text(405, 'read only')
  switch (path) {
    case '/':
      return page(around)
    case '/status.json':
      return around.view === null
        ? text(503, 'the first look is not over yet')
        : {
            status: 200,
            type: 'application/json',
            body: `${safeJson({ schemaVersion: 1, kind: 'loop', ...around.view })}\n`,
          }
    case '/healthz':
      return isAlive(around) ? text(200, 'ok') : text(503, 'the loop stands still')
    case '/readyz':
      return isReady(around) ? text(200, 'ok') : text(503, around.view?.loop.problem ?? 'no good look yet')
    case '/metrics':
      return { status: 200, type: 'text/plain; version=0.0.4', body: await around.gauges.text() }
    default:
      return text(404, 'nothing here')
  }
}

function text(status: number, words: string): Reply {
  return { status, type: 'text/plain', body: `${words}\n` }
}

function page({ view, now }: Surroundings): Reply {
  if (view === null) return text(503, 'the first look is not over yet')
  const { html, policy } = pageOf(view, { now, refresh: 60 })
  return { status: 200, type: 'text/html', body: html, headers: { 'content-security-policy': policy } }
}

/** It may sleep, but not much longer than it said. */
function isAlive({ view, now }: Surroundings): boolean {
  return view === null || view.loop.next === null || now - at(view.loop.next) < Math.max(10 * MINUTE, view.loop.every)
}

function isReady({ view, now }: Surroundings): boolean {
  const good = view?.loop.lastGood ?? null
  return view !== null && good !== null && now - at(good) < Math.max(3 * view.loop.every, 10 * MINUTE)
}

async function hook(asked: Asked, { webhook, ref, wake }: Surroundings): Promise<Reply> {
  const secret = webhook === null ? null : await firstOf(webhook.sources, webhook.around)
  if (secret === null) return text(404, 'no webhookSecret is configured')
  const verdict = judgeHook(asked, secret, ref)
  if (verdict === 'forged') return text(401, 'the signature is wrong')
  if (verdict === 'other') return text(202, 'nothing to look at')
  wake()
  return text(202, 'looking')
}
