/**
 * Fills a filesystem mirror: `MIRROR/HOST/keywright/keywright/VERSION/OS_ARCH/terraform-provider-keywright_vVERSION`. A lock file holds
 * the hash of that folder's content, so what is installed under a version is never changed afterwards.
 */
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { arch, platform } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { KeywrightError } from '../../../core/diagnostic.ts'
import { listed } from '../../../core/suggest.ts'
import { document } from '../../render/json.ts'
import type { Args, Command, ExitCode, Shell } from '../../shell/command.ts'

/** OpenTofu looks for the same name at its own registry. */
const HOSTS = ['registry.terraform.io', 'registry.opentofu.org']
const NAME = 'terraform-provider-keywright'
const PLATFORMS = ['darwin_amd64', 'darwin_arm64', 'linux_amd64', 'linux_arm64']

export const install: Command = {
  name: 'install',
  describe:
    'Copies the Terraform provider into a filesystem mirror and prints the CLI configuration that makes terraform look there. Asks no registry.',
  flags: [
    { flag: '--mirror <folder>', doc: 'the mirror (~/.terraform.d/plugins, where terraform looks by itself)' },
    { flag: '--platform <os_arch>', doc: 'for another machine: linux_amd64, darwin_arm64, ...', repeatable: true },
  ],
  examples: ['keywright provider install', 'keywright provider install --mirror ./mirror > terraform.rc'],
  run,
}

async function run(shell: Shell, { flags }: Args): Promise<ExitCode> {
  const mirror = mirrorOf(shell, flags.mirror)
  const platforms = platformsOf(flags.platform)
  const folders = HOSTS.flatMap((host) =>
    platforms.map((one) => join(mirror, host, 'keywright', 'keywright', shell.version, one)),
  )
  const installed = folders.filter((folder) => installInto(folder, shell))
  const configuration = configurationOf(mirror)
  if (shell.format === 'json') {
    shell.stdout(document('provider-install', { version: shell.version, mirror, platforms, installed, configuration }))
    return 0
  }
  for (const folder of folders)
    shell.stderr(`${installed.includes(folder) ? 'installed' : 'there already'}  ${folder}\n`)
  shell.stderr(`\nterraform { required_providers { ... } } takes:\n\n${requirement(shell.version)}\n`)
  shell.stderr('CLI configuration (~/.terraformrc, or the file in TF_CLI_CONFIG_FILE):\n\n')
  shell.stdout(configuration)
  return 0
}

function mirrorOf({ cwd, env: { HOME } }: Shell, mirror: unknown): string {
  if (typeof mirror === 'string') return resolve(cwd, mirror)
  if (HOME) return join(HOME, '.terraform.d', 'plugins')
  throw new KeywrightError('CLI_USAGE', {
    message: 'There is no home folder to install into.',
    hint: 'keywright provider install --mirror ./mirror',
  })
}

function platformsOf(given: unknown): readonly string[] {
  const asked = Array.isArray(given) && given.length > 0 ? given.map(String) : [thisPlatform()]
  const stray = asked.find((one) => !PLATFORMS.includes(one))
  if (stray === undefined) return asked
  throw new KeywrightError('CLI_USAGE', {
    message: `The provider does not run on ${JSON.stringify(stray.slice(0, 40))}; it runs on ${listed(PLATFORMS)}.`,
    hint: 'keywright provider install --platform linux_amd64',
  })
}

function thisPlatform(): string {
  return `${platform()}_${arch() === 'x64' ? 'amd64' : arch()}`
}

/** False when exactly this is there already. The folder appears whole or not at all. */
function installInto(folder: string, { home, version }: Shell): boolean {
  const files = [
    { from: join(home, NAME), to: `${NAME}_v${version}`, mode: 0o755 },
    ...['provider.cjs', 'provider-body.cjs'].map((to) => ({ from: join(home, to), to, mode: 0o644 })),
  ]
  if (existsSync(folder)) {
    if (files.every(({ from, to }) => isSame(from, join(folder, to)))) return false
    throw new KeywrightError('CLI_FILE_EXISTS', {
      message: `${folder} holds another build of version ${version}. Lock files know its hash, so it is left as it is.`,
      hint: 'keywright provider install --mirror ./mirror',
    })
  }
  mkdirSync(dirname(folder), { recursive: true })
  const draft = mkdtempSync(join(dirname(folder), '.draft-'))
  for (const { from, to, mode } of files) {
    copyFileSync(from, join(draft, to))
    chmodSync(join(draft, to), mode)
  }
  chmodSync(draft, 0o755)
  try {
    renameSync(draft, folder)
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
  return true
}

function isSame(one: string, other: string): boolean {
  return existsSync(other) && readFileSync(one).equals(readFileSync(other))
}

function configurationOf(mirror: string): string {
  const names = HOSTS.map((host) => JSON.stringify(`${host}/keywright/keywright`)).join(', ')
  return `provider_installation {
  filesystem_mirror {
    path    = ${JSON.stringify(mirror)}
    include = [${names}]
  }
  direct {
    exclude = [${names}]
  }
}
`
}

function requirement(version: string): string {
  return `    keywright = {\n      source  = "keywright/keywright"\n      version = "${version}"\n    }\n`
}
