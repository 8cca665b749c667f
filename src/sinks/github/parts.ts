/** What everything that talks to one GitHub needs. */
import { plainAddress } from '../../core/config/url.ts'
import { GITHUB_API, type GithubConfig } from '../../core/git-host-kinds.ts'
import type { SinkContext } from '../context.ts'
import { REST_TUNING, type RestLine, type RestTuning, restLine } from '../rest-line.ts'
import { throttledFor } from './refusal.ts'
import { type Tokens, tokens as tokensOf } from './token.ts'

export interface GithubParts {
  readonly line: RestLine
  readonly tokens: Tokens
  readonly config: GithubConfig
  /** Name of the sink, for messages. */
  readonly name: string
}

const HEADERS = { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' }

/** Sends nothing yet. */
export async function openParts(
  config: GithubConfig,
  context: SinkContext,
  tuning: Partial<RestTuning>,
): Promise<{ readonly parts: GithubParts; readonly close: () => Promise<void> }> {
  const tuned = { ...REST_TUNING, ...tuning }
  const address = plainAddress(config.apiUrl ?? GITHUB_API)
  const { caFile, auth = { kind: 'token' } } = config
  const line = await restLine({ context, address, caFile, headers: HEADERS, throttled: throttledFor }, tuned)
  const tokens = tokensOf({ auth, context, clock: tuned.clock, line })
  return {
    parts: { line, tokens, config, name: context.name },
    async close() {
      await tokens.close()
      await line.close()
    },
  }
}
