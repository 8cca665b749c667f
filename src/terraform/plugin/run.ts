/**
 * A provider as a process that terraform starts: cookie, certificate, socket, one handshake line, and from then on gRPC until Shutdown.
 *
 *     1|6|unix|/path/of/the/socket|grpc|<certificate, base64 without padding>
 *
 * Reattach: with KEYWRIGHT_TERRAFORM_REATTACH=1 there is no cookie and no TLS; the first line is the value for TF_REATTACH_PROVIDERS, and
 * the process serves any number of terraforms until it is interrupted. terraform kills the pid in that value when it cannot reach the
 * socket, so this is always a process of its own.
 *
 * The line needs a socket and a certificate and nothing else, and terraform waits for it three to six times per command. So all that
 * speaks HTTP/2 or knows keys is loaded once the line is out, while terraform connects; who connects before that waits in the socket.
 */
import { createServer, type Server, type Socket } from 'node:net'
import { selfSigned } from './certificate.ts'
import type { Host } from './host.ts'
import { hclog, panicText } from './log.ts'
import type { Serve, Tls } from './serve.ts'
import { type SocketFolder, socketFolder } from './socket.ts'

const COOKIE = 'TF_PLUGIN_MAGIC_COOKIE'
const COOKIE_VALUE = 'd602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2'
const PROTOCOL = 6
const PROVIDER_ADDRESS = 'registry.terraform.io/keywright/keywright'
/** terraform kills the process two seconds after Shutdown. */
const CLOSING_PATIENCE = 1000
/** Time for what a killed terraform had begun. */
const ORPHAN_PATIENCE = 60_000
const ORPHAN_CHECK = 1000
const CRASHED = 2

/** Never rejects: what goes wrong is told on stderr and by the exit code. */
export async function runPlugin(load: () => Promise<Serve>, host: Host): Promise<void> {
  const isReattached = host.env.KEYWRIGHT_TERRAFORM_REATTACH === '1'
  if (!isReattached && host.env[COOKIE] !== COOKIE_VALUE) return void (await notByHand(host))
  const folder = socketFolder(socketParents(host), host)
  const crash = async (error: unknown): Promise<void> => {
    folder.remove()
    await host.stderr(panicText(error))
    host.exit(CRASHED)
  }
  host.onCrash(crash)
  try {
    await listen({ load, host, folder, isReattached })
  } catch (error) {
    await crash(error)
  }
}

async function notByHand(host: Host): Promise<void> {
  const what = `This is keywright ${host.version} as a provider plugin. Terraform starts it; it does nothing by itself.`
  await host.stderr(`${what}\nTo put it where Terraform finds it:  keywright provider install\n`)
  host.exit(1)
}

function socketParents({ env, temporaryFolder }: Host): readonly string[] {
  const chosen = env.PLUGIN_UNIX_SOCKET_DIR
  return [...(chosen ? [chosen] : []), temporaryFolder, '/tmp']
}

interface Listening {
  readonly load: () => Promise<Serve>
  readonly host: Host
  readonly folder: SocketFolder
  readonly isReattached: boolean
}

async function listen({ load, host, folder, isReattached }: Listening): Promise<void> {
  // Before the line: a terraform that is killed while the program loads was there when this was asked.
  const parent = host.parent()
  const certificate = isReattached ? null : certified(host)
  // Nothing of a connection is read before somebody can answer.
  const listener = createServer({ pauseOnConnect: true })
  const early: Socket[] = []
  const keep = (socket: Socket): void => void early.push(socket)
  listener.on('connection', keep)
  await listening(listener, folder.socket)
  host.stdout(isReattached ? reattachLine(folder.socket, host) : handshakeLine(folder.socket, certificate?.der))
  const log = hclog((line) => void host.stderr(line), host.now)
  const served = load().then((serve) => {
    const { connected, close } = serve({
      listener,
      tls: certificate?.tls ?? null,
      log,
      onShutdown: () => end(CLOSING_PATIENCE),
    })
    listener.off('connection', keep)
    listener.on('connection', connected)
    early.forEach(connected)
    return close
  })
  const end = once(async (patience: number) => {
    await (await served)(patience)
    folder.remove()
    host.exit(0)
  })
  if (isReattached) host.onInterrupt(() => end(CLOSING_PATIENCE))
  else outliveNobody({ host, parent }, () => end(ORPHAN_PATIENCE))
  folder.sweep()
  await served
}

function certified({ env, now }: Host): { readonly der: Buffer; readonly tls: Tls } | null {
  const client = env.PLUGIN_CLIENT_CERT
  if (!client) return null
  const { der, pem, key } = selfSigned(now())
  return { der, tls: { cert: pem, key, ca: client } }
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
}

/** No certificate where terraform asks for none (TF_DISABLE_PLUGIN_TLS). */
function handshakeLine(socket: string, certificate: Uint8Array = new Uint8Array()): string {
  const line = `1|${PROTOCOL}|unix|${socket}|grpc`
  return certificate.length === 0
    ? `${line}\n`
    : `${line}|${Buffer.from(certificate).toString('base64').replace(/=+$/, '')}\n`
}

function reattachLine(socket: string, { pid }: Host): string {
  const facts = {
    Protocol: 'grpc',
    ProtocolVersion: PROTOCOL,
    Pid: pid,
    Test: true,
    Addr: { Network: 'unix', String: socket },
  }
  return `${JSON.stringify({ [PROVIDER_ADDRESS]: facts })}\n`
}

/**
 * A terraform that was killed says no Shutdown. Calls at hand are finished; then the process ends. A closed connection alone says nothing:
 * Go closes one that was idle for half an hour, and comes back.
 */
function outliveNobody({ host, parent }: { readonly host: Host; readonly parent: number }, close: () => void): void {
  host.ignoreInterrupts()
  setInterval(() => {
    if (host.parent() !== parent) close()
  }, ORPHAN_CHECK).unref()
}

function once(act: (patience: number) => Promise<void>): (patience: number) => void {
  let isDone = false
  return (patience) => {
    if (!isDone) void act(patience)
    isDone = true
  }
}
