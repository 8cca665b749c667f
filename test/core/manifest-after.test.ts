/** `after` of an entry, and the places of the git hosts, as the loader judges them. */
import { describe, expect, test } from 'vitest'
import { githubHome, gitlabHome } from '../../src/core/git-host-kinds.ts'
import { keysOf, SMALL_CONFIG } from '../fakes/sources.ts'

const CONFIG = SMALL_CONFIG.replace(
  'mem: { kind: memory } }',
  `mem: { kind: memory }, gh: { kind: github-actions, allow: ["acme/**"] }, hook: { kind: http, url: https://hooks.internal/keep }, two: { kind: http, url: https://two.internal },
  var: { kind: gitlab-variables }, bot: { kind: github-actions, secrets: dependabot, allow: ["acme/**"] } }`,
)

const entry = (after: string, more = ''): Promise<Awaited<ReturnType<typeof keysOf>>> =>
  keysOf(`a: { limit: 1, deliverTo: ["mem:x"], after: ${after}${more} }`, { config: CONFIG })

describe('after', () => {
  test('is resolved through the sink it names, or the only one that fits', async () => {
    const { keys, said } = await entry(
      '[{ kind: http, sink: hook, path: "reload/${id}" }, { kind: github-dispatch, sink: gh, repository: acme/app, event: go }]',
    )
    expect(said).toEqual([])
    expect(keys.get('a')?.after).toEqual([
      { kind: 'http', sink: 'hook', at: { path: 'reload/a' }, identity: 'http:hook:reload/a', text: 'http reload/a' },
      {
        kind: 'github-dispatch',
        sink: 'gh',
        at: { repository: 'acme/app', event: 'go' },
        identity: 'github-dispatch:gh:acme/app (go)',
        text: 'github-dispatch acme/app (go)',
      },
    ])
  })

  test.each([
    ['[{ kind: htpp }]', 'MANIFEST_WRONG_VALUE', 'Did you mean "http"?'],
    [
      '[{ kind: http }]',
      'MANIFEST_HOOK_INVALID',
      'goes through a sink of kind http, and keywright.yaml has hook and two.',
    ],
    ['[{ kind: http, sink: mem }]', 'MANIFEST_HOOK_INVALID', 'goes through a sink of kind http'],
    ['[{ kind: github-dispatch, sink: gh }]', 'MANIFEST_HOOK_INVALID', 'needs a repository.'],
    [
      '[{ kind: github-dispatch, sink: gh, repository: acme }]',
      'MANIFEST_HOOK_INVALID',
      '"repository" must be OWNER/REPO.',
    ],
    [
      '[{ kind: github-dispatch, sink: gh, repository: evil/app }]',
      'MANIFEST_HOOK_INVALID',
      'The sink gh does not allow evil/app.',
    ],
    [
      '[{ kind: http, sink: hook, repository: a/b }]',
      'MANIFEST_HOOK_INVALID',
      'A hook of kind http takes no "repository".',
    ],
    ['[{ kind: http, sink: hook }, { kind: http, sink: hook }]', 'MANIFEST_HOOK_INVALID', 'asks for http hook twice.'],
    ['[{ kind: http, sink: hook, path: ../x }]', 'MANIFEST_HOOK_INVALID', 'must be a path with / between its parts.'],
    ['[{ kind: http, sink: hook, path: "${nope}" }]', 'MANIFEST_WORD_UNKNOWN', 'nope'],
    ['{ kind: http }', 'MANIFEST_WRONG_VALUE', 'must be'],
  ])('%s is refused with its position', async (after, code, message) => {
    const { diagnostics } = await entry(after)
    expect(diagnostics.map((one) => one.code)).toEqual([code])
    expect(diagnostics[0]?.message).toContain(message)
    expect(diagnostics[0]?.at).toMatchObject({ file: 'keys/a.keys.yaml', line: 2 })
    expect(diagnostics[0]?.hint).not.toBe('')
  })

  test('counts as a change of the entry, and an entry without it is what it was', async () => {
    const [none, empty, one] = await Promise.all([
      entry('[]'),
      keysOf('a: { limit: 1, deliverTo: ["mem:x"] }', { config: CONFIG }),
      entry('[{ kind: http, sink: hook }]'),
    ])
    expect(none.keys.get('a')?.digest).toBe(empty.keys.get('a')?.digest)
    expect(one.keys.get('a')?.digest).not.toBe(empty.keys.get('a')?.digest)
  })
})

const delivered = (place: string): ReturnType<typeof keysOf> =>
  keysOf(`a: { limit: 1, rotation: { hold: 1h }, deliverTo: [${place}] }`, { config: CONFIG })

describe('a place at a git host', () => {
  test.each([
    ['"gh:acme/app#OPENROUTER_API_KEY"', 'github-actions:https://api.github.com/actions:acme/app#OPENROUTER_API_KEY'],
    ['{ sink: gh, path: Acme/App/Review/One, field: K }', null],
    [
      '{ sink: var, path: acme/deep/app, field: some_key }',
      'gitlab-variables:https://gitlab.com/api/v4/projects/*:acme/deep/app#some_key',
    ],
  ])('%s has one identity, whatever its case', async (place, identity) => {
    const { keys, said } = await delivered(place)
    if (identity === null) expect(said.join()).toContain('does not allow the place')
    else expect(keys.get('a')?.places[0]?.identity).toBe(identity.replace('*', encodeURIComponent('*')))
  })

  test.each([
    ['"gh:acme/app#openrouter"', 'upper-case letters'],
    ['"gh:acme/app#GITHUB_KEY"', 'GITHUB_'],
    ['"gh:acme/app#1KEY"', 'upper-case letters'],
    ['"gh:acme/../app#KEY"', 'ORG, OWNER/REPO or OWNER/REPO/ENVIRONMENT'],
    ['"gh:other/app#KEY"', 'does not allow the place other/app#KEY'],
    ['"bot:acme/app/production#KEY"', 'environments have none'],
    ['"var:acme/app#MY-KEY"', 'letters, digits and _'],
    ['"var:/acme#KEY"', 'full path of a project or group'],
    ['{ sink: var, path: acme/app, field: AUTH, value: "Bearer ${secret}" }', 'may hold no white space'],
  ])('%s is refused before a key is minted', async (place, message) => {
    const { diagnostics } = await delivered(place)
    expect(diagnostics.map((one) => one.message).join('\n')).toContain(message)
  })

  test('is not written conditionally, so nobody may end an old key without a hold', async () => {
    const { diagnostics } = await keysOf('a: { limit: 1, rotation: { hold: 0 }, deliverTo: ["gh:acme/app#KEY"] }', {
      config: CONFIG,
    })
    expect(diagnostics).toMatchObject([{ code: 'MANIFEST_ROTATION_IMPOSSIBLE', hint: 'hold: 1h' }])
  })

  test('at another server, in another store of secrets or for another environment is another place', () => {
    const github = { kind: 'github-actions' } as const
    const gitlab = { kind: 'gitlab-variables' } as const
    const homes = [
      githubHome(github),
      githubHome({ ...github, secrets: 'codespaces' }),
      githubHome({ ...github, apiUrl: 'https://ghes.internal/api/v3' }),
      gitlabHome(gitlab),
      gitlabHome({ ...gitlab, level: 'group' }),
      gitlabHome({ ...gitlab, environmentScope: 'production' }),
    ]
    expect(new Set(homes).size).toBe(homes.length)
    expect(githubHome({ ...github, apiUrl: 'https://API.github.com:443/' })).toBe(githubHome(github))
  })
})
