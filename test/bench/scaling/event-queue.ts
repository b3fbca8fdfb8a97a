/** Events in the order of their times: a binary heap. Those of the same time come out in any order. */
export interface EventQueue<Event> {
  push(time: number, event: Event): void
  pop(): { readonly time: number; readonly event: Event } | undefined
}

export function createEventQueue<Event>(): EventQueue<Event> {
  const heap: { readonly time: number; readonly event: Event }[] = []
  const timeAt = (index: number): number => heap[index]?.time ?? Number.POSITIVE_INFINITY
  const swap = (one: number, other: number): void => {
    const [first, second] = [heap[one], heap[other]]
    if (first === undefined || second === undefined) return
    heap[one] = second
    heap[other] = first
  }

  return {
    push(time, event) {
      heap.push({ time, event })
      for (let at = heap.length - 1; at > 0;) {
        const parent = (at - 1) >> 1
        if (timeAt(parent) <= timeAt(at)) return
        swap(parent, at)
        at = parent
      }
    },
    pop() {
      const first = heap[0]
      const last = heap.pop()
      if (first === undefined || last === undefined || heap.length === 0) return first
      heap[0] = last
      for (let at = 0; ;) {
        const [left, right] = [2 * at + 1, 2 * at + 2]
        const least = timeAt(right) < timeAt(left) ? right : left
        if (timeAt(least) >= timeAt(at)) return first
        swap(least, at)
        at = least
      }
    },
  }
}
