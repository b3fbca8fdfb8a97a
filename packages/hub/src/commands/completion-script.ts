/** One command, as far as it is completed. */
export interface Completed {
  readonly name: string
  readonly description: string
  /** Whether its first argument is the name of a file. */
  readonly takesFile: boolean
  /** What else its argument may be. */
  readonly choices: readonly string[]
  readonly options: readonly { readonly long: string; readonly description: string }[]
}

/** The scripts for the shells. Names and options are ours: letters and dashes. */
export const completionFor = { bash, zsh, fish } as const

function bash(commands: readonly Completed[]): string {
  const cases = commands.map(({ name, options, choices }) => {
    const words = [...choices, ...options.map(({ long }) => long)].join(' ')
    return `    ${name}) words="${words}" ;;`
  })
  const files = commands.filter(({ takesFile }) => takesFile).map(({ name }) => name)
  return `# bash completion for vwo-hub
_vwo_hub() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(' ')}" -- "$current"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
    *) words="" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  case "\${COMP_WORDS[1]}" in
    ${files.join('|')}) [[ "$current" == -* ]] || COMPREPLY+=($(compgen -f -- "$current")) ;;
  esac
}
complete -o filenames -F _vwo_hub vwo-hub
`
}

function zsh(commands: readonly Completed[]): string {
  const cases = commands.map(({ name, options, choices, takesFile }) => {
    const specifications = [
      ...options.map(({ long, description }) => `'${long}[${zshText(description)}]'`),
      ...(choices.length > 0 ? [`'1:choice:(${choices.join(' ')})'`] : []),
      ...(takesFile ? [`'*:file:_files'`] : []),
    ]
    return `    ${name}) _arguments ${specifications.join(' ')} ;;`
  })
  return `#compdef vwo-hub
compdef _vwo-hub vwo-hub
# zsh completion for vwo-hub
_vwo-hub() {
  local -a commands
  commands=(
${commands.map(({ name, description }) => `    '${name}:${zshText(description)}'`).join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe 'command' commands
    return
  fi
  local command="\${words[2]}"
  shift words
  (( CURRENT-- ))
  case "$command" in
${cases.join('\n')}
  esac
}
# Sourced it only defines; found by its name it is the first completion, too.
if [ "$funcstack[1]" = "_vwo-hub" ]; then _vwo-hub; fi
`
}

function fish(commands: readonly Completed[]): string {
  const lines = commands.flatMap(({ name, description, options, choices, takesFile }) => [
    `complete -c vwo-hub -n __fish_use_subcommand -a ${name} -d '${quoted(description)}'`,
    ...options.map(
      ({ long, description: text }) =>
        `complete -c vwo-hub -n '__fish_seen_subcommand_from ${name}' -l ${long.slice(2)} -d '${quoted(text)}'`,
    ),
    ...(choices.length > 0
      ? [`complete -c vwo-hub -n '__fish_seen_subcommand_from ${name}' -a '${choices.join(' ')}'`]
      : []),
    ...(takesFile ? [`complete -c vwo-hub -n '__fish_seen_subcommand_from ${name}' -F`] : []),
  ])
  return `# fish completion for vwo-hub\ncomplete -c vwo-hub -f\n${lines.join('\n')}\n`
}

/** In single quotes of fish, which know two escapes. */
function quoted(text: string): string {
  return text.replace(/[\\']/g, '\\$&')
}

/** Within single quotes and square brackets of a specification. */
function zshText(text: string): string {
  return text.replace(/[[\]:\\]/g, '\\$&').replaceAll("'", "'\\''")
}
