// Writes every generated file, or with --check names those that are not fresh and exits with 1.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
process.chdir(root)
const check = process.argv.includes('--check')

// Inside node_modules, so that the bundle finds the packages it leaves outside.
const cache = join(root, 'node_modules', '.cache')
mkdirSync(cache, { recursive: true })
const folder = mkdtempSync(join(cache, 'keywright-generate-'))
try {
  const outfile = join(folder, 'artifacts.mjs')
  await build({
    entryPoints: ['src/build/generate/artifacts.ts'],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    logLevel: 'warning',
  })
  const { artifacts } = await import(pathToFileURL(outfile).href)
  const stale = artifacts().filter(({ path, text }) => !existsSync(path) || readFileSync(path, 'utf8') !== text)
  if (!check)
    for (const { path, text } of stale) {
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, text)
    }
  for (const { path } of stale) process.stdout.write(check ? `stale: ${path}   (npm run generate)\n` : `${path}\n`)
  if (check && stale.length > 0) process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
