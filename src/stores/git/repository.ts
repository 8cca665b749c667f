/** Which repository is meant, and what git is told to reach it. Nothing secret is on a command line or in an address. */

import { realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import { judgeGitUrl } from '../../core/config/git-url.ts'
import { KeywrightError } from '../../core/diagnostic.ts'
import type { Secret } from '../../core/secret.ts'
import { gitRun } from '../../io/git-run.ts'

export interface GitOptions {
  /** Folder of keywright.yaml. */
  readonly root: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Without it, `origin` of the repository that `root` lies in. */
  readonly url?: string
  readonly branch?: string
  readonly token?: Secret
  /** User name that goes with the token. */
  readonly user?: string
}

export interface Repository {
  readonly url: string
  /** For every git process that talks to it. */
  readonly config: readonly (readonly [string, string])[]
  /** Transports that may be used. */
  readonly protocols: string
}

/** GitHub takes any name with a token; GitLab wants this one for job tokens: `gitlab-ci-token`. */
const USER = 'x-access-token'

type Pair = readonly [string, string]

/** Throws `STORE_OPTION`. */
export async function findRepository(options: GitOptions): Promise<Repository> {
  const { url, login } = withoutLogin(options.url ?? (await originOf(options)))
  const judged = judgeGitUrl(url)
  if ('wrong' in judged) throw unusable(`the address of its repository ${judged.wrong}`)
  const { scheme, host } = judged.url
  if (options.url !== undefined && scheme === 'file' && isInside(url, options.root))
    throw unusable(
      'its repository lies in the folder of keywright.yaml, where whoever changes files could put hooks into it',
    )
  const credentials = login ?? tokenLogin(options, host)
  const isWeb = scheme === 'https' || scheme === 'http'
  const header: readonly Pair[] =
    credentials !== null && isWeb ? [[`http.${url}.extraHeader`, `Authorization: Basic ${credentials}`]] : []
  const config = header.length > 0 ? header : await configOf(options)
  return { url, config: [...config, ...ALWAYS], protocols: scheme }
}

function isInside(url: string, root: string): boolean {
  const [path, top] = [url.replace(/^file:\/\//, ''), root].map(realOf)
  return path === top || `${path}`.startsWith(`${top}/`)
}

/** Without symbolic links, where it exists. */
function realOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return resolve(path)
  }
}

/** Where a hook, a signature or a redirect of somebody's own configuration would have a say. */
const ALWAYS: readonly Pair[] = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['push.gpgSign', 'false'],
  ['push.followTags', 'false'],
  ['fetch.fsckObjects', 'true'],
  ['http.followRedirects', 'false'],
]

/** `https://user:token@host/...`, as some systems write it into .git/config: the login becomes a header. */
function withoutLogin(text: string): { readonly url: string; readonly login: string | null } {
  const match = /^(https?:\/\/)([^/@]+)@(.+)$/i.exec(text)
  if (!match) return { url: text, login: null }
  const [, scheme = '', login = '', rest = ''] = match
  const [user = '', password = ''] = login.split(':').map(decoded)
  return { url: scheme + rest, login: password === '' ? null : base64(`${user}:${password}`) }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The token that is configured; in a job of GitHub Actions, GITHUB_TOKEN, for the server of that job alone. */
function tokenLogin({ token, user = USER, env }: GitOptions, host: string | null): string | null {
  if (token !== undefined) return base64(`${user}:${token.expose()}`)
  const isOurs = host !== null && `https://${host}` === (env.GITHUB_SERVER_URL ?? '').toLowerCase()
  return isOurs && env.GITHUB_TOKEN ? base64(`${USER}:${env.GITHUB_TOKEN}`) : null
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

async function originOf({ root, env }: GitOptions): Promise<string> {
  const ended = await gitRun({ args: ['remote', 'get-url', 'origin'], at: { cwd: root }, env })
  if (ended.code === 127) throw unusable('git is not installed')
  const url = ended.stdout.toString('utf8').trim()
  if (ended.code === 0 && url !== '')
    return isRelative(url) ? absolute(url, await topOf(root, env)) : url.replace(/^file:\/\//, '')
  throw unusable('keywright.yaml lies in no git repository with a remote called origin')
}

function isRelative(url: string): boolean {
  return /^\.{1,2}\//.test(url)
}

/** A relative path of a remote starts at the top of the work tree. */
function absolute(path: string, top: string): string {
  return new URL(path, `file://${top}/`).pathname
}

async function topOf(root: string, env: GitOptions['env']): Promise<string> {
  const ended = await gitRun({ args: ['rev-parse', '--show-toplevel'], at: { cwd: root }, env })
  return ended.stdout.toString('utf8').trim()
}

/** Of the configuration of that repository what tells how to get in: actions/checkout and people keep their login there. */
const WAY_IN = /^(?:http\..*|credential\..*|url\..*|core\.sshcommand)$/i

async function configOf({ root, env, url }: GitOptions): Promise<readonly Pair[]> {
  if (url !== undefined) return []
  const args = ['config', '--local', '--includes', '-z', '--list']
  const ended = await gitRun({ args, at: { cwd: root }, env })
  if (ended.code !== 0) return []
  const lines = ended.stdout.toString('utf8').split('\0')
  return lines.flatMap((line) => {
    const end = line.indexOf('\n')
    const name = line.slice(0, Math.max(0, end))
    return WAY_IN.test(name) ? [[name, line.slice(end + 1)] as const] : []
  })
}

export function unusable(why: string): KeywrightError {
  return new KeywrightError('STORE_OPTION', {
    message: `The store git cannot be used: ${why}.`,
    hint: 'store: { kind: git, url: "https://github.com/ORG/REPOSITORY" }',
  })
}
