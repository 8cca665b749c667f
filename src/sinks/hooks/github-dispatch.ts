/**
 * A `repository_dispatch` event. It is taken or refused at once; whether a workflow waits for it, GitHub does not tell.
 * docs.github.com, rest/repos/repos: create a repository dispatch event (read 2026-11).
 */
import type { GithubConfig } from '../../core/git-host-kinds.ts'
import { DISPATCH_EVENT } from '../../core/hook-kinds.ts'
import type { AfterHook } from '../../ports/after-hook.ts'
import { homeOf } from '../github/home.ts'
import { openParts } from '../github/parts.ts'
import { denied, misfit } from '../refusal.ts'
import type { HookParts } from './registry.ts'

export async function githubDispatch({
  hook,
  config,
  context,
  tuning = {},
}: HookParts<GithubConfig>): Promise<AfterHook> {
  const { repository = '', event = DISPATCH_EVENT } = hook.at
  const [owner = '', name = ''] = repository.split('/')
  return {
    async run({ id, address, n }) {
      const { parts, close } = await openParts(config, context, tuning)
      try {
        const home = homeOf({ identity: '', text: hook.text, at: { path: repository } }, 'actions')
        const answer = await parts.line.ask({
          method: 'POST',
          path: `/repos/${encodeURIComponent(owner)}/${encodeURIComponent(name)}/dispatches`,
          body: JSON.stringify({ event_type: event, client_payload: { id, address, generation: n } }),
          bearer: await parts.tokens.tokenFor(home),
        })
        if (answer.status < 300) return
        const says = `${hook.text}: the sink ${context.name} answered ${answer.status}`
        if (answer.status === 404) throw misfit(`${says}: no such repository, or its token does not see it`, PERMISSION)
        throw denied(says, PERMISSION)
      } finally {
        await close()
      }
    },
  }
}

const PERMISSION = 'a token with the repository permission "Contents: write"'
