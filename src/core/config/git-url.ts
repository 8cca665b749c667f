/**
 * Addresses of git repositories, in the forms that have one reading:
 *
 *   https://host[:port]/path      ssh://[user@]host[:port]/path      user@host:path      /absolute/path
 *
 * Everything else is refused: helpers (`ext::`, which run commands), user names in web addresses, relative paths (what a pull request
 * brings along could be a repository with hooks in it).
 */
import { judgeUrl } from './url.ts'

export interface GitUrl {
  /** `null` for a path of this machine. */
  readonly host: string | null
  /** `null` where the scheme has its usual one. */
  readonly port: number | null
  readonly loopback: boolean
  readonly scheme: 'https' | 'http' | 'ssh' | 'file'
}

export type JudgedGitUrl = { readonly url: GitUrl } | { readonly wrong: string }

const SSH = /^ssh:\/\/(?:[a-z0-9_][a-z0-9._-]*@)?([a-z0-9.-]+)(?::(\d{1,5}))?\/[\w./~+-]+$/i
const SCP = /^(?:[a-z0-9_][a-z0-9._-]*@)([a-z0-9][a-z0-9.-]*):(?!\/\/)[\w./~+-]+$/i
const PATH = /^(?:file:\/\/)?\/(?!\/)[^\u0000-\u001f\u007f]*$/

export function judgeGitUrl(text: string): JudgedGitUrl {
  if (PATH.test(text) && !text.split('/').includes('..'))
    return { url: { host: null, port: null, loopback: true, scheme: 'file' } }
  const ssh = SSH.exec(text) ?? SCP.exec(text)
  if (ssh) return sshUrl(ssh[1] ?? '', ssh[2])
  if (!/^https?:/i.test(text))
    return { wrong: 'is none of https://host/path, ssh://user@host/path, user@host:path, /path' }
  const judged = judgeUrl(text)
  if ('wrong' in judged) return judged
  const { scheme, host, port, loopback } = judged.url
  if (scheme === 'http' && !loopback)
    return { wrong: 'is http, which would send the credential in the clear; use https' }
  return { url: { host, port: port === (scheme === 'https' ? 443 : 80) ? null : port, loopback, scheme } }
}

/** The host is judged as in any address, so that there is one spelling of it. */
function sshUrl(name: string, port: string | undefined): JudgedGitUrl {
  const judged = judgeUrl(`https://${name}${port === undefined ? '' : `:${port}`}/`)
  if ('wrong' in judged) return judged
  return {
    url: {
      host: judged.url.host,
      port: port === undefined || port === '22' ? null : Number(port),
      loopback: judged.url.loopback,
      scheme: 'ssh',
    },
  }
}
