/**
 * The provider as a registry takes it: one zip per platform, SHA256SUMS and the registry's manifest, below dist/provider-package.
 *
 * The zips hold a shell script and one program in two files, and are the same bytes on every machine. With --single-executable also one file for
 * linux_amd64 that needs no Node on the PATH: the running Node with both files inside, in a folder of its own, since it has the same name.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { zipOf } from './zip.mjs'

const NAME = 'terraform-provider-keywright'
const PLATFORMS = ['darwin_amd64', 'darwin_arm64', 'linux_amd64', 'linux_arm64']
const OUT = 'dist/provider-package'
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'
const { version } = JSON.parse(readFileSync('package.json', 'utf8'))

const executable = `${NAME}_v${version}`
const licence = { name: 'LICENSE', bytes: readFileSync('LICENSE'), mode: 0o644 }
const manifest = `${JSON.stringify({ version: 1, metadata: { protocol_versions: ['6.0'] } }, null, 2)}\n`

rmSync(OUT, { recursive: true, force: true })
publish(OUT, PLATFORMS, zipOf([...scriptFiles(), licence]))
if (process.argv.includes('--single-executable')) {
  const bytes = singleExecutable(join(OUT, 'single-executable'))
  publish(
    join(OUT, 'single-executable'),
    ['linux_amd64'],
    zipOf([{ name: executable, bytes, mode: 0o755 }, licence], { compress: true }),
  )
}

function scriptFiles() {
  return [
    { name: executable, bytes: readFileSync(`dist/${NAME}`), mode: 0o755 },
    ...['provider.cjs', 'provider-body.cjs'].map((name) => ({
      name,
      bytes: readFileSync(`dist/${name}`),
      mode: 0o644,
    })),
  ]
}

function publish(folder, platforms, zip) {
  mkdirSync(folder, { recursive: true })
  const files = platforms.map((platform) => [`${NAME}_${version}_${platform}.zip`, zip])
  files.push([`${NAME}_${version}_manifest.json`, Buffer.from(manifest)])
  for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes)
  const sums = files.map(([name, bytes]) => `${createHash('sha256').update(bytes).digest('hex')}  ${name}\n`)
  writeFileSync(
    join(folder, `${NAME}_${version}_SHA256SUMS`),
    sums.sort((a, b) => (a.slice(64) < b.slice(64) ? -1 : 1)).join(''),
  )
  process.stdout.write(`${folder}: ${files.length - 1} zips, ${Math.round(zip.length / 1024)} kB each\n`)
}

/** Bytes of this Node with the bundle in it. Only the platform it is made on. */
function singleExecutable(folder) {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error('the single executable is made on linux_amd64 alone')
  mkdirSync(folder, { recursive: true })
  const path = join(folder, executable)
  const blob = join(folder, 'bundle.blob')
  const settings = join(folder, 'settings.json')
  const assets = { 'provider-body.cjs': 'dist/provider-body.cjs' }
  const config = { main: 'dist/provider.cjs', output: blob, assets, disableExperimentalSEAWarning: true }
  writeFileSync(settings, JSON.stringify(config))
  execFileSync(process.execPath, ['--experimental-sea-config', settings], { stdio: ['ignore', 'ignore', 'inherit'] })
  copyFileSync(process.execPath, path)
  chmodSync(path, 0o755)
  const postject = ['node_modules/postject/dist/cli.js', path, 'NODE_SEA_BLOB', blob, '--sentinel-fuse', FUSE]
  execFileSync(process.execPath, postject, { stdio: ['ignore', 'ignore', 'inherit'] })
  const bytes = readFileSync(path)
  for (const one of [path, blob, settings]) rmSync(one)
  return bytes
}
