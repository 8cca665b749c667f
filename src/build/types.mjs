// Declarations of what `import 'keywright'` gives, for the package. Strictness is the checked project's; only emission differs.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

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
