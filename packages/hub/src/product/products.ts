import { fullstack } from './fullstack/fullstack.ts'
import type { Product } from './product.ts'

/** What environments distribute that name no other product. */
export const defaultProduct: Product = fullstack
