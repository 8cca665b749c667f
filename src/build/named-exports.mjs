// `await import('undici')` of a CommonJS package: Node finds its named exports, esbuild would leave only `default`.
import { createRequire } from 'node:module'

const NAMESPACE = 'named-exports'
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/

export const namedExports = {
  name: NAMESPACE,
  setup(build) {
    build.onResolve({ filter: /^[a-z@]/ }, ({ path, kind, importer, namespace, resolveDir }) => {
      if (kind !== 'dynamic-import' || namespace === NAMESPACE || path.startsWith('node:')) return
      return { path, namespace: NAMESPACE, pluginData: { importer, resolveDir } }
    })
    build.onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path, pluginData: { importer, resolveDir } }) => {
      const loaded = createRequire(importer)(path)
      if (loaded?.__esModule === true || loaded?.[Symbol.toStringTag] === 'Module')
        return { contents: `export * from ${JSON.stringify(path)}`, resolveDir }
      const names = Object.keys(loaded).filter((name) => IDENTIFIER.test(name) && name !== 'default')
      const lines = [`import whole from ${JSON.stringify(path)}`, `export const { ${names.join(', ')} } = whole`]
      return { contents: lines.join('\n'), resolveDir }
    })
  },
}
