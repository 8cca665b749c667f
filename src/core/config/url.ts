/**
 * Addresses of services, judged without a URL class: only the plainest form is accepted, so that there is one way to read it.
 *
 *   https://host[:port][/path]      host: letters, digits, dots, dashes, or an IP address in its usual form
 *
 * User names (`https://openrouter.ai@evil`), backslashes, percent signs in the host, trailing dots, other alphabets and numeric
 * spellings of IP addresses (0x7f.1, 2130706433) are refused rather than normalised: nobody needs them, and every normaliser
 * differs. Upper case is folded.
 */
export interface PlainUrl {
  readonly scheme: 'http' | 'https'
  /** Lower case, without port. IPv6 in brackets. */
  readonly host: string
  readonly port: number
  readonly loopback: boolean
}

export type JudgedUrl = { readonly url: PlainUrl } | { readonly wrong: string }

const SHAPE = /^(https?):\/\/(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::([0-9]{1,5}))?(\/[a-z0-9._~/+-]*)?$/i
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
const OCTETS = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.|$)){4}$/

export function judgeUrl(text: string): JudgedUrl {
  const match = SHAPE.exec(text)
  if (!match) return { wrong: wrongShape(text) }
  const [, scheme = '', name = '', port, path = ''] = match
  const host = name.toLowerCase()
  if (path.split('/').some((part) => part === '..' || part === '.')) return { wrong: 'has "." or ".." in its path' }
  if (!host.startsWith('[') && !isHostName(host)) return { wrong: 'has a host in an unusual spelling' }
  const number = port === undefined ? (scheme.toLowerCase() === 'https' ? 443 : 80) : Number(port)
  if (number < 1 || number > 65_535) return { wrong: 'has an impossible port' }
  return {
    url: {
      scheme: scheme.toLowerCase() === 'https' ? 'https' : 'http',
      host,
      port: number,
      loopback: isLoopback(host),
    },
  }
}

function wrongShape(text: string): string {
  if (!/^https?:\/\//i.test(text)) return 'does not start with https://'
  if (/[?#]/.test(text)) return 'has a query or fragment'
  if (/[@\\]/.test(text)) return 'has a user name, "@" or backslash'
  if (/[^\u0021-\u007e]/.test(text)) return 'has spaces or characters outside ASCII'
  return 'is not of the form https://host/path'
}

/** A name whose last label has a letter first, or a dotted IPv4 address. `127.1` and `0x7f000001` are neither. */
function isHostName(host: string): boolean {
  if (host.length > 253) return false
  if (OCTETS.test(host)) return true
  const labels = host.split('.')
  return labels.every((label) => LABEL.test(label)) && /^[a-z]/.test(labels.at(-1) ?? '')
}

/** 127.0.0.0/8, ::1 and the name localhost. Nothing else, whatever it may resolve to. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || (OCTETS.test(host) && host.startsWith('127.'))
}

/** Scheme, host and port in their plainest form, then the path in front of the API: two spellings of one server are one. */
export function plainAddress(address: string): string {
  const judged = judgeUrl(address)
  if ('wrong' in judged) return address
  const { scheme, host, port } = judged.url
  const usual = port === (scheme === 'https' ? 443 : 80)
  const path = /^https?:\/\/[^/]+(\/.*?)\/*$/i.exec(address)?.[1] ?? ''
  return `${scheme}://${host}${usual ? '' : `:${port}`}${path.replace(/\/+$/, '')}`
}
