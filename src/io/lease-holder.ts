/**
 * Who holds a lease, and whether that process still runs.
 *
 * A wrong "no" lets two runs work at once (the fencing serial still stops the loser's saves, but not its calls), a wrong "yes" only
 * waits for the lease to run out. So the answer is "no" only with proof: same host name, same boot and same pid namespace (a
 * container may share name and kernel with its host, yet see other pids), and the pid is free, a zombie, or younger than the lease.
 */
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import process from 'node:process'
import type { LeaseHolder } from '../ports/state-store.ts'
import { errorCode } from './private-files.ts'

export type ProcessIdentity = Pick<LeaseHolder, 'host' | 'pid' | 'bootId' | 'startedAt'>

/** This process, in the words of a lease. `bootId` is boot id and pid namespace; empty where neither can be known. */
export function thisProcess(): ProcessIdentity {
  return { host: hostname(), pid: process.pid, bootId: bootId(), startedAt: statusOf(process.pid)?.startedAt ?? '' }
}

/** False only when that process certainly runs no more. */
export function mayStillRun(holder: ProcessIdentity): boolean {
  const here = bootId()
  if (holder.host !== hostname() || here === '' || holder.bootId !== here) return true
  const status = statusOf(holder.pid)
  if (status === null) return pidExists(holder.pid)
  return !status.ended && (holder.startedAt === '' || status.startedAt === holder.startedAt)
}

/** Linux: from /proc. Elsewhere the platform's name: those have one pid namespace, and a restart only makes us wait. */
function bootId(): string {
  if (process.platform !== 'linux') return process.platform
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return ''
  }
}

/** State and start time in ticks since boot (fields 3 and 22 of proc(5) stat); `null` when it cannot be read. */
function statusOf(pid: number): { readonly ended: boolean; readonly startedAt: string } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // Field 2 is the program's name in parentheses and may hold anything, parentheses included.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { ended: fields[0] === 'Z' || fields[0] === 'X', startedAt: fields[19] ?? '' }
  } catch {
    return null
  }
}

function pidExists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return errorCode(error) !== 'ESRCH'
  }
}
