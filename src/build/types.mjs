// Declarations of what `import 'keywright'` and `import 'keywright/cdktf'` give, for the package. `npm run types` is what checks; this only
// writes down.
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'

const LIBRARIES = { cdktf: 'index', cdktn: 'index.generated' }
const entries = ['src/index.ts', ...Object.entries(LIBRARIES).map(([library, name]) => `src/${library}/${name}.ts`)]

const { compilerOptions } = JSON.parse(readFileSync('tsconfig.json', 'utf8'))
const emission = { noEmit: false, noCheck: true, declaration: true, emitDeclarationOnly: true }
const flags = Object.entries({
  ...compilerOptions,
  ...emission,
  outDir: 'dist/types',
  rootDir: 'src',
  allowImportingTsExtensions: undefined,
  rewriteRelativeImportExtensions: true,
})
  .filter(([, value]) => value !== undefined)
  .flatMap(([name, value]) => [`--${name}`, Array.isArray(value) ? value.join(',') : String(value)])
rmSync('dist/types', { recursive: true, force: true })
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', ...entries, '--ignoreConfig', ...flags], {
  stdio: 'inherit',
})

// The libraries for CDKTF are CommonJS inside, and so are their declarations; ES modules get the same names.
for (const [library, name] of Object.entries(LIBRARIES)) {
  rmSync(`dist/${library}/types`, { recursive: true, force: true })
  writeFileSync(`dist/types/${library}/package.json`, '{"type":"commonjs"}\n')
  const names = `export * from '../types/${library}/${name}.js'\n`
  for (const ending of ['d.mts', 'd.cts']) writeFileSync(`dist/${library}/index.${ending}`, names)
}
