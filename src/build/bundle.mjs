// Bundles what `bin` points at. Lazy imports stay lazy: each becomes a chunk of its own.
import { chmodSync, existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { build } from 'esbuild'
import { cheapBuiltins } from './cheap-builtins.mjs'
import { namedExports } from './named-exports.mjs'

const { version } = JSON.parse(readFileSync('package.json', 'utf8'))

const onlyThePool = {
  name: 'only-the-pool',
  setup(build) {
    build.onResolve({ filter: /^undici$/ }, () => ({ path: resolve('src/build/undici-pool.mjs') }))
  },
}

const entryPoints = { cli: 'src/cli/main.ts', index: 'src/index.ts', bench: 'src/build/bench/main.ts' }
const { metafile } = await build({
  entryPoints,
  outdir: 'dist',
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
  define: { KEYWRIGHT_VERSION: JSON.stringify(version) },
  plugins: [onlyThePool, cheapBuiltins, namedExports],
  // A chunk called .mjs is a module by its name: Node looks for no package.json to find out.
  outExtension: { '.js': '.mjs' },
  // For the CommonJS packages on board, which ask for modules of Node.
  banner: { js: 'const require = process.getBuiltinModule;' },
})
const made = new Set(Object.keys(metafile.outputs))
for (const name of Object.keys(entryPoints)) {
  renameSync(`dist/${name}.mjs`, `dist/${name}.js`)
  made.add(`dist/${name}.js`)
}
chmodSync('dist/cli.js', 0o755)

// What an earlier build left goes last, so that a program that is running meanwhile still finds its chunks.
for (const folder of ['dist', 'dist/chunks'].filter((path) => existsSync(path)))
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isFile() && !made.has(relative('.', join(folder, entry.name)))) rmSync(join(folder, entry.name))
