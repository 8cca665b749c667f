/** The fake under GitHub's own client, and the sink against somebody else's GitHub. */
import { Octokit } from '@octokit/rest'
import { createEmulator } from 'emulate'
import sodium from 'libsodium-wrappers'
import { expect, test } from 'vitest'
import type { GithubConfig } from '../../../src/core/git-host-kinds.ts'
import { fingerprint } from '../../../src/sinks/bytes.ts'
import { openGithub } from '../../../src/sinks/github.ts'
import { fakeGithub, secretIn, WRITER } from '../../fakes/github/server.ts'
import { contextOf, placeOf } from '../../fakes/sinks.ts'
import { json, type Web, web } from '../../fakes/web.ts'
import { FIRST, SECOND } from './stage.ts'

const quiet = (): void => undefined
const SILENT = { debug: quiet, info: quiet, warn: quiet, error: quiet }

const seal = (text: string, key: string): string =>
  sodium.to_base64(
    sodium.crypto_box_seal(text, sodium.from_base64(key, sodium.base64_variants.ORIGINAL)),
    sodium.base64_variants.ORIGINAL,
  )

test('the fake takes what the official client sends, and answers what it understands', async () => {
  await sodium.ready
  const github = await fakeGithub()
  const octokit = new Octokit({ auth: WRITER, baseUrl: github.apiUrl, log: SILENT })
  const at = { owner: 'acme', repo: 'app', secret_name: 'K' }
  const { data: key } = await octokit.actions.getRepoPublicKey(at)
  const write = { ...at, key_id: key.key_id, encrypted_value: seal('one', key.key) }
  expect((await octokit.actions.createOrUpdateRepoSecret(write)).status).toBe(201)
  const first = (await octokit.actions.getRepoSecret(at)).data
  expect(
    (await octokit.actions.createOrUpdateRepoSecret({ ...write, encrypted_value: seal('two', key.key) })).status,
  ).toBe(204)
  const second = (await octokit.actions.getRepoSecret(at)).data
  expect(second.created_at).toBe(first.created_at)
  expect(second.updated_at > first.updated_at).toBe(true)
  expect(secretIn(github, 'repos/acme/app/actions/secrets', 'K')?.value).toBe('two')
  expect((await octokit.actions.listRepoSecrets(at)).data).toMatchObject({ total_count: 1, secrets: [{ name: 'K' }] })
  await expect(octokit.actions.createOrUpdateRepoSecret({ ...write, key_id: '1' })).rejects.toMatchObject({
    status: 422,
  })
  await expect(octokit.actions.createOrUpdateRepoSecret({ ...write, secret_name: 'GITHUB_X' })).rejects.toMatchObject({
    status: 422,
  })
  expect((await octokit.actions.deleteRepoSecret(at)).status).toBe(204)
  await expect(octokit.actions.deleteRepoSecret(at)).rejects.toMatchObject({ status: 404 })
  await expect(octokit.actions.getRepoSecret(at)).rejects.toMatchObject({ status: 404 })

  const { data: org } = await octokit.actions.getOrgPublicKey({ org: 'acme' })
  const shared = { org: 'acme', secret_name: 'K', key_id: org.key_id, encrypted_value: seal('three', org.key) }
  await octokit.actions.createOrUpdateOrgSecret({ ...shared, visibility: 'selected', selected_repository_ids: [7, 8] })
  const { data } = await octokit.actions.listSelectedReposForOrgSecret({ org: 'acme', secret_name: 'K', per_page: 1 })
  expect([data.total_count, data.repositories.map(({ id }) => id)]).toEqual([2, [7]])
  const env = { ...at, environment_name: 'review/one' }
  const { data: envKey } = await octokit.actions.getEnvironmentPublicKey(env)
  expect(envKey.key).not.toBe(key.key)
  await octokit.actions.createOrUpdateEnvironmentSecret({
    ...env,
    key_id: envKey.key_id,
    encrypted_value: seal('four', envKey.key),
  })
  expect(secretIn(github, 'repos/acme/app/environments/review/one/secrets', 'K')?.value).toBe('four')
  const { data: bot } = await octokit.dependabot.getRepoPublicKey(at)
  await octokit.dependabot.createOrUpdateRepoSecret({
    ...at,
    key_id: bot.key_id,
    encrypted_value: seal('five', bot.key),
  })
  const { data: space } = await octokit.codespaces.getRepoPublicKey(at)
  await octokit.codespaces.createOrUpdateRepoSecret({
    ...at,
    key_id: space.key_id,
    encrypted_value: seal('six', space.key),
  })
  expect(secretIn(github, 'repos/acme/app/codespaces/secrets', 'K')?.value).toBe('six')
  await expect(
    new Octokit({ auth: 'nobody', baseUrl: github.apiUrl, log: SILENT }).actions.getRepoPublicKey(at),
  ).rejects.toMatchObject({ status: 401 })
  github.close()
})

