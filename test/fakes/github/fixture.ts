import type { GithubConfig } from '../../../src/core/git-host-kinds.ts'
import { openSink } from '../../../src/sinks/registry.ts'
import { contextOf, placeOf, type SinkFixture } from '../sinks.ts'
import { fakeGithub, put, secretIn, WRITER } from './server.ts'

const HOME = 'repos/acme/app/actions/secrets'

/** Secrets of one repository, beside one that is nobody's business. Dates are left out of what is stored: a second write has another. */
export async function githubFixture(): Promise<SinkFixture> {
  const github = await fakeGithub()
  const config: GithubConfig = { kind: 'github-actions', apiUrl: github.apiUrl }
  put(github, HOME, { name: 'NEIGHBOUR', value: 'stays' })
  return {
    config,
    open: () => openSink(config, contextOf('/nowhere', { env: { GH_TOKEN: WRITER } })),
    place: (n) => placeOf(`here:acme/app#K${n}`, config),
    dump: () =>
      JSON.stringify(
        [...github.homes].map(([home, all]) => [home, [...all].map(([name, { value }]) => [name, value])]),
      ),
    peek: async (n) => secretIn(github, HOME, `K${n}`)?.value ?? null,
    poke: async (n, text) => put(github, HOME, { name: `K${n}`, value: text }),
    close: () => github.close(),
  }
}
