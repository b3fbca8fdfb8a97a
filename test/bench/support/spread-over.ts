import { type Child, type ChildOptions, startChild } from './child.ts'

/** So many processes share the nodes: an app has them on machines of their own, and this one has few cores. */
const PROCESSES = 4

/** Nodes in several processes, which tell together what the last of them tells. */
export interface Nodes extends AsyncDisposable {
  /** What each of the processes tells next. */
  next<T>(): Promise<T[]>
}

/**
 * @param argsFor - Of a process with so many nodes.
 * @param options - Of each of the processes.
 */
export async function startNodes(
  name: string,
  nodes: number,
  argsFor: (count: number) => readonly string[],
  options?: ChildOptions,
): Promise<Nodes> {
  const processes = Math.min(nodes, PROCESSES)
  const counts = Array.from({ length: processes }, (_, index) => Math.floor((nodes + index) / processes))
  const children: Child[] = await Promise.all(
    counts.map((count) => startChild(name, argsFor(count), options)),
  )
  return {
    next: <T>() => Promise.all(children.map((child) => child.next<T>())),
    async [Symbol.asyncDispose]() {
      await Promise.all(children.map((child) => child.end()))
    },
  }
}
