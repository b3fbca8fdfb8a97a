import { type AST, RegExpParser } from '@eslint-community/regexpp'

const parser = new RegExpParser({ ecmaVersion: 2025 })

/** @returns undefined for what it does not take. */
export function parsed(expression: string): AST.Pattern | undefined {
  try {
    return parser.parsePattern(expression)
  } catch {
    return undefined
  }
}
