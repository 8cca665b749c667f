/** The sinks in keywright.yaml and their places, as the loader judges them. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadProject } from '../../../src/io/project.ts'

async function loaded(sink: string, ...places: readonly string[]) {
  const root = await mkdtemp(join(tmpdir(), 'kw-cloud-config-'))
  try {
    const config = `version: 1\nstack: s-1\nproviders: { o: { kind: memory } }\nsinks:\n  v: { ${sink} }\n`
    await writeFile(join(root, 'keywright.yaml'), config)
    await mkdir(join(root, 'keys'))
    await writeFile(join(root, 'keys/a.keys.yaml'), `keys:\n  a: { limit: 1, deliverTo: ${JSON.stringify(places)} }\n`)
    const permitted = { allowHosts: 'vpce.corp,api.corp:6443', allowExec: undefined }
    const { diagnostics, keys } = await loadProject({ at: { root }, now: Date.UTC(2027, 0, 1), permitted })
    const identities = keys.flatMap((key) => key.places.map(({ identity }) => identity))
    return { identities, problems: diagnostics.map(({ code, message }) => `${code} ${message}`) }
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

const SECRETS = 'kind: aws-secrets-manager, region: eu-central-1'

test.each([
  [
    SECRETS,
    ['v:ci/a', 'v:ci/b#k.x'],
    ['aws-secrets-manager:eu-central-1:ci/a', 'aws-secrets-manager:eu-central-1:ci/b#k.x'],
  ],
  [
    `${SECRETS}, account: "123456789012", profile: ci/deploy, endpoint: "https://vpce.corp", kmsKey: alias/k, create: false`,
    ['v:a_b+c=d.e@f-g'],
    ['aws-secrets-manager:eu-central-1/123456789012:a_b+c=d.e@f-g'],
  ],
  [
    'kind: aws-ssm, region: us-gov-west-1, tier: Advanced',
    ['v:/ci/a', 'v:plain'],
    ['aws-ssm:us-gov-west-1:/ci/a', 'aws-ssm:us-gov-west-1:plain'],
  ],
  ['kind: aws-ssm, region: eu-central-1, allow: ["/ci/**"]', ['v:/ci/a/b'], ['aws-ssm:eu-central-1:/ci/a/b']],
  ['kind: kubernetes, cluster: prod', ['v:ci/keys#api-key'], ['kubernetes:prod:ci/keys#api-key']],
  [
    'kind: kubernetes, cluster: prod, auth: { kind: kubeconfig, context: x }',
    ['v:ci/keys.v1#a'],
    ['kubernetes:prod:ci/keys.v1#a'],
  ],
  ['kind: kubernetes, cluster: prod, auth: { kind: service-account }', ['v:ci/keys#a'], ['kubernetes:prod:ci/keys#a']],
  [
    'kind: kubernetes, cluster: prod, auth: { kind: token, token: { env: T } }, server: "https://api.corp:6443", caFile: ca.crt',
    ['v:ci/keys#a'],
    ['kubernetes:prod:ci/keys#a'],
  ],
])('%s leads to %j', async (sink, places, identities) => {
  expect(await loaded(sink, ...places)).toEqual({ identities, problems: [] })
})

test.each([
  ['kind: aws-ssm', 'v:/a', /region/],
  ['kind: aws-ssm, region: eu-central-1.evil.example/', 'v:/a', /region/],
  [`${SECRETS}, account: 123456789012`, 'v:a', /account/],
  [`${SECRETS}, endpoint: "https://evil.example"`, 'v:a', /^CONFIG_HOST_NOT_ALLOWED .*evil\.example/],
  [`${SECRETS}, endpoint: "http://vpce.corp"`, 'v:a', /^CONFIG_URL_INVALID/],
  [SECRETS, 'v:/a', /^MANIFEST_PLACE_INVALID/],
  [SECRETS, 'v:arn:aws:secretsmanager:x', /^MANIFEST_PLACE_INVALID/],
  ['kind: aws-ssm, region: eu-central-1', 'v:/aws/a', /^MANIFEST_PLACE_INVALID/],
  ['kind: aws-ssm, region: eu-central-1', 'v:a/b', /^MANIFEST_PLACE_INVALID/],
  ['kind: aws-ssm, region: eu-central-1', 'v:/a#k', /^MANIFEST_PLACE_INVALID/],
  ['kind: kubernetes', 'v:ci/keys#a', /cluster/],
  ['kind: kubernetes, cluster: p', 'v:keys#a', /a namespace and the name of a Secret/],
  ['kind: kubernetes, cluster: p', 'v:Ci/keys#a', /a namespace and the name of a Secret/],
  ['kind: kubernetes, cluster: p', 'v:ci/keys', /has no field/],
  ['kind: kubernetes, cluster: p', 'v:ci/keys#.dockerconfigjson', /a key of a Secret/],
  ['kind: kubernetes, cluster: p, server: "https://api.corp:6443"', 'v:ci/k#a', /named with a token alone/],
  ['kind: kubernetes, cluster: p, auth: { kind: token, token: { env: T } }', 'v:ci/k#a', /which API server/],
  [
    'kind: kubernetes, cluster: p, auth: { kind: token, token: { env: T } }, server: "https://evil.example"',
    'v:ci/k#a',
    /^CONFIG_HOST_NOT_ALLOWED/,
  ],
])('%s with %s is refused', async (sink, place, problem) => {
  const { problems } = await loaded(sink, place)
  expect(problems.filter((text) => problem.test(text))).not.toEqual([])
})

test('a secret that is used whole and by a field is used twice', async () => {
  const { problems } = await loaded(SECRETS, 'v:ci/a', 'v:ci/a#k')
  expect(problems.join()).toMatch(/MANIFEST_PLACE_DUPLICATE/)
  expect((await loaded(SECRETS, 'v:ci/a#k', 'v:ci/a#k.z')).problems).toEqual([])
})
