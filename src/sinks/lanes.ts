/** One change at a time per container and handle: where writes are conditional, all but one would have to start over. */
export type Lanes = <T>(container: string, work: () => Promise<T>) => Promise<T>

export function lanes(): Lanes {
  const tails = new Map<string, Promise<unknown>>()
  return (container, work) => {
    const turn = (tails.get(container) ?? Promise.resolve()).then(work)
    const tail = turn.catch(() => undefined)
    tails.set(container, tail)
    void tail.then(() => tails.get(container) === tail && tails.delete(container))
    return turn
  }
}
