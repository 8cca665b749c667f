/**
 * The certificate of one run. terraform gets it in the handshake line and trusts exactly it, so it is signed by itself, for `localhost`
 * (Go looks at the DNS name), and valid from an hour ago, since clocks of containers differ. P-256: its key takes a millisecond.
 *
 * Not taken: a certificate package. The fastest one tried costs more than the rest of the start.
 */
import { createSign, generateKeyPairSync, randomBytes } from 'node:crypto'
import { bits, der, integer, octets, oid, sequence, setOf, tagged, time, utf8, yes } from './der.ts'

const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2'
const COMMON_NAME = '2.5.4.3'
const HOUR = 3_600_000
const LIFE = 10 * 365 * 24 * HOUR
/** digitalSignature and keyCertSign. */
const USAGE = Buffer.from([0x84])

export interface Certificate {
  readonly der: Buffer
  readonly pem: string
  readonly key: string
}

export function selfSigned(now: number): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const body = tbs(publicKey.export({ type: 'spki', format: 'der' }), now)
  const signature = createSign('sha256').update(body).sign(privateKey)
  const whole = sequence(body, sequence(oid(ECDSA_WITH_SHA256)), bits(signature))
  const pem = `-----BEGIN CERTIFICATE-----\n${whole.toString('base64').replace(/(.{64})(?=.)/g, '$1\n')}\n-----END CERTIFICATE-----\n`
  return { der: whole, pem, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }
}

/** What is signed: version 3, serial, names, validity, key, extensions. */
function tbs(publicKey: Buffer, now: number): Buffer {
  const serial = randomBytes(16)
  // Positive, and no leading zero.
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40
  const name = sequence(setOf(sequence(oid(COMMON_NAME), utf8('localhost'))))
  return sequence(
    tagged(0, integer(Buffer.from([2]))),
    integer(serial),
    sequence(oid(ECDSA_WITH_SHA256)),
    name,
    sequence(time(now - HOUR), time(now + LIFE)),
    name,
    publicKey,
    tagged(3, sequence(...extensions())),
  )
}

function extensions(): readonly Buffer[] {
  const usages = ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'].map(oid)
  return [
    sequence(oid('2.5.29.19'), yes(), octets(sequence(yes()))),
    sequence(oid('2.5.29.15'), yes(), octets(bits(USAGE, 2))),
    sequence(oid('2.5.29.37'), octets(sequence(...usages))),
    sequence(oid('2.5.29.17'), octets(sequence(der(0x82, Buffer.from('localhost'))))),
  ]
}
