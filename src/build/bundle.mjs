// Bundles what `bin` points at. Lazy imports stay lazy: each becomes a chunk of its own.
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { build } from 'esbuild'
import { namedExports } from './named-exports.mjs'

const { version } = JSON.parse(readFileSync('package.json', 'utf8'))

const onlyThePool = {
  name: 'only-the-pool',
  setup(build) {
    build.onResolve({ filter: /^undici$/ }, () => ({ path: resolve('src/build/undici-pool.mjs') }))
  },
}

const { metafile } = await build({
  entryPoints: { cli: 'src/cli/main.ts', index: 'src/index.ts', bench: 'src/build/bench/main.ts' },
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
  plugins: [onlyThePool, namedExports],
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
})
chmodSync('dist/cli.js', 0o755)

// What an earlier build left goes last, so that a program that is running meanwhile still finds its chunks.
for (const folder of ['dist', 'dist/chunks'].filter((path) => existsSync(path)))
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isFile() && !(relative('.', join(folder, entry.name)) in metafile.outputs))
      rmSync(join(folder, entry.name))
