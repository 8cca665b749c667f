/** Files as sops itself writes them, for the sink to find: made from plain values, by code of its own. */
import { createCipheriv, createHash, randomBytes } from 'node:crypto'
import { armor, Encrypter, identityToRecipient } from 'age-encryption'

export interface Made {
  readonly identity: string
  /** Key of the file, to make others with the same. */
  readonly key?: Buffer
  readonly meta?: Readonly<Record<string, unknown>>
}

type Value = string | number | boolean
const LASTMODIFIED = '2026-11-01T10:00:00Z'

function sealed(value: Value, key: Buffer, bound: string): string {
  const iv = randomBytes(32)
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(bound))
  const data = Buffer.concat([cipher.update(plainOf(value)), cipher.final()])
  const type =
    typeof value === 'number'
      ? Number.isInteger(value)
        ? 'int'
        : 'float'
      : typeof value === 'boolean'
        ? 'bool'
        : 'str'
  const part = (bytes: Buffer): string => bytes.toString('base64')
  return `ENC[AES256_GCM,data:${part(data)},iv:${part(iv)},tag:${part(cipher.getAuthTag())},type:${type}]`
}

export function plainOf(value: Value): string {
  return typeof value === 'boolean' ? (value ? 'True' : 'False') : String(value)
}

/**
 * A YAML text in which `ENC(path|json)` stands for an encrypted value, with what stands under `sops` behind it. `plain` are the values that
 * are not encrypted, as the seal counts them; `order` says with both together how the seal goes over them.
 */
export async function sopsYaml(
  template: string,
  { identity, key = randomBytes(32), meta = {} }: Made,
  order: readonly string[],
): Promise<string> {
  const values = new Map<string, string>()
  const body = template.replaceAll(/ENC\(([^|]+)\|([^)]*)\)/g, (_, path: string, json: string) => {
    const value: Value = JSON.parse(json)
    values.set(path, plainOf(value))
    return sealed(value, key, `${path.replaceAll('.', ':').replaceAll(/\[\d+\]/g, '')}:`)
  })
  const hash = createHash('sha512')
  if (meta.mac_only_encrypted === true) hash.update(createHash('sha256').update('sops').digest())
  for (const name of order) hash.update(values.get(name) ?? name)
  const encrypter = new Encrypter()
  encrypter.addRecipient(await identityToRecipient(identity))
  const enc = armor.encode(await encrypter.encrypt(key)).trimEnd()
  const mac = sealed(hash.digest('hex').toUpperCase(), key, LASTMODIFIED)
  const more = Object.entries({ unencrypted_suffix: '_unencrypted', ...meta }).map(
    ([name, value]) => `    ${name}: ${JSON.stringify(value)}\n`,
  )
  return `${body}sops:
    kms: []
    age:
        - recipient: ${await identityToRecipient(identity)}
          enc: |
${enc
  .split('\n')
  .map((line) => `            ${line}`)
  .join('\n')}
    lastmodified: "${LASTMODIFIED}"
    mac: ${mac}
    pgp: []
${more.join('')}    version: 3.9.4
`
}
