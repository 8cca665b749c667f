import type { GitlabConfig } from '../../../src/core/git-host-kinds.ts'
import { openSink } from '../../../src/sinks/registry.ts'
import { contextOf, placeOf, type SinkFixture } from '../sinks.ts'
import { fakeGitlab, MAINTAINER, put, variableIn } from './server.ts'

const HOME = 'projects/acme/app'

/** Variables of one project, beside one that is nobody's business and one of another environment. */
export async function gitlabFixture(): Promise<SinkFixture> {
  const gitlab = await fakeGitlab()
  const config: GitlabConfig = { kind: 'gitlab-variables', apiUrl: gitlab.apiUrl }
  put(gitlab, HOME, { key: 'NEIGHBOUR', value: 'stays' })
  put(gitlab, HOME, { key: 'K1', value: 'of production', environment_scope: 'production' })
  return {
    config,
    open: () => openSink(config, contextOf('/nowhere', { env: { GITLAB_TOKEN: MAINTAINER } })),
    place: (n) => placeOf(`here:acme/app#K${n}`, config),
    dump: () => JSON.stringify(gitlab.homes.get(HOME)),
    peek: async (n) => variableIn(gitlab, HOME, `K${n}`)?.value ?? null,
    poke: async (n, text) => void put(gitlab, HOME, { key: `K${n}`, value: text }),
    close: () => gitlab.close(),
  }
}
