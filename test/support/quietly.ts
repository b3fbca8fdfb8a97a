/** Does something without the lines that the SDK prints past its logger. */
export function quietly<T>(work: () => T): T {
  const { info } = console
  console.info = () => {}
  try {
    return work()
  } finally {
    console.info = info
  }
}
