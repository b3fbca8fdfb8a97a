import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A package that takes the SDK's place in the test that calls this. @returns Its folder. */
export function fakeSdk(source: string, version = '1.73.9'): string {
  const folder = mkdtempSync(join(tmpdir(), 'vwo-hub-sdk-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'fake', version, main: 'index.js' }))
  writeFileSync(join(folder, 'index.js'), source)
  return folder
}
