import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Program } from './languages.ts'

/** One example that runs. */
export interface App {
  /** Its decisions: the name of the variation, or `-`. */
  decide(questions: readonly string[]): Promise<string[]>
  /** What it has said beside its answers. */
  said(): string
  close(): void
}

export function startApp({ program, args, env }: Program, own: Readonly<Record<string, string>>): App {
  const child = spawn(program, args, { env: { ...process.env, ...env, ...own }, stdio: 'pipe' })
  let said = ''
  let hasEnded = false
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  child.on('error', (error) => (said += error.message))
  const waiting: ((answer: string) => void)[] = []
  // Where an SDK logs to its output, too, answers are what is one word.
  createInterface(child.stdout).on('line', (line) => {
    if (/^[\w-]+$/.test(line)) waiting.shift()?.(line)
  })
  child.on('close', () => {
    hasEnded = true
    for (const each of waiting.splice(0)) each('(ended)')
  })
  child.stdin.on('error', () => {})
  return {
    async decide(questions) {
      if (hasEnded) return questions.map(() => '(ended)')
      const answers = questions.map(() => new Promise<string>((resolve) => void waiting.push(resolve)))
      child.stdin.write(questions.map((each) => `${each}\n`).join(''))
      return await Promise.all(answers)
    },
    said: () => said,
    close: () => void child.kill('SIGKILL'),
  }
}
