/** One git process at a time, with an environment in which no repository but the named one, no hook and no prompt has a say. */
import { spawn } from 'node:child_process'
import { kill } from 'node:process'

export interface GitRun {
  readonly args: readonly string[]
  /** The repository (`--git-dir`), or a folder to start in. */
  readonly at: { readonly gitDir: string } | { readonly cwd: string }
  readonly env: Readonly<Record<string, string | undefined>>
  /** More configuration, by name. Handed over in the environment: values may be secret. */
  readonly config?: readonly (readonly [name: string, value: string])[]
  readonly input?: string | Buffer
  readonly timeoutMillis?: number
}

export interface GitEnded {
  /** `null`: killed after the timeout, or by somebody. */
  readonly code: number | null
  readonly stdout: Buffer
  /** In English. May repeat what a server said: match it, never show it. */
  readonly stderr: string
}

const TIMEOUT = 120_000
const STDERR_BYTES = 64 * 1024

/**
 * What git, ssh and the usual programs for logins need. Nothing else is passed on: credentials of ours are none of their business, and
 * variables that lead git to another repository or index, or switch on traces, which hold headers, are left out.
 */
const KEPT =
  /^(?:PATH|HOME|USER|LOGNAME|SHELL|TERM|TMPDIR|TEMP|TMP|LANG|LC_\w+|SSH_\w+|XDG_\w+|DBUS_\w+|DISPLAY|SSL_\w+|CURL_CA_BUNDLE|KRB5\w*|GCM_\w+|GH_\w+|GITHUB_TOKEN|GITLAB_TOKEN|(?:HTTPS?|ALL|NO)_PROXY|https?_proxy|all_proxy|no_proxy|SystemRoot|SYSTEMROOT|ComSpec|COMSPEC|PATHEXT|APPDATA|LOCALAPPDATA|USERPROFILE|HOMEDRIVE|HOMEPATH|ProgramData|ProgramFiles)$/
const GIT =
  /^GIT_(?:ASKPASS|SSH|SSH_COMMAND|SSH_VARIANT|SSL_\w+|HTTP_\w+|PROXY_\w+|EXEC_PATH|CONFIG_GLOBAL|CONFIG_SYSTEM|CONFIG_NOSYSTEM|CEILING_DIRECTORIES|ALLOW_PROTOCOL)$/

/**
 * Never throws; a missing git is code 127. The process is in a group of its own: Ctrl-C in the terminal is for its caller to handle.
 */
export function gitRun({ args, at, env, config = [], input, timeoutMillis = TIMEOUT }: GitRun): Promise<GitEnded> {
  const where = 'gitDir' in at ? [`--git-dir=${at.gitDir}`] : ['-C', at.cwd]
  return new Promise((done) => {
    const child = spawn('git', [...where, ...args], { env: envFor(env, config), detached: true, stdio: 'pipe' })
    const timer = setTimeout(() => killGroup(child.pid), timeoutMillis)
    const out: Buffer[] = []
    let stderr = ''
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      if (stderr.length < STDERR_BYTES) stderr += chunk
    })
    child.stdin.on('error', () => undefined) // a git that ends early says why by its exit code
    child.stdin.end(input ?? '')
    const end = (code: number | null): void => {
      clearTimeout(timer)
      done({ code, stdout: Buffer.concat(out), stderr })
    }
    child.on('error', () => end(127))
    child.on('close', end)
  })
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) kill(-pid, 'SIGKILL')
  } catch {
    // it is gone already
  }
}

function envFor(env: GitRun['env'], config: NonNullable<GitRun['config']>): Record<string, string> {
  const kept = Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && (KEPT.test(name) || GIT.test(name)) ? [[name, value] as const] : [],
  )
  const pairs = [...givenConfig(env), ...config]
  const numbered = pairs.flatMap(([name, value], n) => [
    [`GIT_CONFIG_KEY_${n}`, name] as const,
    [`GIT_CONFIG_VALUE_${n}`, value] as const,
  ])
  return {
    ...Object.fromEntries([...kept, ...numbered]),
    GIT_CONFIG_COUNT: String(pairs.length),
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C',
  }
}

/** Configuration that the caller's environment carries already, as CI systems do. */
function givenConfig(env: GitRun['env']): readonly (readonly [string, string])[] {
  const count = Math.min(1000, Number(env.GIT_CONFIG_COUNT) || 0)
  return Array.from({ length: count }, (_, n) => [env[`GIT_CONFIG_KEY_${n}`], env[`GIT_CONFIG_VALUE_${n}`]]).flatMap(
    ([name, value]) => (name === undefined || value === undefined ? [] : [[name, value] as const]),
  )
}
