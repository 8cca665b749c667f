import { expect, test } from 'vitest'
import { codeOf, filesIn } from './sources.ts'

/** Everywhere a secret leaves its box, and how often. A new line here is a decision. */
const EXPOSED: Readonly<Record<string, number>> = {
  'src/daemon/notify/post.ts': 1,
  'src/io/digest.ts': 3,
  'src/io/http.ts': 3,
  'src/providers/memory.ts': 1,
  'src/providers/strait/prefix.ts': 2,
  'src/sinks/age.ts': 2,
  'src/sinks/azure/login.ts': 3,
  'src/sinks/aws/parameters.ts': 1,
  'src/sinks/aws/secrets/put.ts': 1,
  'src/sinks/bytes.ts': 4,
  'src/sinks/exec.ts': 1,
  'src/sinks/field-text.ts': 2,
  'src/sinks/gcp.ts': 1,
  'src/sinks/github/seal.ts': 1,
  'src/sinks/github/token.ts': 2,
  'src/sinks/gitlab.ts': 1,
  'src/sinks/gitlab/variables.ts': 1,
  'src/sinks/http.ts': 1,
  'src/sinks/json-fields.ts': 1,
  'src/sinks/kubernetes/secret.ts': 1,
  'src/sinks/on-disk.ts': 1,
  'src/sinks/webhook/receiver.ts': 1,
  'src/sinks/vault/fields.ts': 1,
  'src/sinks/sops.ts': 3,
  'src/sinks/sops/data-key.ts': 1,
  'src/sinks/vault/session.ts': 2,
  'src/stores/git/repository.ts': 1,
  'src/stores/postgres/database.ts': 2,
  'src/stores/s3/objects.ts': 2,
}

test('exposes secrets only where they are sent, hashed or delivered', () => {
  const found = filesIn(['src']).flatMap(({ path, text }) => {
    const times = codeOf(text).match(/\.expose\(\)/g)?.length ?? 0
    return times > 0 ? [[path, times] as const] : []
  })
  expect(Object.fromEntries(found)).toEqual(EXPOSED)
})
