/**
 * The large part of the provider as a file beside its first script: what that one imports as `./body.ts` is read when it is asked for,
 * with a code cache (terraform/plugin/script.ts). In a single executable it is an asset.
 */
import { resolve } from 'node:path'

export const PROVIDER_BODY = 'provider-body.cjs'
const reading = (hash) => `
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { loadScript } from ${JSON.stringify(resolve('src/terraform/plugin/script.ts'))}

const filename = join(dirname(module.filename ?? process.execPath), '${PROVIDER_BODY}')
const { exports: body, keep } = loadScript({
  text: textOf(),
  filename,
  cache: ['provider-${hash}', process.version, process.arch].join('-') + '.cache',
  env: process.env,
  uid: process.getuid?.(),
  pid: process.pid,
}, process.getBuiltinModule)
process.once('exit', keep)
export const { servedIn } = body

function textOf() {
  try {
    return readFileSync(filename, 'latin1')
  } catch (error) {
    const sea = process.getBuiltinModule('node:sea')
    if (!sea?.isSea()) throw error
    return Buffer.from(sea.getRawAsset('${PROVIDER_BODY}')).toString('latin1')
  }
}
`

export function providerBody(hash) {
  return {
    name: 'provider-body',
    setup(build) {
      build.onResolve({ filter: /^\.\/body\.ts$/ }, () => ({ path: PROVIDER_BODY, namespace: 'provider-body' }))
      build.onLoad({ filter: /./, namespace: 'provider-body' }, () => ({
        contents: reading(hash),
        resolveDir: resolve('.'),
      }))
    },
  }
}
