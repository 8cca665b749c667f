/** What a CI job leaves for the steps and people after it: outputs, and a page of its own. */
import { appendFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Shell } from './command.ts'

/** By name in lower case; values are words without line ends. */
export type Outputs = Readonly<Record<string, string>>

/** GITHUB_OUTPUT, or with `--dotenv` a file that GitLab reads as `artifacts: reports: dotenv`. */
export async function leaveOutputs({ env, cwd }: Shell, outputs: Outputs, dotenv: unknown): Promise<void> {
  const lines = Object.entries(outputs)
  if (env.GITHUB_OUTPUT)
    await appendFile(env.GITHUB_OUTPUT, lines.map(([name, value]) => `${name}=${value}\n`).join(''))
  if (typeof dotenv !== 'string') return
  const named = lines.map(([name, value]) => `KEYWRIGHT_${name.toUpperCase()}=${value}\n`)
  await appendFile(resolve(cwd, dotenv), named.join(''))
}

/** The page of a GitHub Actions step; nothing elsewhere. */
export async function leavePage({ env }: Shell, markdown: string): Promise<void> {
  if (env.GITHUB_STEP_SUMMARY) await appendFile(env.GITHUB_STEP_SUMMARY, `${markdown}\n`)
}

/** Terminal text inside Markdown; no run of backticks in it ends the block. */
export function fenced(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}text\n${text.trimEnd()}\n${fence}\n`
}
