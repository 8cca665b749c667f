import { expect, test } from 'vitest'
import { peer } from '../../src/io/peer.ts'

const missing = 'keywright-has-no-such-package'

test('a package that is not installed is asked for with the line that installs it', async () => {
  const error = await peer(() => import(missing), { by: 'the sink kv', packages: [missing] }).catch((e: unknown) => e)
  expect(error).toMatchObject({
    code: 'PACKAGE_MISSING',
    message: `the sink kv needs ${missing}, which is not installed`,
    hint: `npm install ${missing}`,
  })
})

test('a package that is there and breaks is not called missing', async () => {
  const broken = (): Promise<never> => Promise.reject(new Error('broken inside'))
  await expect(peer(broken, { by: 'the sink kv', packages: [missing] })).rejects.toThrow('broken inside')
})

test('the line that installs a package names the version that does', async () => {
  const wanted = { by: 'the sink k', packages: [`${missing}@1`] } as const
  expect(await peer(() => import(missing), wanted).catch((e: unknown) => e)).toMatchObject({
    message: `the sink k needs ${missing}, which is not installed`,
    hint: `npm install ${missing}@1`,
  })
})
