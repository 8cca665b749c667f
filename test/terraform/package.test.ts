/** What is shipped: installed by our own command or unpacked from a zip, the real terraform takes it, offline. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { keywright } from '../fakes/cli.ts'
import { PRODUCT } from './plugin-build.ts'
import { terraformFolder } from './terraform.ts'

const { version } = JSON.parse(await readFile('package.json', 'utf8'))
const run = promisify(execFile)
const EMPTY = 'provider "keywright" {}\n'
const folderOf = (mirror: string, host = 'registry.terraform.io'): string =>
  join(mirror, host, 'keywright', 'keywright', version, 'linux_amd64')

test('installs into a mirror that terraform initialises from, and changes no installed version', async () => {
  const folder = await terraformFolder(PRODUCT, EMPTY)
  const mirror = join(folder.path, 'mirror')
  const args = ['provider', 'install', '--mirror', 'mirror', '--platform', 'linux_amd64', '--platform', 'darwin_arm64']
  const { code, stdout, stderr } = await keywright(args, { cwd: folder.path })
  expect({ code, stderr: stderr.split('\n')[0] }).toEqual({ code: 0, stderr: `installed  ${folderOf(mirror)}` })
  await folder.write('cli.tfrc', stdout)
  await folder.done(['init', '-input=false'])
  await folder.done(['validate'])
  const again = await keywright(args, { cwd: folder.path })
  expect(again.stderr).toContain(`there already  ${folderOf(mirror)}`)
  await writeFile(join(folderOf(mirror), 'provider.cjs'), 'other')
  const other = await keywright(args, { cwd: folder.path })
  expect(other.code).toBe(1)
  expect(other.stderr).toContain('CLI_FILE_EXISTS')
  expect(await readFile(join(folderOf(mirror), 'provider.cjs'), 'utf8')).toBe('other')
  expect((await readdir(join(mirror, 'registry.opentofu.org', 'keywright', 'keywright', version))).sort()).toEqual([
    'darwin_arm64',
    'linux_amd64',
  ])
  await folder.remove()
})

test('says as JSON what it installed, and refuses platforms it does not run on', async () => {
  const cwd = await mkdtemp(join(tmpdir(), 'kw-install-'))
  const { stdout } = await keywright(['provider', 'install', '--mirror', 'm', '--json'], { cwd })
  expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1, version, mirror: join(cwd, 'm') })
  const refused = await keywright(['provider', 'install', '--platform', 'windows_amd64'], { cwd })
  expect(refused.code).toBe(1)
  expect(refused.words).toContain('The provider does not run on "windows_amd64"')
  await rm(cwd, { recursive: true })
})

test('makes the same zips every time, with a sum for each, that terraform installs and runs', async () => {
  const folder = await terraformFolder(PRODUCT, EMPTY)
  const pack = async (): Promise<string> => {
    await run(process.execPath, ['src/build/provider-package.mjs'])
    return readFile(`dist/provider-package/terraform-provider-keywright_${version}_SHA256SUMS`, 'utf8')
  }
  const sums = await pack()
  expect(await pack()).toBe(sums)
  const names = sums
    .trim()
    .split('\n')
    .map((line) => line.split('  '))
  expect(names).toHaveLength(5)
  for (const [sum, name = ''] of names)
    expect(
      createHash('sha256')
        .update(await readFile(join('dist/provider-package', name)))
        .digest('hex'),
    ).toBe(sum)
  const packed = join(folder.path, 'mirror', 'registry.terraform.io', 'keywright', 'keywright')
  await mkdir(packed, { recursive: true })
  const zip = `terraform-provider-keywright_${version}_linux_amd64.zip`
  await cp(join('dist/provider-package', zip), join(packed, zip))
  await folder.write(
    'cli.tfrc',
    `provider_installation {\n  filesystem_mirror {\n    path = "${join(folder.path, 'mirror')}"\n  }\n}\n`,
  )
  // A project that calls itself a module must not change how the provider is read.
  await folder.write('package.json', '{"type":"module"}')
  await folder.done(['init', '-input=false'])
  await folder.done(['validate'])
  const unpacked = join(
    folder.path,
    '.terraform/providers/registry.terraform.io/keywright/keywright',
    version,
    'linux_amd64',
  )
  expect((await stat(join(unpacked, `terraform-provider-keywright_v${version}`))).mode & 0o111).toBe(0o111)
  await folder.remove()
})
