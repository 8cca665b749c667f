// Bundles what `bin` and `exports` point at.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { build } from 'esbuild'
import { cheapBuiltins } from './cheap-builtins.mjs'
import { namedExports } from './named-exports.mjs'
import { optionalPeers } from './optional-peers.mjs'
import { PROVIDER_BODY, providerBody } from './provider-body.mjs'

const { version } = JSON.parse(readFileSync('package.json', 'utf8'))

const onlyThePool = {
  name: 'only-the-pool',
  setup(build) {
    build.onResolve({ filter: /^undici$/ }, () => ({ path: resolve('src/build/undici-pool.mjs') }))
  },
}

const shared = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
  plugins: [onlyThePool, cheapBuiltins, namedExports],
}
const made = new Set()

/** In its wrapper, and in ASCII as esbuild writes by itself: who loads it copies nothing together and decodes nothing. */
function wrapped({ outputFiles: [{ text: bare }] }) {
  const text = `(function (exports, require, module) {${bare}\n})`
  const [foreign] = /.{0,40}[^\0-\x7f].{0,20}/.exec(text) ?? []
  if (foreign !== undefined) throw new Error(`not ASCII, write it as an entity or an escape: ${foreign}`)
  return text
}

function hashOf(text) {
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}

// The library and the bench: modules, where lazy imports stay lazy and each becomes a chunk of its own.
const modules = { index: 'src/index.ts', bench: 'src/build/bench/main.ts' }
const { metafile } = await build({
  ...shared,
  plugins: [optionalPeers('import.meta.url'), ...shared.plugins],
  entryPoints: modules,
  outdir: 'dist',
  chunkNames: 'chunks/[name]-[hash]',
  splitting: true,
  format: 'esm',
  metafile: true,
  define: { KEYWRIGHT_VERSION: JSON.stringify(version) },
  // A chunk called .mjs is a module by its name: Node looks for no package.json to find out.
  outExtension: { '.js': '.mjs' },
  // For the CommonJS packages on board, which ask for modules of Node.
  banner: { js: 'const require = process.getBuiltinModule;' },
})
for (const path of Object.keys(metafile.outputs)) made.add(path)
for (const name of Object.keys(modules)) {
  renameSync(`dist/${name}.mjs`, `dist/${name}.js`)
  made.add(`dist/${name}.js`)
}

// The program: one script, for the launcher. Its name holds its hash, so that a code cache never meets another text.
const { outputFiles } = await build({
  ...shared,
  plugins: [optionalPeers('KEYWRIGHT_FILE'), ...shared.plugins],
  entryPoints: ['src/cli/main.ts'],
  banner: { js: 'const KEYWRIGHT_FILE = module.filename;' },
  format: 'cjs',
  // A script asks for modules of Node by `require` alone.
  supported: { 'dynamic-import': false },
  minifyIdentifiers: true,
  write: false,
  define: { KEYWRIGHT_VERSION: JSON.stringify(version) },
})
const text = wrapped({ outputFiles })
const program = `program-${hashOf(text)}.cjs`
writeFileSync(`dist/chunks/${program}`, text)
made.add(`dist/chunks/${program}`)
made.add(`dist/chunks/${program}.cache`)

await build({
  ...shared,
  entryPoints: ['src/cli/launch.mjs'],
  format: 'esm',
  outfile: 'dist/cli.js',
  define: { KEYWRIGHT_VERSION: JSON.stringify(version), KEYWRIGHT_PROGRAM: JSON.stringify(`chunks/${program}`) },
})
chmodSync('dist/cli.js', 0o755)
made.add('dist/cli.js')

// The Terraform provider: a shell script, a short script up to the handshake line, and all the rest, which is read once that line is
// out. A single file with `#!/usr/bin/env node` would be taken for a module inside a project whose package.json says so.
const provider = {
  ...shared,
  format: 'cjs',
  supported: { 'dynamic-import': false },
  minifyIdentifiers: true,
  write: false,
  define: { KEYWRIGHT_VERSION: JSON.stringify(version) },
}
const body = wrapped(
  await build({
    ...provider,
    plugins: [optionalPeers('KEYWRIGHT_FILE'), ...shared.plugins],
    entryPoints: ['src/terraform/body.ts'],
    banner: { js: 'const KEYWRIGHT_FILE = module.filename;' },
  }),
)
writeFileSync(`dist/${PROVIDER_BODY}`, body)
made.add(`dist/${PROVIDER_BODY}`)
const head = await build({
  ...provider,
  plugins: [providerBody(hashOf(body)), ...shared.plugins],
  entryPoints: ['src/terraform/main.ts'],
})
writeFileSync('dist/provider.cjs', head.outputFiles[0].text)
made.add('dist/provider.cjs')
copyFileSync('src/terraform/shim.sh', 'dist/terraform-provider-keywright')
chmodSync('dist/terraform-provider-keywright', 0o755)
made.add('dist/terraform-provider-keywright')

// For the bench: the same process around a provider that does nothing.
const echo = {
  name: 'echo',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/body\.ts$/ }, () => ({ path: resolve('src/build/bench/echo.ts') }))
  },
}
await build({
  ...provider,
  plugins: [echo, ...shared.plugins],
  entryPoints: ['src/terraform/main.ts'],
  outfile: 'dist/bench-echo/provider.cjs',
  write: true,
})
copyFileSync('dist/terraform-provider-keywright', 'dist/bench-echo/terraform-provider-keywright')

// Constructs for CDKTF and its successor: a script for `require`, a module that hands on its names, and the thread that reads manifests.
for (const [library, entry] of [
  ['cdktf', 'src/cdktf/index.ts'],
  ['cdktn', 'src/cdktn/index.generated.ts'],
]) {
  const folder = `dist/${library}`
  const script = { ...shared, format: 'cjs', external: [library, 'constructs'] }
  await build({
    ...script,
    entryPoints: [entry],
    outfile: `${folder}/index.cjs`,
    define: { KEYWRIGHT_READER: 'KEYWRIGHT_READER' },
    banner: { js: "const KEYWRIGHT_READER = require('node:path').join(__dirname, 'read-manifests.cjs');" },
  })
  await build({ ...script, entryPoints: ['src/cdktf/read-manifests.ts'], outfile: `${folder}/read-manifests.cjs` })
  writeFileSync(`${folder}/index.mjs`, "export * from './index.cjs'\n")
}

// A first run fills the code cache with what a command really uses.
if (!existsSync(`dist/chunks/${program}.cache`))
  execFileSync(process.execPath, ['dist/cli.js', 'validate', '-C', 'examples/quickstart'], {
    stdio: 'ignore',
    env: { PATH: process.env.PATH, KEYWRIGHT_WRITE_CODE_CACHE: '1' },
  })

// What an earlier build left goes last, so that a program that is running meanwhile still finds its chunks.
for (const folder of ['dist', 'dist/chunks'].filter((path) => existsSync(path)))
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isFile() && !made.has(relative('.', join(folder, entry.name)))) rmSync(join(folder, entry.name))
