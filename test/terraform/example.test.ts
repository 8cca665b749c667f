/** `examples/terraform` as a user runs it: init from a filesystem mirror, offline, apply, an empty plan after it, a rotation, destroy. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { keyStage, type Stage } from './key-stage.ts'
import { leaked } from './leaked.ts'

let stage: Stage
afterEach(() => stage.close())

test('init, apply with an empty plan after it, rotation, destroy', async () => {
  stage = await keyStage({ how: 'spawned', strait: { limits: false } })
  const { folder, run, live, emulator, issued } = stage
  cpSync(resolve('examples/terraform'), folder.path, { recursive: true })
  const env = { TF_CLI_CONFIG_FILE: mirrored(folder.path), TF_VAR_strait_project: emulator.firstLine.strait.project }
  const done = async (...args: string[]): Promise<string> => {
    const ran = await run(args, env)
    expect(ran, `${args.join(' ')}\n${ran.stdout}\n${ran.stderr}`).toMatchObject({ code: 0 })
    return ran.stdout
  }
  await done('init')
  await done('apply', '-auto-approve')
  expect(live()).toHaveLength(2)
  await done('apply', '-auto-approve', '-var=release=2026-12')
  expect(live()).toHaveLength(3)
  expect(readFileSync(join(folder.path, 'secrets/crawler'), 'utf8')).toMatch(/^Authorization: Bearer sk-or-v1-/)
  expect(leaked([readFileSync(join(folder.path, 'terraform.tfstate'), 'utf8')], issued())).toEqual([])
  await done('destroy', '-auto-approve')
  expect(live()).toEqual([])
})

/** The provider where `terraform init` looks for it, and nothing else is asked. */
function mirrored(root: string): string {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
  const { platform, arch } = process
  const system = `${platform}_${arch === 'x64' ? 'amd64' : arch}`
  const folder = join(root, 'mirror/registry.terraform.io/keywright/keywright', version, system)
  mkdirSync(folder, { recursive: true })
  cpSync('dist/terraform-provider-keywright', join(folder, `terraform-provider-keywright_v${version}`))
  for (const name of ['provider.cjs', 'provider-body.cjs']) cpSync(join('dist', name), join(folder, name))
  const config = join(root, 'mirror.tfrc')
  writeFileSync(
    config,
    `provider_installation {\n  filesystem_mirror {\n    path = "${join(root, 'mirror')}"\n  }\n}\n`,
  )
  return config
}
