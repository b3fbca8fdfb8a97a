/** What is to be said when the process ends without having closed its clients. */
const goodbyes = new Set<() => void>()

function sayAll(): void {
  for (const say of goodbyes) say()
}

/**
 * Has something said at the end of the process, however that comes about, but for a signal that kills it. Only what is
 * done at once is done: a command on an open connection is written, its answer is not waited for.
 *
 * @returns Forgets it.
 */
export function sayAtExit(say: () => void): () => void {
  // One listener for all clients: Node warns of more than ten.
  if (goodbyes.size === 0) process.on('exit', sayAll)
  goodbyes.add(say)
  return () => {
    goodbyes.delete(say)
    if (goodbyes.size === 0) process.off('exit', sayAll)
  }
}
