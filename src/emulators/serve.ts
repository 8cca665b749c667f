import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { answer } from './answer.ts'
import { control } from './control.ts'
import { type ApiCall, type EmulatedApi, type Reply, readBody, send } from './exchange.ts'
import type { ChosenFault } from './faults.ts'
import type { EmulatorHooks } from './hooks.ts'
import type { Draw } from './seeded.ts'
import type { Traffic } from './traffic.ts'

export interface House {
  /** By where their paths begin. What is below none of them is answered by the first. */
  readonly apis: readonly [EmulatedApi, ...EmulatedApi[]]
  readonly hooks: EmulatorHooks
  readonly traffic: Traffic
  readonly draw: Draw
  readonly latencyMs: number
  readonly slowMs: number
  readonly hasControl: boolean
}

/** One request on its way through the house. */
interface Visit {
  readonly house: House
  readonly api: EmulatedApi
  readonly call: ApiCall
}

export const CONTROL_PREFIX = '/_emulator'

/** Waiting requests do not keep a process alive whose server is closed. */
const LOOSE = { ref: false }

/**
 * One request from its first byte to its answer. The body is read before anything waits, so a client that gives up early may still have had
 * its effect, as with a real server. Rejects when the client goes away before its body is complete.
 */
export async function serve(house: House, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = request.url ?? '/'
  if (house.hasControl && url.startsWith(`${CONTROL_PREFIX}/`)) {
    const [path = ''] = url.slice(CONTROL_PREFIX.length).split('?')
    const asked = { method: request.method ?? 'GET', path, text: await readBody(request) }
    return send(response, await control(house.hooks, asked), house.hooks.clock.now())
  }
  house.traffic.enter()
  response.once('close', house.traffic.leave)
  const body = await readBody(request)
  if (house.latencyMs > 0) await sleep(house.latencyMs, undefined, LOOSE)
  const api = house.apis.find((each) => isBelow(each, url)) ?? house.apis[0]
  return serveApi({ house, api, call: callOf(api, request, body) }, response)
}

function isBelow(api: EmulatedApi, url: string): boolean {
  return url.startsWith(`${api.home ?? api.prefix}/`)
}

const NO_QUERY = new URLSearchParams()

function callOf(api: EmulatedApi, request: IncomingMessage, body: string): ApiCall {
  const url = request.url ?? '/'
  const mark = url.indexOf('?')
  const path = mark === -1 ? url : url.slice(0, mark)
  return {
    method: request.method ?? 'GET',
    path: isBelow(api, path) ? pathBelow(api.prefix, path) : `(outside ${api.prefix})`,
    query: mark === -1 ? NO_QUERY : new URLSearchParams(url.slice(mark + 1)),
    authorization: request.headers.authorization,
    userAgent: request.headers['user-agent'] ?? '',
    headers: request.headers,
    body,
  }
}

function pathBelow(prefix: string, path: string): string {
  const end = path.endsWith('/') && path.length > prefix.length + 1 ? path.length - 1 : path.length
  return path.slice(prefix.length, end)
}

async function serveApi(visit: Visit, response: ServerResponse): Promise<void> {
  const { house, api, call } = visit
  const { hooks } = house
  const fault = hooks.faults.choose(call, (kind) => api.suits(kind, call))
  const at = new Date(hooks.clock.now()).toISOString()
  const reply = answerOrFail(visit, fault)
  const path = call.query.size > 0 ? `${call.path}?${call.query}` : call.path
  house.traffic.record(
    { at, method: call.method, path, status: reply?.status ?? null, fault: fault?.kind ?? null },
    api.template(call),
  )
  if (fault?.kind === 'slow') await sleep(fault.drawn ? house.draw() * house.slowMs : house.slowMs, undefined, LOOSE)
  if (reply === null) response.socket?.destroy()
  else send(response, reply, hooks.clock.now())
}

/** A state file that takes no more lines is a 500 without effect. */
function answerOrFail({ house, api, call }: Visit, fault: ChosenFault | null): Reply | null {
  try {
    return answer(api, call, fault, house.draw)
  } catch {
    return api.failure(500)
  }
}
