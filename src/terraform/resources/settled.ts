/** Names of workspace and guardrail as the ids they stand for, and files that may receive a secret. */
import type { Diagnostic } from '../../core/diagnostic.ts'
import type { DesiredKey } from '../../core/key.ts'
import type { ProviderIdentity } from '../../core/record.ts'
import { resolveGuardrails } from '../../engine/guardrails.ts'
import { resolveScopes } from '../../engine/refresh.ts'
import { filePlaceDiagnostics } from '../../io/project/file-places.ts'
import { assertSameAccount } from '../record/sight.ts'
import { said } from '../said.ts'
import type { TerraformKind } from '../schema/provider.ts'
import type { Path, Diagnostic as Said } from '../server/diagnostic.ts'
import type { World } from '../world.ts'

export interface Settled {
  /** `null` when something is wrong. */
  readonly key: DesiredKey | null
  readonly diagnostics: readonly Said[]
}

export interface Unsettled {
  readonly key: DesiredKey
  /** Account that the state belongs to; `undefined` where none was recorded yet. */
  readonly identity: ProviderIdentity | undefined
}

/** Asks the account, as far as it was not asked yet. Guardrails only where one is named. Throws `PROVIDER_IDENTITY_CHANGED`. */
export async function settled(world: World, kind: TerraformKind, { key, identity }: Unsettled): Promise<Settled> {
  if (world.setup.unknown.has(kind)) return { key, diagnostics: [] }
  const account = await world.account(kind)
  assertSameAccount(kind, identity, account.identity)
  const scoped = resolveScopes(
    [key],
    kind === 'strait' ? { scopes: new Map([...account.scopes, ['default', account.identity.account]]) } : account,
  )
  const [found] = scoped.desired
  if (!found) return refused(scoped.problems, ['workspace_id'])
  if (found.guardrail === undefined) return { key: found, diagnostics: [] }
  const guarded = resolveGuardrails([found], await world.guardrails(kind, found.scope))
  return guarded.desired[0] ? { key: guarded.desired[0], diagnostics: [] } : refused(guarded.problems, ['guardrail'])
}

function refused(problems: readonly Diagnostic[], path: Path): Settled {
  return { key: null, diagnostics: problems.map((problem) => said(problem, path)) }
}

/** File places stay below the folder of the configuration, and git must not track them. Each file is judged once. */
export async function refusedFiles(world: World, key: DesiredKey): Promise<readonly Said[]> {
  const found = await Promise.all(
    key.places.map(async (place, i) => {
      const problems = await world.filePlace(place, () =>
        filePlaceDiagnostics(world.cwd, [{ ...key, places: [place] }]),
      )
      return problems.map((problem) => said(problem, ['deliver_to', i]))
    }),
  )
  return found.flat()
}