/** Emulate knows secrets and no public key: this stands in front, hands one out, and opens what was sealed with it. */
async function shim(upstream: string, opened: Map<string, string>): Promise<Web> {
  await sodium.ready
  const pair = sodium.crypto_box_keypair()
  const { ORIGINAL } = sodium.base64_variants
  return web(async ({ method, url, body, json: said, headers }) => {
    if (url.endsWith('/secrets/public-key'))
      return json(200, { key_id: '7', key: sodium.to_base64(pair.publicKey, ORIGINAL) })
    if (method === 'PUT') {
      const box = sodium.from_base64(String(said.encrypted_value), ORIGINAL)
      const name = url.slice(url.lastIndexOf('/') + 1)
      opened.set(name, sodium.to_string(sodium.crypto_box_seal_open(box, pair.publicKey, pair.privateKey)))
    }
    const { authorization = '' } = headers
    const passed = { method, headers: { authorization, 'content-type': 'application/json' } }
    const answer = await fetch(`${upstream}${url}`, method === 'PUT' ? { ...passed, body } : passed)
    return { status: answer.status, body: await answer.text() }
  })
}

test("the sink writes, dates, tells apart and removes at somebody else's GitHub", async () => {
  const port = 20_000 + Math.floor(Math.random() * 20_000)
  const emulator = await createEmulator({
    service: 'github',
    port,
    seed: {
      tokens: { writer: { login: 'octo', scopes: ['repo'] }, stranger: { login: 'guest', scopes: ['repo'] } },
      github: { users: [{ login: 'octo' }, { login: 'guest' }], repos: [{ owner: 'octo', name: 'app' }] },
    },
  })
  const opened = new Map<string, string>()
  const front = await shim(emulator.url, opened)
  const config: GithubConfig = { kind: 'github-actions', apiUrl: front.origin }
  const open = (token: string) => openGithub(config, contextOf('/nowhere', { env: { GH_TOKEN: token } }))
  const sink = await open('writer')
  const place = placeOf('here:octo/app#OPENROUTER_API_KEY', config)
  try {
    expect(await sink.preflight(place)).toEqual({ version: null })
    await sink.write(place, FIRST, null)
    const { version } = await sink.write(place, SECOND, null)
    expect(opened.get('OPENROUTER_API_KEY')).toBe(SECOND.expose())
    expect((await sink.preflight(place)).version).toBe(version)
    const stranger = await open('stranger')
    await expect(stranger.preflight(place)).rejects.toMatchObject({ code: 'SINK_DENIED' })
    await stranger.close?.()
    expect(await sink.remove({ ...place, written: 'another' }, fingerprint(SECOND))).toBe(false)
    expect(await sink.remove({ ...place, written: version }, fingerprint(SECOND))).toBe(true)
    expect(await sink.preflight(place)).toEqual({ version: null })
  } finally {
    await sink.close?.()
    front.close()
    await emulator.close()
  }
})
