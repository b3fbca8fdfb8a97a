/**
 * Keys of settings-files as TypeScript types. They are input: each is written as a literal, whatever is in it.
 *
 * @module
 */
import { HubError } from '../../errors.ts'
import { escapeUnprintable } from '../../text/escape-unprintable.ts'
import type { SettingsText } from '../settings-text.ts'

/** What types are written of. */
export interface TypesOptions {
  /** Named in messages, and in the types. */
  readonly environment: string
  /** A settings-file that has been judged. */
  readonly text: SettingsText
}

/** A type of one word, such as `string`; one of some names; or an object with a type for each name. */
export type Declared = string | ReadonlySet<string> | ReadonlyMap<string, Declared>

/** How long the types of a settings-file may become, in UTF-16 units: features may share what they are declared with. */
const MAX_LENGTH = 32 * 1024 * 1024

/**
 * A module that exports the interface `Vwo`. Sorted by name: it changes where keys do, and not with their order.
 *
 * @throws {@link HubError} `not-possible` where it would become too long.
 */
export function declare(
  environment: string,
  members: ReadonlyMap<string, Declared>,
  maxLength: number = MAX_LENGTH,
): string {
  const pieces: string[] = []
  let length = 0

  function write(piece: string): void {
    length += piece.length
    if (length > maxLength) {
      throw new HubError(
        'not-possible',
        `Cannot write types of "${environment}": expected at most ${maxLength} characters of them, there are more.`,
      )
    }
    pieces.push(piece)
  }

  function writeType(type: Declared, indent: string): void {
    if (typeof type === 'string') {
      write(` ${type}`)
    } else if (type.size === 0) {
      write(type instanceof Set ? ' never' : ' {}')
    } else if (type instanceof Set) {
      for (const name of sorted(type)) write(`\n${indent}| ${literal(name)}`)
    } else {
      write(' {\n')
      const inner = type as ReadonlyMap<string, Declared>
      for (const name of sorted(inner.keys())) {
        write(`${indent}${isIdentifier(name) ? name : literal(name)}:`)
        writeType(inner.get(name) as Declared, `${indent}  `)
        write('\n')
      }
      write(`${indent.slice(2)}}`)
    }
  }

  write(`// Made by "vwo-hub types ${environment}". Do not edit: make it anew when keys change at VWO.\n\n`)
  write('export interface Vwo')
  writeType(members, '  ')
  write('\n')
  return pieces.join('')
}

/** By code unit: the same on every machine. */
const sorted = (names: Iterable<string>): string[] => [...names].toSorted()

const isIdentifier = (name: string): boolean => /^[A-Za-z_$][\w$]*$/.test(name)

/** JSON's escapes are TypeScript's, too. */
const literal = (name: string): string => escapeUnprintable(JSON.stringify(name))
