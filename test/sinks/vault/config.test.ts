/** The sink in keywright.yaml, as the loader judges it. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadProject } from '../../../src/io/project.ts'

async function loaded(vault: string) {
  const root = await mkdtemp(join(tmpdir(), 'kw-vault-config-'))
  try {
    const config = `version: 1\nstack: s-1\nproviders: { o: { kind: memory } }\nsinks:\n  v: { kind: vault, ${vault} }\n`
    await writeFile(join(root, 'keywright.yaml'), config)
    await mkdir(join(root, 'keys'))
    const place = '[{ sink: v, path: ci/openrouter, field: api_key }, "v:ci/other#k"]'
    await writeFile(join(root, 'keys/a.keys.yaml'), `keys:\n  a: { limit: 1, deliverTo: ${place} }\n`)
    const permitted = { allowHosts: 'vault.internal:8200', allowExec: undefined }
    return await loadProject({ at: { root }, now: Date.UTC(2027, 0, 1), permitted })
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

const ADDRESS = 'address: https://vault.internal:8200'

test.each([
  '',
  ', mount: team/kv, namespace: a/b, kv: 1, caFile: ca.pem, allow: ["ci/**"]',
  ', auth: { kind: token, token: { file: token } }',
  ', auth: { kind: approle, roleId: ci, secretId: { env: SECRET_ID } }',
  ', auth: { kind: jwt, role: ci, token: { env: CI_JOB_JWT }, mount: jwt/gitlab }',
  ', auth: { kind: kubernetes, role: ci }, readable: false',
])('takes every way to log in and every option: %s', async (options) => {
  const { diagnostics, keys } = await loaded(`${ADDRESS}${options}`)
  expect(diagnostics).toEqual([])
  const home = options.includes('namespace') ? 'a/b/team/kv' : 'secret'
  expect(keys[0]?.places.map(({ identity }) => identity)).toEqual([
    `vault:https://vault.internal:8200/${home}:ci/openrouter#api_key`,
    `vault:https://vault.internal:8200/${home}:ci/other#k`,
  ])
})

test.each([
  ['mount: secret', 'CONFIG_WRONG_VALUE', 'no "address"'],
  [`${ADDRESS}, kv: 3`, 'CONFIG_WRONG_VALUE', '1 or 2'],
  [`${ADDRESS}, mount: /secret/`, 'CONFIG_WRONG_VALUE', 'a path with / between its parts'],
  [`${ADDRESS}, auth: { kind: ldap }`, 'CONFIG_WRONG_VALUE', 'token, approle, jwt and kubernetes'],
  [`${ADDRESS}, auth: { kind: approle, roleId: r }`, 'CONFIG_WRONG_VALUE', 'no "secretId"'],
  [`${ADDRESS}, auth: { kind: token, token: hvs.literal }`, 'CONFIG_SOURCE_LITERAL', 'never the credential'],
  [`${ADDRESS}, token: { env: T }`, 'CONFIG_UNKNOWN_FIELD', 'not an option of kind vault'],
  ['address: "http://vault.internal:8200"', 'CONFIG_URL_INVALID', 'is http'],
  ['address: https://vault.elsewhere', 'CONFIG_HOST_NOT_ALLOWED', 'vault.elsewhere'],
  [`${ADDRESS}, kv: 1, readable: false`, 'CONFIG_WRONG_VALUE', 'kv: 1'],
])('says what is wrong: %s', async (vault, code, message) => {
  const { diagnostics } = await loaded(vault)
  expect(diagnostics.map((one) => one.code)).toContain(code)
  expect(diagnostics.map((one) => one.message).join('\n')).toContain(message)
})
