/**
 * Modules of Node that a short command should not pay for.
 *
 * An import of `node:process` makes Node read every property of `process` once, standard input included: six milliseconds, as much
 * as reading this program. The global is the same object. `node:crypto` and `node:child_process` are loaded by the first call of one
 * of their functions (all we import from them are functions).
 */
import process from 'node:process'

const LAZY = /^node:(?:crypto|child_process)$/

export const cheapBuiltins = {
  name: 'cheap-builtins',
  setup(build) {
    const isImport = ({ kind }) => kind === 'import-statement' || kind === 'require-call'
    build.onResolve({ filter: /^node:process$/ }, (ask) =>
      isImport(ask) ? { path: ask.path, namespace: ask.kind === 'require-call' ? 'required' : 'global' } : null,
    )
    build.onLoad({ filter: /./, namespace: 'global' }, () => ({
      contents: 'export default process\nexport const { kill } = process',
    }))
    // A CommonJS package wants the object itself.
    build.onLoad({ filter: /./, namespace: 'required' }, () => ({ contents: 'module.exports = process' }))
    build.onResolve({ filter: LAZY }, (ask) => (isImport(ask) ? { path: ask.path, namespace: 'lazy' } : null))
    build.onLoad({ filter: /./, namespace: 'lazy' }, ({ path }) => ({ contents: functionsOf(path) }))
  },
}

function functionsOf(path) {
  const names = Object.entries(process.getBuiltinModule(path)).flatMap(([name, value]) =>
    typeof value === 'function' && /^[a-z]\w*$/.test(name) ? [name] : [],
  )
  return names
    .map((name) => `export const ${name} = (...args) => process.getBuiltinModule('${path}').${name}(...args)`)
    .join('\n')
}
