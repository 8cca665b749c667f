/** Guards on money: the worst case of a month, of all keys, of one, of a label and of a team. */
import { abilitiesOf } from '../abilities.ts'
import type { TeamConfig } from '../config/teams.ts'
import type { Diagnostic } from '../diagnostic.ts'
import type { DesiredKey } from '../key.ts'
import { worstMonth } from '../spend.ts'
import { type GuardInputs, refusal, usd, waiving } from './refusal.ts'
import { keysOfTeam } from './team-keys.ts'

export function tooMuchSpend(inputs: GuardInputs): readonly Diagnostic[] {
  return [...ofAll(inputs), ...ofKeys(inputs), ...ofLabels(inputs), ...ofTeams(inputs)]
}

function ofAll({ plan, guard, allowance }: GuardInputs): readonly Diagnostic[] {
  const { after, before } = plan.spend
  const most = guard.maxMonthlyUsd
  if (most === null || (after !== null && after <= Math.max(most, allowance.spend ?? 0))) return []
  // What is over the cap already, and was allowed once or came before the cap, is no reason to hold up a rotation or a lower limit.
  if (after !== null && before !== null && after <= before) return []
  const code = 'GUARD_OVER_BUDGET'
  return refusal({
    code,
    message: `All keys together could spend ${after === null ? 'without limit' : `${after} USD`} a month; the guard allows ${most} USD.`,
    hint:
      after === null
        ? `limit: 50   instead of unlimited, or allow it once: ${waiving(code)}`
        : `keywright apply --allow-spend ${Math.ceil(after)}   or raise it for good: guard: { maxMonthlyUsd: ${Math.ceil(after)} } in keywright.yaml, or lower limits`,
  })
}

function worst({ kind, fields }: DesiredKey): number {
  return abilitiesOf(kind).spend ? worstMonth(fields) : 0
}

function ofKeys({ guard, desired }: GuardInputs): readonly Diagnostic[] {
  const most = guard.maxKeyMonthlyUsd
  if (most === null) return []
  const code = 'GUARD_KEY_OVER_BUDGET'
  return desired.flatMap((key) => {
    const spend = worst(key)
    if (spend <= most) return []
    return refusal({
      code,
      message: `${key.address} could spend ${usd(spend)}${Number.isFinite(spend) ? ' a month' : ''}; the guard allows ${most} USD for one key.`,
      hint: `limit: ${most}   or allow it once: ${waiving(code, key.address)}`,
      address: key.address,
    })
  })
}

function ofLabels({ guard, desired }: GuardInputs): readonly Diagnostic[] {
  return Object.entries(guard.labelMonthlyUsd).flatMap(([written, most]) =>
    [...groups(written, desired)].flatMap(([label, keys]) => over(label, keys, most)),
  )
}

/** `team=payments` is one group, `team` one for each value. */
function groups(written: string, desired: readonly DesiredKey[]): ReadonlyMap<string, readonly DesiredKey[]> {
  const [name = '', ...rest] = written.split('=')
  const wanted = rest.length === 0 ? null : rest.join('=')
  const found = new Map<string, DesiredKey[]>()
  for (const key of desired) {
    const value = Object.hasOwn(key.labels, name) ? key.labels[name] : undefined
    if (value === undefined || (wanted !== null && value !== wanted)) continue
    const label = `${name}=${value}`
    found.set(label, [...(found.get(label) ?? []), key])
  }
  return found
}

function over(label: string, keys: readonly DesiredKey[], most: number): readonly Diagnostic[] {
  const spend = keys.reduce((sum, key) => sum + worst(key), 0)
  if (spend <= most) return []
  const code = 'GUARD_LABEL_OVER_BUDGET'
  return refusal({
    code,
    message: `The ${keys.length} keys with ${label} could spend ${usd(spend)} a month together; the guard allows ${most} USD.`,
    hint: `${waiving(code)}   or lower limits, or raise guard.labelMonthlyUsd in keywright.yaml`,
  })
}

function ofTeams({ teams = new Map(), desired }: GuardInputs): readonly Diagnostic[] {
  return [...teams.values()].flatMap((team: TeamConfig) => {
    if (team.maxMonthlyUsd === null) return []
    const spend = keysOfTeam(team, teams, desired).reduce((sum, key) => sum + worst(key), 0)
    if (spend <= team.maxMonthlyUsd) return []
    const code = 'GUARD_TEAM_OVER_BUDGET'
    return refusal({
      code,
      message: `The keys of the team ${team.name} could spend ${usd(spend)} a month; its budget is ${team.maxMonthlyUsd} USD.`,
      hint: `${waiving(code)}   or lower limits, or raise teams.${team.name}.maxMonthlyUsd in keywright.yaml`,
    })
  })
}
