/** `state break-lock` and `state accept-identity`: two things only a human can know. */

import { display } from '../../../core/display.ts'
import type { ProviderIdentity, StackHeader } from '../../../core/record.ts'
import { document } from '../../render/json.ts'
import { block } from '../../render/text.ts'
import { openApis } from '../../shell/apis.ts'
import type { Command, ExitCode, Shell } from '../../shell/command.ts'
import { openIncident } from '../../shell/incident.ts'
import { sayYes } from '../../shell/say-yes.ts'
import { type OpenedState, openState } from '../../shell/world.ts'

export const breakLock: Command = {
  name: 'break-lock',
  describe: 'Ends the lease of a run that is certainly dead. A run that still lives stops before its next write.',
  async run(shell) {
    const opened = await openState(shell)
    try {
      const { stack } = opened.project.config
      const holder = await opened.store.leaseHolder(stack)
      if (!holder && opened.store.cas === 'lockOnly') return await unlock(shell, opened)
      if (!holder) {
        shell.stdout(
          shell.format === 'json'
            ? document('lock', { stack, broken: false })
            : `Nobody holds the lease of ${stack}.\n`,
        )
        return 0
      }
      const who = display(`${holder.command} (process ${holder.pid} on ${holder.host}, until ${holder.expiresAt})`, {
        max: 300,
      })
      if (!(await sayYes(shell, `End the lease of ${who}?`, 'keywright state break-lock --yes'))) return 3
      await opened.store.breakLease(stack)
      shell.stdout(
        shell.format === 'json' ? document('lock', { stack, broken: true, holder }) : `Ended the lease of ${who}.\n`,
      )
      return 0
    } finally {
      await opened.close()
    }
  },
}

/** A server that locks for each save may be left locked by a process that died in between, without any lease. */
async function unlock(shell: Shell, { store, project }: OpenedState): Promise<ExitCode> {
  const { stack } = project.config
  const question = `Nobody holds the lease of ${stack}. End whatever lock is in force at ${store.location}?`
  if (!(await sayYes(shell, question, 'keywright state break-lock --yes'))) return 3
  await store.breakLease(stack)
  shell.stdout(
    shell.format === 'json' ? document('lock', { stack, broken: true }) : `Nothing is locked at ${store.location}.\n`,
  )
  return 0
}

export const acceptIdentity: Command = {
  name: 'accept-identity',
  describe: 'Accepts that a provider leads to another account than the one the records belong to.',
  words: '[provider]',
  async run(shell, args) {
    const opened = await openState(shell)
    try {
      const moved = await movedProviders(shell, opened, args.words[0])
      const { header } = await opened.store.read(opened.project.config.stack)
      if (!header || moved.length === 0) {
        shell.stdout(
          shell.format === 'json'
            ? document('identity', { accepted: [] })
            : 'Every provider leads to the account its records belong to.\n',
        )
        return 0
      }
      const lines = moved.map(({ name, from, to }) =>
        display(`${name}: ${textOf(from)} -> ${textOf(to)}`, { max: 300 }),
      )
      const question = `${lines.join('; ')}. Keys recorded there that are not in the new account will look deleted, and be issued again. Accept?`
      if (!(await sayYes(shell, question, 'keywright state accept-identity --yes'))) return 3
      const identities = { ...header.identities, ...Object.fromEntries(moved.map(({ name, to }) => [name, to])) }
      await opened.store.commitHeader({ ...header, identities }, header.serial)
      shell.stdout(
        shell.format === 'json'
          ? document('identity', { accepted: moved })
          : block([...lines.map((line) => `Accepted ${line}`), 'Next: keywright plan']),
      )
      return 0
    } finally {
      await opened.close()
    }
  },
}

interface MovedProvider {
  readonly name: string
  readonly from: ProviderIdentity
  readonly to: ProviderIdentity
}

/** Recorded providers that lead elsewhere now. What keywright.yaml says about hosts is judged first. */
async function movedProviders(
  shell: Shell,
  opened: OpenedState,
  only: string | undefined,
): Promise<readonly MovedProvider[]> {
  await (await openIncident(shell))?.close()
  const { project, store } = opened
  const { header } = await store.read(project.config.stack)
  const apis = openApis({ shell, config: project.config, root: project.root })
  try {
    const moved: MovedProvider[] = []
    for (const [name, from] of Object.entries(identitiesOf(header))) {
      if ((only !== undefined && name !== only) || !project.config.providers.has(name)) continue
      const { identity: to } = await (await apis.open(name)).identify()
      if (from.origin !== to.origin || from.account !== to.account) moved.push({ name, from, to })
    }
    return moved
  } finally {
    await apis.close()
  }
}

function identitiesOf(header: StackHeader | null): StackHeader['identities'] {
  return header?.identities ?? {}
}

function textOf({ origin, account }: ProviderIdentity): string {
  return `account ${account} at ${origin}`
}
