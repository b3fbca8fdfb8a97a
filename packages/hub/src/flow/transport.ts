/** What VWO is asked with. */
export interface Question {
  readonly headers: Readonly<Record<string, string>>
  /** Ends it, and what comes of it. */
  readonly signal: AbortSignal
}

/** What VWO has begun to answer. */
export interface Answer {
  readonly status: number
  /** @param name - In small letters. */
  header(name: string): string | undefined
  /** Decompressed, where it came with gzip. */
  readonly body: AsyncIterable<Uint8Array>
  /** Cuts off what was not read of it. Has to be called. */
  end(): void
}

/** Questions to VWO, one after the other. */
export interface Transport {
  ask(url: string, question: Question): Promise<Answer>
  /** Ends idle connections. Idempotent. */
  close(): void
}
