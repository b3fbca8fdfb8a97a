/** Puts what a terminal would obey into JSON's own escapes: the same JSON, seen. */
export function escapeUnprintable(json: string): string {
  return json.replace(/[\p{Cf}\u007F-\u009F\u2028\u2029]/gu, (character) =>
    [...Array(character.length).keys()]
      .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`)
      .join(''),
  )
}
