import type { Assignment } from './assignments.ts'
import type { Budget } from './budgets.ts'
import type { ByokKey } from './byok.ts'
import type { Guardrail } from './guardrail.ts'
import type { Workspace } from './workspaces.ts'

/**
 * What an account has beside its keys. Each kind is a table: rows by id, in order of creation, changed whole. So two journal entries (`put`,
 * `drop`) serve them all. Rejected: an entry per operation as keys have, which would say the same thing eleven times.
 */
export interface Rows {
  readonly workspaces: Workspace
  /** Under `{workspace id} {interval}`. */
  readonly budgets: Budget
  readonly guardrails: Guardrail
  /** Under the hash of the key, since a key has one guardrail at most. Rows of deleted keys stay. */
  readonly assignments: Assignment
  readonly byok: ByokKey
}

export type TableName = keyof Rows
export type Tables = { readonly [T in TableName]: Map<string, Rows[T]> }

/** Adds a row, or takes the place of the one under the same id. `at` = stamp with microseconds. */
export interface Put<T extends TableName = TableName> {
  readonly op: 'put'
  readonly table: T
  readonly id: string
  readonly row: Rows[T]
  readonly at: string
}

export interface Drop {
  readonly op: 'drop'
  readonly table: TableName
  readonly id: string
  readonly at: string
}

/** A new account has its workspaces and nothing else. */
export function newTables(workspaces: readonly Workspace[]): Tables {
  return {
    workspaces: new Map(workspaces.map((workspace) => [workspace.id, workspace])),
    budgets: new Map(),
    guardrails: new Map(),
    assignments: new Map(),
    byok: new Map(),
  }
}

/** True when the row is a new one. */
export function putRow<T extends TableName>(tables: Tables, { table, id, row }: Put<T>): boolean {
  const rows = tables[table]
  const isNew = !rows.has(id)
  rows.set(id, row)
  return isNew
}

export function put<T extends TableName>(entry: Omit<Put<T>, 'op'>): Put<T> {
  return { op: 'put', ...entry }
}

export function drop(entry: Omit<Drop, 'op'>): Drop {
  return { op: 'drop', ...entry }
}
