import type { WriteStream } from 'node:tty'

/** A stream that may be a terminal. */
export type Output = Pick<NodeJS.WriteStream, 'write' | 'on'> &
  Partial<Pick<WriteStream, 'isTTY' | 'columns'>>

/** How wide a terminal is. @returns undefined where it is none. */
export function columnsOf({ isTTY, columns }: Output): number | undefined {
  return isTTY === true ? columns : undefined
}

/** What a command knows of the world around it. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdin: AsyncIterable<Uint8Array | string> & { readonly isTTY?: boolean }
  readonly stdout: Output
  readonly stderr: Output
}

/** What a command comes to. */
export type ExitCode =
  /** Done, or yes. */
  | 0
  /** The answer is no. */
  | 1
  /** It could not be done. */
  | 2

/** Ends a command: its promise is awaited, and its answer becomes the exit code of the process. */
export type Run = (work: () => Promise<ExitCode>) => Promise<void>

/** What every command is made with. */
export interface CommandTools extends Surroundings {
  readonly run: Run
  /** Tells of what cannot be done, where that is an answer. */
  readonly refuse: (error: Error) => void
}
