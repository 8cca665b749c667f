/** A git host over TLS: git's own `http-backend` behind a small server that wants a token, as GitHub does of a job. */
import { execFileSync, spawn } from 'node:child_process'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { CERTIFICATE, PRIVATE_KEY } from './vault/certificate.ts'

export interface GitHost {
  /** `https://localhost:PORT/NAME` of the repository. */
  readonly url: string
  /** `METHOD path` of each request, and whether its login was right. */
  readonly asked: readonly { readonly what: string; readonly isIn: boolean }[]
  close(): Promise<void>
}

export interface GitHostOptions {
  /** Folder that holds the bare repository, and its name. */
  readonly root: string
  readonly name: string
  /** As `user:token`. */
  readonly login: string
}

export async function startGitHost({ root, name, login }: GitHostOptions): Promise<GitHost> {
  const backend = join(execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim(), 'git-http-backend')
  execFileSync('git', [`--git-dir=${join(root, name)}`, 'config', 'http.receivepack', 'true'])
  const asked: GitHost['asked'][number][] = []
  const server = createServer({ cert: CERTIFICATE, key: PRIVATE_KEY }, (request, response) => {
    const isIn = request.headers.authorization === `Basic ${Buffer.from(login).toString('base64')}`
    asked.push({ what: `${request.method} ${request.url}`, isIn })
    if (isIn) carry(request, response, { backend, root })
    else response.writeHead(401, { 'www-authenticate': 'Basic realm="GitHub"' }).end('Repository not found.')
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}/${name}`,
    asked,
    close: () => {
      server.closeAllConnections()
      return new Promise((done) => server.close(() => done()))
    },
  }
}

/** One request as CGI (RFC 3875). */
function carry(
  request: IncomingMessage,
  response: ServerResponse,
  { backend, root }: { readonly backend: string; readonly root: string },
): void {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'https://host')
  const { 'content-type': type, 'content-encoding': encoding, 'git-protocol': protocol } = request.headers
  const child = spawn(backend, {
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      REQUEST_METHOD: request.method,
      PATH_INFO: pathname,
      QUERY_STRING: searchParams.toString(),
      REMOTE_USER: 'job',
      ...(type === undefined ? {} : { CONTENT_TYPE: type }),
      ...(encoding === undefined ? {} : { HTTP_CONTENT_ENCODING: encoding }),
      ...(protocol === undefined ? {} : { GIT_PROTOCOL: String(protocol) }),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  request.pipe(child.stdin)
  child.stdin.on('error', () => undefined)
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.on('close', () => {
    const whole = Buffer.concat(chunks)
    const end = whole.indexOf('\r\n\r\n')
    const headers = whole
      .toString('latin1', 0, end)
      .split('\r\n')
      .map((line) => line.split(': ') as [string, string])
    const status = headers.find(([header]) => header === 'Status')?.[1] ?? '200'
    response.writeHead(
      Number.parseInt(status, 10),
      Object.fromEntries(headers.filter(([header]) => header !== 'Status')),
    )
    response.end(whole.subarray(end + 4))
  })
}
