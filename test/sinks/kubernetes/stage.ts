/** A fake API server, sinks on it, and places in them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import type { Place } from '../../../src/core/key.ts'
import type { KubernetesConfig } from '../../../src/core/kubernetes-kind.ts'
import { Secret } from '../../../src/core/secret.ts'
import type { Owner, PlaceAt, SecretSink } from '../../../src/ports/secret-sink.ts'
import { openKubernetes } from '../../../src/sinks/kubernetes.ts'
import { leapingClock } from '../../fakes/key-apis.ts'
import { type FakeKubernetes, fakeKubernetes, ROOT } from '../../fakes/kubernetes/server.ts'
import { contextOf, placeOf } from '../../fakes/sinks.ts'

export const FIRST = Secret.of('sk-or-v1-first-0123456789')
export const SECOND = Secret.of('sk-or-v1-second-9876543210')

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

export async function fake(options: Parameters<typeof fakeKubernetes>[0] = {}): Promise<FakeKubernetes> {
  const server = await fakeKubernetes(options)
  open.push(server)
  return server
}

/** A folder with these files. */
export function folderWith(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'kw-kube-'))
  open.push({ close: () => rmSync(root, { recursive: true }) })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text, { mode: 0o600 })
  return root
}

export interface Stage {
  readonly kube: FakeKubernetes
  readonly sink: SecretSink
  readonly clock: ReturnType<typeof leapingClock>
  place(text: string): Place
}

type Change = Partial<Omit<KubernetesConfig, 'kind'>> & {
  readonly env?: Record<string, string>
  readonly root?: string
  readonly pod?: string
  readonly timeoutMillis?: number
}

/** A sink with a token and every right unless said. Waits cost no time. */
export async function stage(change: Change = {}, kube?: FakeKubernetes): Promise<Stage> {
  const server = kube ?? (await fake())
  const { env = { TOKEN: ROOT }, root = '/nowhere', pod = '/nowhere', timeoutMillis = 2000, ...rest } = change
  const byToken = { server: server.server, auth: { kind: 'token', token: { env: 'TOKEN' } } } as const
  const config = { kind: 'kubernetes', cluster: 'fake', ...(rest.auth === undefined ? byToken : {}), ...rest } as const
  const clock = leapingClock()
  const sink = await openKubernetes(config, contextOf(root, { env }), { clock, random: () => 0, timeoutMillis, pod })
  open.push({ close: () => sink.close?.() })
  return { kube: server, sink, clock, place: (text) => placeOf(`here:${text}`, config) }
}

export function ownedBy(place: Place, change: Partial<Owner> = {}): PlaceAt {
  return { ...place, owner: { address: 'acme-7f3a/platform/ci-bot', lineage: 'k3v7x2ab', n: 4, ...change } }
}

export async function failure(work: Promise<unknown>): Promise<{ code: string; message: string; hint: string }> {
  const error = await work.then(
    () => ({ code: 'none' }),
    (thrown) => thrown,
  )
  return { code: error.code, message: error.message, hint: error.hint }
}
