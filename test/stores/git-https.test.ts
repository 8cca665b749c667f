/** The branch on a host as CI jobs reach it: https with a certificate of an authority of one's own, and the token of the job. */
import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { systemClock } from '../../src/io/clock.ts'
import { type GitStore, gitStore } from '../../src/stores/git.ts'
import { type GitHost, startGitHost } from '../fakes/git-host.ts'
import { aRecord } from '../fakes/records.ts'
import { scratchFolder } from '../fakes/stores.ts'
import { AUTHORITY } from '../fakes/vault/certificate.ts'

const TOKEN = 'ghs_thetokenofajob'
const root = scratchFolder()
/** Numbers that are answers of servers elsewhere. */
const NAME = 'keys-401-403.git'
const repository = join(root, NAME)
let host: GitHost
const opened: GitStore[] = []

beforeAll(async () => {
  execFileSync('git', ['init', '--quiet', '--bare', repository])
  host = await startGitHost({ root, name: NAME, login: `x-access-token:${TOKEN}` })
  writeFileSync(join(root, 'ca.pem'), AUTHORITY)
})
afterAll(async () => {
  for (const store of opened) await store.close()
  await host.close()
  rmSync(root, { recursive: true })
})

/** As in a job of GitHub Actions on a server of one's own. */
function job(more: Readonly<Record<string, string>> = {}): GitStore {
  const { PATH = '' } = process.env
  const env = {
    PATH,
    HOME: root,
    GITHUB_SERVER_URL: 'https://localhost',
    GITHUB_TOKEN: TOKEN,
    GIT_SSL_CAINFO: join(root, 'ca.pem'),
    ...more,
  }
  const store = gitStore({ root, env, url: host.url, clock: systemClock })
  opened.push(store)
  return store
}

const save = (store: GitStore, address: string, expectedSerial: number, highest = 1) =>
  store.commit('acme', [{ address, expectedSerial, record: aRecord(address, { highest }) }])

it('keeps the state by pushes of the job, merges what another job saved meanwhile, and tells the loser of a race', async () => {
  const [one, other] = [job(), job()]
  expect((await one.read('acme')).records.size).toBe(0)
  await save(one, 'acme/a', 0)
  await save(other, 'acme/b', 0)
  await save(one, 'acme/c', 0)
  expect([...(await other.read('acme')).records.keys()].sort()).toEqual(['acme/a', 'acme/b', 'acme/c'])
  const both = await Promise.allSettled([save(one, 'acme/a', 1, 2), save(other, 'acme/a', 1, 3)])
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  expect(both.find((end) => end.status === 'rejected')).toMatchObject({ reason: { code: 'STATE_CONFLICT' } })
  const lease = await one.lease('acme', { ttlMillis: 60_000, waitMillis: 0, command: 'keywright apply' })
  await expect(other.lease('acme', { ttlMillis: 1_000, waitMillis: 0, command: 'x' })).rejects.toMatchObject({
    code: 'LOCK_HELD',
  })
  await lease.release()
  expect(host.asked.every(({ isIn }) => isIn)).toBe(true)
  expect(host.asked.some(({ what }) => what.endsWith('/git-receive-pack'))).toBe(true)
  expect(host.asked.map(({ what }) => what).join()).not.toContain('ghs_')
  expect(
    execFileSync('git', [`--git-dir=${repository}`, 'fsck', '--strict', '--no-dangling'], {
      encoding: 'utf8',
      stdio: 'pipe',
    }),
  ).toBe('')
})

it('refuses a host whose certificate nobody vouches for, and one that does not know the token, without saying it', async () => {
  const before = host.asked.length
  const failed = await job({ GIT_SSL_CAINFO: '/etc/ssl/certs/ca-certificates.crt' })
    .read('acme')
    .catch((error: unknown) => error)
  expect(failed).toMatchObject({ code: 'STATE_UNREADABLE', hint: expect.stringContaining('GIT_SSL_CAINFO') })
  expect(host.asked).toHaveLength(before)
  const denied = await job({ GITHUB_TOKEN: 'ghs_ofyesterday' })
    .read('acme')
    .catch((error: unknown) => error)
  expect(denied).toMatchObject({ code: 'STORE_DENIED' })
  expect(JSON.stringify([failed, denied, String(failed), String(denied)])).not.toContain('ghs_')
})
