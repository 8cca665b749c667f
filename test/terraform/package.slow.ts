/** The single executable: runs where there is no Node. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { PRODUCT } from './plugin-build.ts'
import { terraformFolder } from './terraform.ts'

const run = promisify(execFile)
const { version } = JSON.parse(await readFile('package.json', 'utf8'))

test('the single executable needs nothing beside it', async () => {
  await run(process.execPath, ['src/build/provider-package.mjs', '--single-executable'])
  const zip = resolve(`dist/provider-package/single-executable/terraform-provider-keywright_${version}_linux_amd64.zip`)
  const folder = await terraformFolder(PRODUCT, 'provider "keywright" {}\n')
  const packed = join(folder.path, 'mirror', 'registry.terraform.io', 'keywright', 'keywright')
  await mkdir(packed, { recursive: true })
  await run('cp', [zip, packed])
  await folder.write(
    'cli.tfrc',
    `provider_installation {\n  filesystem_mirror {\n    path = "${join(folder.path, 'mirror')}"\n  }\n}\n`,
  )
  await folder.done(['init', '-input=false'])
  const empty = await mkdtemp(join(tmpdir(), 'kw-no-node-'))
  await run('ln', ['-s', (await run('which', ['terraform'])).stdout.trim(), join(empty, 'terraform')])
  const { code, stderr } = await folder.run(['validate'], { PATH: empty })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const path = join(
    folder.path,
    '.terraform/providers/registry.terraform.io/keywright/keywright',
    version,
    'linux_amd64',
  )
  const alone = await run(join(path, `terraform-provider-keywright_v${version}`), [], { env: {} }).catch(
    (error) => error,
  )
  expect(alone.stderr).toContain(`This is keywright ${version} as a provider plugin`)
  await rm(empty, { recursive: true })
  await folder.remove()
})
