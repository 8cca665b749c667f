// Declarations of what `import 'keywright'` gives, for the package. Strictness is the checked project's; only emission differs.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'

const { compilerOptions } = JSON.parse(readFileSync('tsconfig.json', 'utf8'))
const emission = { noEmit: false, declaration: true, emitDeclarationOnly: true, outDir: 'dist/types', rootDir: 'src' }
const flags = Object.entries({
  ...compilerOptions,
  ...emission,
  allowImportingTsExtensions: undefined,
  rewriteRelativeImportExtensions: true,
})
  .filter(([, value]) => value !== undefined)
  .flatMap(([name, value]) => [`--${name}`, Array.isArray(value) ? value.join(',') : String(value)])
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', 'src/index.ts', '--ignoreConfig', ...flags], {
  stdio: 'inherit',
})

// The libraries for CDKTF are CommonJS inside, and so are their declarations; ES modules get the same names.
for (const [library, entry] of [
  ['cdktf', 'src/cdktf/index.ts'],
  ['cdktn', 'src/cdktn/index.generated.ts'],
]) {
  const folder = `dist/${library}`
  const own = flags.map((flag) => (flag === 'dist/types' ? `${folder}/types` : flag))
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', entry, '--ignoreConfig', ...own], {
    stdio: 'inherit',
  })
  writeFileSync(`${folder}/types/package.json`, '{"type":"commonjs"}\n')
  const names = `export * from './types/${entry.slice(4).replace(/\.ts$/, '.js')}'\n`
  for (const ending of ['d.mts', 'd.cts']) writeFileSync(`${folder}/index.${ending}`, names)
}
