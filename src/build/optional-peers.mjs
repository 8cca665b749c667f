/**
 * SDKs that only some users need are optional peers: they stay out of the bundle, and are looked for when something first asks for them.
 *
 * The program is one script without `import()`, so it gets them by `require`, which since Node 20.19 takes ES modules as well. They are
 * looked for beside keywright first, then from the folder the command runs in: a global keywright finds what a project installed.
 */
import { readFileSync } from 'node:fs'

const { peerDependencies = {} } = JSON.parse(readFileSync('package.json', 'utf8'))
const NAMES = Object.keys(peerDependencies)
const NAMESPACE = 'optional-peer'

const lookup = (name) => `
const { createRequire } = process.getBuiltinModule('node:module')
const from = (path) => createRequire(path)(${JSON.stringify(name)})
const isMissing = (error) => error?.code === 'MODULE_NOT_FOUND' && String(error.message).includes(${JSON.stringify(`'${name}'`)})
let found
try { found = from(KEYWRIGHT_HERE) } catch (error) {
  if (!isMissing(error)) throw error
  found = from(process.cwd() + '/package.json')
}
module.exports = found
`

/** `here` is an expression for the path or URL of the file that is made. */
export function optionalPeers(here) {
  return {
    name: NAMESPACE,
    setup(build) {
      build.onResolve({ filter: /^[a-z@]/ }, ({ path }) =>
        NAMES.includes(path) ? { path, namespace: NAMESPACE } : null,
      )
      build.onLoad({ filter: /./, namespace: NAMESPACE }, ({ path }) => ({
        contents: lookup(path).replace('KEYWRIGHT_HERE', here),
      }))
    },
  }
}
