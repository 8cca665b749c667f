/**
 * Secrets of GitHub: Actions, Dependabot and Codespaces; of repositories, environments and organisations.
 *
 * They are written sealed and never shown again, and a write has no condition. So nothing here is readable or conditional, grace and hold
 * are judged with the caution of R10, and what a place holds is taken on our own word. `updated_at` is the version of a place: a
 * removal happens only while it is still that of our own last write. Its grain is a second.
 *
 * Wire facts: docs.github.com, rest/actions/secrets, rest/dependabot/secrets, rest/codespaces (API version 2022-11-28, read 2026-11).
 */
import { type GithubConfig, githubHome } from '../core/git-host-kinds.ts'
import type { PlaceAt, SecretSink } from '../ports/secret-sink.ts'
import { fingerprint } from './bytes.ts'
import type { SinkContext } from './context.ts'
import { openParts } from './github/parts.ts'
import { deleteSecret, publicKey, putSecret, shownAt } from './github/secrets.ts'
import { ownPlace } from './own-place.ts'
import type { RestTuning } from './rest-line.ts'

/** Sends nothing yet. */
export async function openGithub(
  config: GithubConfig,
  context: SinkContext,
  tuning: Partial<RestTuning> = {},
): Promise<SecretSink> {
  const { parts, close } = await openParts(config, context, tuning)
  const own = (place: PlaceAt): PlaceAt => {
    ownPlace(place, githubHome(config))
    return place
  }
  return {
    kind: 'github-actions',
    capabilities: { readable: false, conditional: false },
    async preflight(place) {
      await publicKey(parts, own(place))
      // A delete of what cannot be there: whoever may not write is refused, whoever may finds nothing. Nothing is left behind.
      await deleteSecret(parts, { ...place, at: { ...place.at, field: PROBE } })
      return { version: (await shownAt(parts, place))?.updatedAt ?? null }
    },
    async write(place, bytes) {
      await putSecret(parts, own(place), bytes)
      // The secret is there. Should nobody say when, no later removal recognises it, and nothing worse.
      const shown = await shownAt(parts, place).catch(() => null)
      return { version: shown?.updatedAt ?? fingerprint(bytes) }
    },
    read: async (place) => {
      own(place)
      return 'unreadable'
    },
    async remove(place) {
      const shown = await shownAt(parts, own(place))
      if (shown === null) return true
      if (shown.updatedAt !== place.written) return false
      await deleteSecret(parts, place)
      return true
    },
    close,
  }
}

/** No place can have this name by accident. */
const PROBE = 'KEYWRIGHT_PROBE_U7F3K9X2'
