import { createHash, randomBytes } from 'node:crypto'
import { productNamed } from '@vwo-hub/protocol'

/** Whose settings these are, at VWO. */
export interface Owner {
  readonly accountId: string
  readonly sdkKey: string
  /** @default "fullstack" */
  readonly product?: string
}

/** The same as `meta` has it: nobody learns the key from it. */
export interface Identity {
  readonly identity: string
  readonly identitySalt: string
}

/** @param salt - Of the identity that is known. Default: a new one. */
export function identityOf(
  { accountId, sdkKey, product }: Owner,
  salt: string = randomBytes(16).toString('hex'),
): Identity {
  // From before there were two products: FullStack's is that of account and key alone.
  const more = productNamed(product) === 'fullstack' ? '' : `\n${product}`
  const identity = createHash('sha256').update(`${salt}\n${accountId}\n${sdkKey}${more}`).digest('hex')
  return { identity, identitySalt: salt }
}

/** Whether settings are this owner's. Those of hubs from before it was noted are everybody's. */
export function isOf(
  owner: Owner,
  {
    identity,
    identitySalt,
  }: { readonly identity?: string | undefined; readonly identitySalt?: string | undefined },
): boolean {
  return identity === undefined || identity === identityOf(owner, identitySalt ?? '').identity
}
