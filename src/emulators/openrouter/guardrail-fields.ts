import {
  type Check,
  type Checked,
  checkBody,
  isBoolean,
  isNumber,
  isReset,
  isText,
  isTextList,
  isUuid,
  orNull,
} from './fields.ts'

type Flag = boolean | null
type TextList = readonly string[] | null

/** What a client may say about a guardrail (published contract of 2026-08-22). Collections are replaced whole; null takes a rule away. */
export interface GuardrailFields {
  readonly name: string
  readonly description: string | null
  readonly limit_usd: number | null
  readonly reset_interval: string | null
  readonly include_byok_in_budgets: boolean
  readonly allowed_models: TextList
  readonly allowed_providers: TextList
  readonly ignored_models: TextList
  readonly ignored_providers: TextList
  readonly content_filters: readonly object[] | null
  readonly content_filter_builtins: readonly object[] | null
  readonly enable_free_model_publication: Flag
  readonly enable_free_model_training: Flag
  readonly enable_paid_model_training: Flag
  readonly enforce_zdr: Flag
  readonly enforce_zdr_anthropic: Flag
  readonly enforce_zdr_google: Flag
  readonly enforce_zdr_openai: Flag
  readonly enforce_zdr_other: Flag
  readonly enforce_zdr_xai: Flag
}

export type GuardrailCreate = Partial<GuardrailFields> & { readonly name: string; readonly workspace_id?: string }

const isList = orNull(isTextList)
const isFlag = orNull(isBoolean)

const CHECKS: Readonly<Record<keyof GuardrailFields, Check>> = {
  name: isText(1, 200),
  description: orNull(isText(0, 1000)),
  limit_usd: orNull(isNumber),
  reset_interval: orNull(isReset),
  include_byok_in_budgets: isBoolean,
  allowed_models: isList,
  allowed_providers: isList,
  ignored_models: isList,
  ignored_providers: isList,
  content_filters: orNull(isFilters('pattern')),
  content_filter_builtins: orNull(isFilters('slug')),
  enable_free_model_publication: isFlag,
  enable_free_model_training: isFlag,
  enable_paid_model_training: isFlag,
  enforce_zdr: isFlag,
  enforce_zdr_anthropic: isFlag,
  enforce_zdr_google: isFlag,
  enforce_zdr_openai: isFlag,
  enforce_zdr_other: isFlag,
  enforce_zdr_xai: isFlag,
}

export function checkGuardrailCreate(body: string): Checked<GuardrailCreate> {
  return whole(checkBody(body, { ...CHECKS, workspace_id: isUuid }, ['name']))
}

/** Only what was sent: an absent field stays as it is. */
export function checkGuardrailUpdate(body: string): Checked<Partial<GuardrailFields>> {
  return whole(checkBody(body, CHECKS))
}

/** `limit_usd` and `reset_interval` come together or not at all, and both set or both null. The contract does not say so; the API does. */
function whole<T extends Partial<GuardrailFields>>(checked: Checked<T>): Checked<T> {
  if (!checked.ok) return checked
  const { limit_usd, reset_interval } = checked.fields
  const isPaired = (limit_usd === undefined) === (reset_interval === undefined)
  const isEven = (limit_usd === null) === (reset_interval === null)
  if (!isPaired || !isEven) return { ok: false, problems: ['limit_usd', 'reset_interval'] }
  return { ok: true, fields: { ...fannedOut(checked.fields.enforce_zdr), ...checked.fields } }
}

/** The deprecated flag speaks for each of its successors that the request does not name. */
function fannedOut(flag: Flag | undefined): Partial<GuardrailFields> {
  if (flag === undefined) return {}
  return {
    enforce_zdr_anthropic: flag,
    enforce_zdr_google: flag,
    enforce_zdr_openai: flag,
    enforce_zdr_other: flag,
    enforce_zdr_xai: flag,
  }
}

/** Entries that name what they look for and what happens then. */
function isFilters(subject: 'pattern' | 'slug'): Check {
  return (value) =>
    Array.isArray(value) &&
    value.every((entry: unknown) => {
      if (typeof entry !== 'object' || entry === null) return false
      const { action, ...rest }: Record<string, unknown> = { ...entry }
      const named = rest[subject]
      return typeof named === 'string' && named !== '' && ['redact', 'block', 'flag'].some((each) => each === action)
    })
}
