/**
 * The line to one API server. A 401 may be a token that was replaced meanwhile: the login is made anew, once, and the request is sent again,
 * as nothing has happened. Errors hold our own words and status numbers; a Status of the server is looked at for its kind alone.
 */
import type { KubernetesConfig } from '../../core/kubernetes-kind.ts'
import { retryAfterMillis } from '../../io/http/backoff.ts'
import { isObject, parseJson } from '../../io/http/json.ts'
import { type Exchange, type HttpClient, type HttpRequest, httpClient } from '../../io/http.ts'
import type { SinkContext } from '../context.ts'
import { type Insistence, isUntrusted, unreachable } from '../insist.ts'
import { denied, misfit, unreachable as refused } from '../refusal.ts'
import { type Access, accessOf, type Places } from './access.ts'

export interface KubernetesTuning extends Insistence, Places {
  /** For one request, in real time. */
  readonly timeoutMillis: number
}

export interface Call {
  readonly method: HttpRequest['method']
  /** With query. */
  readonly path: string
  readonly contentType?: string
  /** JSON text. */
  readonly body?: string
}

export interface Answer {
  readonly status: number
  readonly json: unknown
  /** Of a Status: what it is about, such as `namespaces`. */
  readonly about: string | null
}

/** Answers below 500 other than 401 and 429; for those `SINK_UNREACHABLE` and `SINK_DENIED`. */
export interface Line {
  ask(call: Call): Promise<Answer>
  close(): Promise<void>
}

interface Open {
  readonly access: Access
  readonly http: HttpClient
  readonly prefix: string
}

export function line(config: KubernetesConfig, context: SinkContext, tuning: KubernetesTuning): Line {
  let open: Promise<Open> | null = null
  const login = (): Promise<Open> => {
    const made: Promise<Open> = openTo(config, context, tuning).catch((error: unknown) => {
      if (open === made) open = null
      throw error
    })
    open = made
    return made
  }
  const relogin = async (was: Promise<Open>): Promise<Open> => {
    if (open !== was) return open ?? login()
    const next = login()
    void (await was).http.close()
    return next
  }
  return {
    async ask(call) {
      const first = open ?? login()
      const exchange = await send(await first, call)
      const isStale = exchange.kind === 'answer' && exchange.status === 401
      return settled(isStale ? await send(await relogin(first), call) : exchange, context.name, tuning)
    },
    async close() {
      const last = open
      open = null
      await (await last?.catch(() => null))?.http.close()
    },
  }
}

async function openTo(
  config: KubernetesConfig,
  context: SinkContext,
  { timeoutMillis, pod }: KubernetesTuning,
): Promise<Open> {
  const access = await accessOf(config, context, { pod })
  const { origin, pathname } = new URL(access.server)
  const http = httpClient({ origin, connections: 4, timeoutMillis, ...access.tls })
  return { access, http, prefix: pathname.replace(/\/+$/, '') }
}

function send({ access, http, prefix }: Open, { method, path, contentType, body }: Call): Promise<Exchange> {
  return http.send({
    method,
    path: `${prefix}${path}`,
    ...(access.bearer === null ? {} : { bearer: access.bearer }),
    ...(contentType === undefined ? {} : { headers: { 'content-type': contentType } }),
    ...(body === undefined ? {} : { body }),
  })
}

function settled(exchange: Exchange, name: string, { clock }: KubernetesTuning): Answer {
  if (exchange.kind === 'failed') throw silence(exchange.reason, name)
  const { status, body, header } = exchange
  if (status === 401) throw denied(`the API server does not know the login of the sink ${name}`, 'kubectl auth whoami')
  if (status >= 300 && status < 400)
    throw misfit(`the sink ${name} answered ${status}: no API server`, 'kubectl cluster-info')
  if (status === 429 || status >= 500) {
    const wait = retryAfterMillis(header('retry-after'), clock.now())
    throw refused(`the sink ${name}: the API server answered ${status}`, 'kubectl get --raw /readyz', wait)
  }
  const json = parseJson(body)
  const details = isObject(json) && isObject(json.details) ? json.details : {}
  return { status, json, about: typeof details.kind === 'string' ? details.kind : null }
}

function silence(reason: string, name: string) {
  const code = /\(([A-Z_]+)\)$/.exec(reason)?.[1] ?? ''
  const lasting = isUntrusted(code)
  const hint = lasting ? 'certificate-authority: in the kubeconfig, or caFile' : 'kubectl get --raw /readyz'
  return unreachable(`the sink ${name}: ${reason}`, hint, { lasting })
}
