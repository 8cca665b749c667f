/**
 * The way to an API server: its address, whom to trust, and who we are.
 *
 * kubeconfig files are read by the library of Kubernetes, for their many ways to log in (plugins of clouds, OIDC, certificates); it takes
 * a third of a second to load, so it is asked for nothing else. Where a kubeconfig leads is decided outside the repository, as is the
 * address a pod finds in its environment.
 */
import { readFile } from 'node:fs/promises'
import { delimiter, join, resolve } from 'node:path'
import { judgeUrl, plainAddress } from '../../core/config/url.ts'
import type { KubernetesConfig } from '../../core/kubernetes-kind.ts'
import { Secret } from '../../core/secret.ts'
import type { HttpOptions } from '../../io/http.ts'
import { peer } from '../../io/peer.ts'
import type { SinkContext } from '../context.ts'
import { credentialFrom } from '../credential.ts'
import { denied, misfit } from '../refusal.ts'

export interface Access {
  /** Scheme, host and port, then the path in front of the API. */
  readonly server: string
  /** `null` for a login by certificate. */
  readonly bearer: Secret | null
  readonly tls: Pick<HttpOptions, 'ca' | 'certificate' | 'servername'>
}

export interface Places {
  /** Folder in which a pod finds what it needs to know. */
  readonly pod: string
}

export const POD = '/var/run/secrets/kubernetes.io/serviceaccount'
/** The next major does not run on Node 20. */
const PACKAGE = '@kubernetes/client-node@1'

/** Reads files and runs login plugins anew each time. Throws `SINK_DENIED`, `SINK_MISFIT` and `PACKAGE_MISSING`. */
export async function accessOf(config: KubernetesConfig, context: SinkContext, places: Places): Promise<Access> {
  const { kind } = config.auth ?? { kind: 'kubeconfig' }
  const access =
    kind === 'kubeconfig' ? await fromKubeconfig(config, context) : await fromToken(config, context, places)
  const judged = judgeUrl(access.server)
  if ('wrong' in judged || (judged.url.scheme === 'http' && !judged.url.loopback)) throw inTheClear(context)
  return access
}

function inTheClear({ name }: SinkContext) {
  return denied(`the sink ${name} would send secrets to an API server without TLS`, 'kubectl cluster-info')
}

async function fromToken(
  { auth, server, caFile }: KubernetesConfig,
  context: SinkContext,
  { pod }: Places,
): Promise<Access> {
  if (auth?.kind === 'token') {
    const tls = caFile === undefined ? {} : { ca: await text(resolve(context.root, caFile), context) }
    return { server: plainAddress(server ?? ''), bearer: await credentialFrom(auth.token, context), tls }
  }
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = context.env
  if (host === undefined)
    throw denied(
      `the sink ${context.name} finds no KUBERNETES_SERVICE_HOST: this is no pod`,
      'auth: { kind: kubeconfig }',
    )
  const bearer = await credentialFrom({ file: join(pod, 'token') }, context)
  const name = host.includes(':') ? `[${host}]` : host
  return { server: `https://${name}:${port}`, bearer, tls: { ca: await text(join(pod, 'ca.crt'), context) } }
}

function text(file: string, { name }: SinkContext): Promise<string> {
  return readFile(file, 'utf8').catch(() => {
    throw denied(`the sink ${name} cannot read ${file}`, `ls -l ${file}`)
  })
}

async function fromKubeconfig({ auth }: KubernetesConfig, context: SinkContext): Promise<Access> {
  const kube = await kubeconfig(context)
  if (auth?.kind === 'kubeconfig' && auth.context !== undefined) kube.setCurrentContext(auth.context)
  const cluster = kube.getCurrentCluster()
  const { name } = context
  if (cluster === null)
    throw denied(`the sink ${name} finds no such context in the kubeconfig`, 'kubectl config get-contexts')
  // The library refuses it, too, and says so in words of its own.
  if (!/^https:/i.test(cluster.server)) throw inTheClear(context)
  if (cluster.skipTLSVerify === true)
    throw misfit(
      `the kubeconfig of the sink ${name} skips the check of the certificate`,
      'certificate-authority: in the kubeconfig',
    )
  if (cluster.proxyUrl !== undefined)
    throw misfit(
      `the kubeconfig of the sink ${name} leads through a proxy, which is not supported`,
      'auth: { kind: token }',
    )
  const login: {
    headers?: unknown
    ca?: unknown
    cert?: unknown
    key?: unknown
    servername?: unknown
    auth?: unknown
  } = {}
  await kube.applyToHTTPSOptions(login).catch(() => {
    throw denied(`the login plugin of the kubeconfig failed for the sink ${name}`, 'kubectl auth whoami')
  })
  return { server: plainAddress(cluster.server), bearer: bearerIn(login.headers), tls: tlsIn(login) }
}

async function kubeconfig(context: SinkContext) {
  const { name, env } = context
  const { KubeConfig } = await peer(() => import('@kubernetes/client-node'), {
    by: `the sink ${name}`,
    packages: [PACKAGE],
  })
  const listed = env.KUBECONFIG?.split(delimiter).filter((path) => path !== '') ?? []
  const paths = listed.length > 0 ? listed : [join(env.HOME ?? '', '.kube', 'config')]
  const kube = new KubeConfig()
  try {
    for (const [n, path] of paths.entries()) {
      const one = n === 0 ? kube : new KubeConfig()
      one.loadFromFile(resolve(context.root, path))
      if (n > 0) kube.mergeConfig(one, true)
    }
  } catch {
    throw denied(`the sink ${name} cannot read the kubeconfig ${paths.join(delimiter)}`, 'kubectl config view')
  }
  return kube
}

function bearerIn(headers: unknown): Secret | null {
  const { Authorization: line = '' } = (headers ?? {}) as { readonly Authorization?: string }
  const token = /^Bearer ([\x21-\x7e]+)$/.exec(line)?.[1]
  return token === undefined ? null : Secret.of(token)
}

function tlsIn({
  ca,
  cert,
  key,
  servername,
}: {
  ca?: unknown
  cert?: unknown
  key?: unknown
  servername?: unknown
}): Access['tls'] {
  return {
    ...(ca ? { ca: String(ca) } : {}),
    ...(cert && key ? { certificate: { cert: String(cert), key: Secret.of(String(key)) } } : {}),
    ...(typeof servername === 'string' ? { servername } : {}),
  }
}
