// A receiver for sinks of kind http: keeps what it is told in one file.   WEBHOOK_KEY=whsec_... node receiver.mjs
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'

const sha256 = (text) => `sha256:${createHash('sha256').update(text).digest('hex')}`

export function receiver({ key, file }) {
  const nonces = new Map()
  const isGenuine = (headers, body) => {
    const [id, at, sent] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => String(headers[name]))
    const mac = createHmac('sha256', Buffer.from(key.slice('whsec_'.length), 'base64')).update(`${id}.${at}.${body}`)
    const [ours, theirs] = [Buffer.from(`v1,${mac.digest('base64')}`), Buffer.from(sent)]
    const isSigned = ours.length === theirs.length && timingSafeEqual(ours, theirs)
    return isSigned && Math.abs(Date.now() / 1000 - Number(at)) < 300
  }
  const isRepeated = (nonce) => {
    for (const [old, until] of nonces) if (until < Date.now()) nonces.delete(old)
    return nonces.has(nonce) || !nonces.set(nonce, Date.now() + 600_000)
  }
  const save = (all) => {
    writeFileSync(`${file}.new`, JSON.stringify(Object.fromEntries(all)), { mode: 0o600 })
    renameSync(`${file}.new`, file)
  }
  const answerTo = ({ op, place, secret, ifVersion, ifFingerprint }) => {
    if (op === 'after') return {} // Whoever reads these secrets could be told here.
    const all = new Map(existsSync(file) ? Object.entries(JSON.parse(readFileSync(file, 'utf8'))) : [])
    const name = `${place.path}#${place.field ?? ''}`
    const version = all.has(name) ? sha256(all.get(name)) : null
    if (op === 'write' && version !== sha256(secret)) {
      if (ifVersion !== undefined && ifVersion !== version) return { status: 409 }
      save(all.set(name, secret))
    }
    if (op === 'remove' && version !== null && version === ifFingerprint && all.delete(name)) save(all)
    if (op === 'write') return { version: sha256(secret) }
    return op === 'remove' ? { empty: !all.has(name) } : { version, fingerprint: version }
  }
  return createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const isFresh = isGenuine(request.headers, body) && !isRepeated(JSON.parse(body).nonce)
    const { status = 200, ...answer } = isFresh ? answerTo(JSON.parse(body)) : { status: 401 }
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  })
}

const { WEBHOOK_KEY: key, PORT = 8787 } = process.env
if (import.meta.main ?? process.argv[1]?.endsWith('receiver.mjs'))
  receiver({ key, file: 'secrets.json' }).listen(PORT, '127.0.0.1')
