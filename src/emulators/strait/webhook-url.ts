import { BlockList, isIP } from 'node:net'

/**
 * Which addresses a rotation webhook may have. The real server looks a name up and refuses private addresses; this one never asks a resolver:
 * it knows private addresses and the names that cannot be public, and takes every other name for a public one.
 */
const PRIVATE = new BlockList()
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  PRIVATE.addSubnet(net, prefix, 'ipv4')
for (const [net, prefix] of [
  ['::', 127],
  ['64:ff9b::', 96],
  ['2001:db8::', 32],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  PRIVATE.addSubnet(net, prefix, 'ipv6')

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')

/**
 * https to a public host. With `allowPrivate` any host, and plain http to this machine: the real server wants https even then, but no test
 * has a certificate.
 */
export function isAllowed(text: string, allowPrivate: boolean): boolean {
  if (!URL.canParse(text)) return false
  const { protocol } = new URL(text)
  if (protocol === 'https:') return allowPrivate || !isPrivate(hostOf(text))
  return protocol === 'http:' && allowPrivate && isLoopback(text)
}

export function isLoopback(text: string): boolean {
  const host = hostOf(text)
  return isLocalName(host) || isIn(LOOPBACK, host)
}

function isPrivate(host: string): boolean {
  const canNotBePublic =
    isIP(host) === 0 && (!host.includes('.') || /\.(?:local|internal|invalid|test|example)\.?$/.test(host))
  return isLocalName(host) || canNotBePublic || isIn(PRIVATE, host)
}

function isLocalName(host: string): boolean {
  return /(?:^|\.)localhost\.?$/.test(host)
}

/** IPv4 addresses written as IPv6 ones count as what they are. */
function isIn(list: BlockList, host: string): boolean {
  const family = isIP(host)
  return family !== 0 && list.check(host, family === 4 ? 'ipv4' : 'ipv6')
}

/** In lower case, IPv6 without brackets, numbers as dotted quads: `0x7f.1` is 127.0.0.1. */
function hostOf(text: string): string {
  return new URL(text).hostname.replace(/^\[|\]$/g, '')
}
