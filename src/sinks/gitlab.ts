/**
 * CI/CD variables of GitLab projects and groups.
 *
 * Whoever may write a variable may read it, so every place is read back. There is no condition on a write: a change looks first, and what
 * happens between the look and the write is overwritten, which is why the capabilities say so. The key and the environment scope
 * together name one variable. Its flags are tightened where keywright.yaml asks for it and never loosened; a value is `raw`, since GitLab
 * would otherwise expand a `$` in it. The description holds the stamp, unless somebody wrote one.
 *
 * Wire facts: docs.gitlab.com, api/project_level_variables and api/group_level_variables (read 2026-11).
 */
import { plainAddress } from '../core/config/url.ts'
import { GITLAB_API, GITLAB_TOKEN_VARIABLE, type GitlabConfig, gitlabHome } from '../core/git-host-kinds.ts'
import type { Secret } from '../core/secret.ts'
import { fingerprintOf } from '../io/digest.ts'
import type { PlaceAt, SecretSink } from '../ports/secret-sink.ts'
import { fingerprint } from './bytes.ts'
import type { SinkContext } from './context.ts'
import { credentialFrom } from './credential.ts'
import { removeVariable, type Variables, variableAt, writeVariable } from './gitlab/variables.ts'
import { readingOf, versionOf } from './held.ts'
import { ownPlace } from './own-place.ts'
import { denied } from './refusal.ts'
import { REST_TUNING, type RestTuning, restLine } from './rest-line.ts'
import { refuseStrangerIn } from './rest-stamp.ts'

/** Sends nothing yet. */
export async function openGitlab(
  config: GitlabConfig,
  context: SinkContext,
  tuning: Partial<RestTuning> = {},
): Promise<SecretSink> {
  const address = plainAddress(config.apiUrl ?? GITLAB_API)
  const { caFile } = config
  const token = (): Promise<Secret> => tokenOf(config, context)
  const line = await restLine({ context, address, caFile, token }, { ...REST_TUNING, ...tuning })
  const parts: Variables = { line, config, name: context.name }
  const own = (place: PlaceAt): PlaceAt => {
    ownPlace(place, gitlabHome(config))
    return place
  }
  return {
    kind: 'gitlab-variables',
    capabilities: { readable: true, conditional: false },
    async preflight(place) {
      const held = await variableAt(parts, own(place))
      if (held !== null) refuseStrangerIn(held.description, place, REMEDY)
      await assertWritable(parts, place)
      return { version: versionOf(held?.value ?? null) }
    },
    async write(place, bytes) {
      await writeVariable(parts, own(place), bytes)
      return { version: fingerprint(bytes) }
    },
    async read(place) {
      const held = await variableAt(parts, own(place))
      return held !== null && held.value === null ? 'unreadable' : readingOf(held?.value ?? null)
    },
    async remove(place, ifFingerprint) {
      const held = await variableAt(parts, own(place))
      if (held === null) return true
      if (held.value === null || fingerprintOf(held.value) !== ifFingerprint) return false
      await removeVariable(parts, place)
      return true
    },
    close: () => line.close(),
  }
}

const REMEDY = 'empty the description of that variable in GitLab'

async function tokenOf(
  { token = { env: GITLAB_TOKEN_VARIABLE } }: GitlabConfig,
  context: SinkContext,
): Promise<Secret> {
  const found = await credentialFrom(token, context)
  if (!found.expose().startsWith('glcbt-')) return found
  const message = `the sink ${context.name} was given a CI_JOB_TOKEN, which cannot write variables`
  throw denied(
    message,
    'token: { env: NAME }   of a project or group access token with the scope api and the role Maintainer',
  )
}

/** A delete of a variable that cannot be there passes the checks of rights, and then finds nothing. Leaves nothing behind. */
async function assertWritable({ line, config, name }: Variables, place: PlaceAt): Promise<void> {
  await removeVariable({ line, config, name }, { ...place, at: { ...place.at, field: PROBE } })
}

/** No place can have this name by accident. */
const PROBE = 'KEYWRIGHT_PROBE_u7f3k9x2'
