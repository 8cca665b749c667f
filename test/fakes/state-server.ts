/** A server of Terraform's http protocol, as strict as GitLab: it wants a serial, locks, and saves under a lock only with its id. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Secret } from '../../src/core/secret.ts'

export interface StateServer {
  readonly address: string
  readonly login: { readonly username: string; readonly password: Secret }
  readonly world: StateWorld
  close(): Promise<void>
}

export interface StateWorld {
  text: string | null
  /** Body of the request that locked. */
  lock: string | null
  readonly counts: Map<string, number>
  /** What happens to the next saves: done and not answered, not answered, or refused after `meanwhile`. */
  readonly faults: ('lost' | 'dropped' | (() => void))[]
}

export const STATE_PASSWORD = 'the-token-of-a-job'

export interface StateServerOptions {
  /** Methods of GitLab, at an address of their own, instead of LOCK and UNLOCK. */
  readonly gitlab?: boolean
}

export async function startStateServer({ gitlab = false }: StateServerOptions = {}): Promise<StateServer> {
  const world: StateWorld = { text: null, lock: null, counts: new Map(), faults: [] }
  const server = createServer((request, response) => void answer(request, response, { world, gitlab }))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  return {
    address: `http://127.0.0.1:${port}${PATH}`,
    login: { username: 'gitlab-ci-token', password: Secret.of(STATE_PASSWORD) },
    world,
    close: () => {
      server.closeAllConnections()
      return new Promise((done) => server.close(() => done()))
    },
  }
}

const PATH = '/api/v4/projects/1/terraform/state/keywright'

interface House {
  readonly world: StateWorld
  readonly gitlab: boolean
}

async function answer(request: IncomingMessage, response: ServerResponse, { world, gitlab }: House): Promise<void> {
  const { method = '', url = '' } = request
  const { pathname, searchParams } = new URL(url, 'http://state')
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks).toString('utf8')
  const end = (status: number, text = ''): void => {
    response.writeHead(status)
    response.end(text)
  }
  if (gitlab && (method === 'LOCK' || method === 'UNLOCK')) {
    end(405)
    return
  }
  const verb = gitlab && pathname === `${PATH}/lock` ? ({ POST: 'LOCK', DELETE: 'UNLOCK' }[method] ?? method) : method
  world.counts.set(verb, (world.counts.get(verb) ?? 0) + 1)
  if (request.headers.authorization !== `Basic ${btoa(`gitlab-ci-token:${STATE_PASSWORD}`)}`) end(401)
  else if (pathname !== PATH && !(gitlab && pathname === `${PATH}/lock`)) end(404)
  else if (verb === 'GET') end(world.text === null ? 204 : 200, world.text ?? '')
  else if (verb === 'LOCK') lock(world, body, end)
  else if (verb === 'UNLOCK') unlock(world, body, end)
  else if (verb === 'POST') save({ world, body, id: searchParams.get('ID') ?? '', response }, end)
  else end(405)
}

type End = (status: number, text?: string) => void

function lock(world: StateWorld, body: string, end: End): void {
  if (world.lock !== null) {
    end(423, world.lock)
    return
  }
  world.lock = body
  end(200)
}

function unlock(world: StateWorld, body: string, end: End): void {
  if (world.lock !== null && idOf(world.lock) !== idOf(body)) {
    end(409, world.lock)
    return
  }
  world.lock = null
  end(200)
}

interface Save {
  readonly world: StateWorld
  readonly body: string
  readonly id: string
  readonly response: ServerResponse
}

function save({ world, body, id, response }: Save, end: End): void {
  const fault = world.faults.shift()
  if (typeof fault === 'function') fault()
  if (fault === 'dropped') {
    response.destroy()
    return
  }
  if (world.lock === null || idOf(world.lock) !== id) {
    end(409, world.lock ?? '')
    return
  }
  const { serial } = JSON.parse(body) as { serial?: unknown }
  if (!Number.isSafeInteger(serial)) {
    end(422)
    return
  }
  world.text = body
  if (fault === 'lost') response.destroy()
  else end(200)
}

function idOf(info: string): string {
  return (JSON.parse(info) as { ID: string }).ID
}
