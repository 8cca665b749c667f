/** How a workflow differs from the one that init would write now. Steps, names and values of `env` are everybody's own. */
import { isMapping, isSequence, type Mapping, mappingAt, member } from '../../manifest/source.ts'

const OF_A_WORKFLOW = ['on', 'permissions']
const OF_A_JOB = ['if', 'permissions', 'concurrency', 'environment', 'outputs']

/** Paths such as `on.merge_group` or `jobs.apply.if`, in the order of `wanted`. */
export function driftOf(wanted: unknown, found: unknown): readonly string[] {
  const top = OF_A_WORKFLOW.flatMap((part) => apart(member(wanted, part), member(found, part), part))
  const jobs: Mapping = mappingAt(wanted, 'jobs')
  const inside = Object.keys(jobs).flatMap((name) => {
    const job = member(mappingAt(found, 'jobs'), name)
    if (job === undefined) return [`jobs.${name}`]
    return OF_A_JOB.flatMap((part) => apart(member(jobs[name], part), member(job, part), `jobs.${name}.${part}`))
  })
  return [...top, ...inside]
}

/** What is wanted and not so; what is there besides is no drift. */
function apart(wanted: unknown, found: unknown, path: string): readonly string[] {
  if (wanted === undefined || JSON.stringify(wanted) === JSON.stringify(found)) return []
  if (isSequence(wanted) && isSequence(found)) return path === 'on.schedule' ? [] : [path]
  if (!isMapping(wanted) || !isMapping(found)) return [path]
  return Object.keys(wanted).flatMap((name) =>
    Object.hasOwn(found, name) ? apart(wanted[name], found[name], `${path}.${name}`) : [`${path}.${name}`],
  )
}
