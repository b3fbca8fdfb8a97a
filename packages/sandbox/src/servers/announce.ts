/** Where a server is reached. */
export interface Address {
  readonly host: string
  readonly port: number
}

/**
 * Puts something in front of a server that is about to start, and says where that is. The members of a topology tell
 * the result to each other and to whoever asks.
 */
export type Announce = (server: Address) => Promise<Address>

export async function announced(announce: Announce | undefined, server: Address): Promise<Address> {
  return announce === undefined ? server : await announce(server)
}
