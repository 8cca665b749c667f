/** A fake GitHub, sinks on it, and places in them. Waits cost no time. */
import { afterEach } from 'vitest'
import type { GithubConfig } from '../../../src/core/git-host-kinds.ts'
import type { Place } from '../../../src/core/key.ts'
import { Secret } from '../../../src/core/secret.ts'
import type { SecretSink } from '../../../src/ports/secret-sink.ts'
import { openGithub } from '../../../src/sinks/github.ts'
import { type FakeGithub, fakeGithub, WRITER } from '../../fakes/github/server.ts'
import { leapingClock } from '../../fakes/key-apis.ts'
import { contextOf, placeOf } from '../../fakes/sinks.ts'
import type { WebOptions } from '../../fakes/web.ts'

export const FIRST = Secret.of('sk-or-v1-first-0123456789')
export const SECOND = Secret.of('sk-or-v1-second-9876543210')
export const HOME = 'repos/acme/app/actions/secrets'

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

export interface Stage {
  readonly github: FakeGithub
  readonly sink: SecretSink
  readonly config: GithubConfig
  readonly clock: ReturnType<typeof leapingClock>
  place(text: string): Place
}

export type Change = Partial<Omit<GithubConfig, 'kind'>> & {
  readonly env?: Record<string, string>
  readonly web?: WebOptions
}

export async function stage(change: Change = {}): Promise<Stage> {
  const { env = { GH_TOKEN: WRITER }, web, ...rest } = change
  const github = await fakeGithub(web)
  open.push(github)
  const config: GithubConfig = { kind: 'github-actions', apiUrl: github.apiUrl, ...rest }
  const clock = leapingClock()
  const tuning = { clock, random: () => 0, timeoutMillis: 300 }
  const sink = await openGithub(config, contextOf('/nowhere', { env }), tuning)
  open.push({ close: () => sink.close?.() })
  return { github, sink, config, clock, place: (text) => placeOf(`here:${text}`, config) }
}

export async function failure(work: Promise<unknown>): Promise<{ code: string; message: string; hint: string }> {
  const error = await work.then(
    () => ({ code: 'none' }),
    (thrown) => thrown,
  )
  return { code: error.code, message: error.message, hint: error.hint }
}
