import { relative, sep } from 'node:path'
import { KeywrightError } from '../../core/diagnostic.ts'
import { ownedPaths, renderCodeowners } from '../render/codeowners.ts'
import { document } from '../render/json.ts'
import type { Command, ExitCode, Shell } from '../shell/command.ts'
import { loadStack } from '../shell/project.ts'

export const codeowners: Command = {
  name: 'codeowners',
  describe:
    'Prints the CODEOWNERS that match teams and owners of keywright.yaml, for GitHub and GitLab: who reviews which manifests, and who reviews the files that decide what a run trusts.',
  examples: ['keywright codeowners > .github/CODEOWNERS'],
  run,
}

async function run(shell: Shell): Promise<ExitCode> {
  const { config, root } = await loadStack(shell)
  const { realpath } = await import('node:fs/promises')
  const { repositoryOf } = await import('../../io/git.ts')
  const real = await realpath(root)
  const top = (await repositoryOf(real)) ?? real
  const paths = ownedPaths(config, relative(top, real).split(sep).join('/'))
  if (paths.length === 0)
    throw new KeywrightError('CONFIG_OWNERS_MISSING', {
      message: 'keywright.yaml names nobody who reviews anything.',
      hint: 'owners: ["@acme/platform"]   at the top of keywright.yaml',
    })
  shell.stdout(shell.format === 'json' ? document('codeowners', { paths }) : renderCodeowners(paths))
  return 0
}
