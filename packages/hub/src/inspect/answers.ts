/** The answers of a pipeline, or the first error among them. */
export function resultsOf(answers: [error: Error | null, result: unknown][] | null): unknown[] {
  return (answers ?? []).map(([error, result]) => {
    if (error !== null) throw error
    return result
  })
}
