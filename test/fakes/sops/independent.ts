/**
 * SOPS files read by others than the sink: values by the npm package `sops-age`, and the seal, which that package does not check, by the
 * rules of sops.go written down a second time. The real sops was not run.
 */
import { createDecipheriv, createHash } from 'node:crypto'
import { armor, Decrypter } from 'age-encryption'
import { decryptSops } from 'sops-age'
import { isMap, isScalar, isSeq, parseDocument } from 'yaml'

export async function decrypted(
  text: string,
  identity: string,
  type: 'yaml' | 'json',
): Promise<Record<string, unknown>> {
  const plain = await decryptSops(text, { secretKey: identity, fileType: type })
  return JSON.parse(JSON.stringify(plain))
}

/** True when the seal of the file covers exactly its values. */
export async function isSealIntact(text: string, identity: string): Promise<boolean> {
  const document = parseDocument(text.replaceAll('\t', '  '))
  const { sops } = document.toJS()
  const decrypter = new Decrypter()
  decrypter.addIdentity(identity)
  const key = await decrypter.decrypt(armor.decode(sops.age[0].enc), 'uint8array')
  const open = (sealed: string, bound: string): Buffer => {
    const part = (name: string): Buffer =>
      Buffer.from(new RegExp(`${name}:([^,\\]]*)`).exec(sealed)?.[1] ?? '', 'base64')
    const decipher = createDecipheriv('aes-256-gcm', key, part('iv')).setAAD(Buffer.from(bound)).setAuthTag(part('tag'))
    return Buffer.concat([decipher.update(part('data')), decipher.final()])
  }
  const hash = createHash('sha512')
  if (sops.mac_only_encrypted === true) hash.update(createHash('sha256').update('sops').digest())
  const walk = (node: unknown, bound: string): void => {
    if (isMap(node)) for (const { key: name, value } of node.items) walk(value, `${bound}${String(name)}:`)
    else if (isSeq(node)) for (const item of node.items) walk(item, bound)
    else if (isScalar(node) && node.value !== null) {
      const value = String(node.value)
      if (value.startsWith('ENC[')) hash.update(open(value, bound))
      else if (sops.mac_only_encrypted !== true)
        hash.update(typeof node.value === 'boolean' ? `${value[0]?.toUpperCase()}${value.slice(1)}` : value)
    }
  }
  for (const { key: name, value } of isMap(document.contents) ? document.contents.items : [])
    if (String(name) !== 'sops') walk(value, `${String(name)}:`)
  return open(sops.mac, String(sops.lastmodified)).toString() === hash.digest('hex').toUpperCase()
}
