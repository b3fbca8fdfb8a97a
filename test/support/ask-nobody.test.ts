import { lookup } from 'node:dns'
import { promisify } from 'node:util'
import { afterEach, expect, it, vi } from 'vitest'

afterEach(() => vi.restoreAllMocks())

it('what a test asks of this machine is silent, and a foreign name is told on the console, which fails the run', async () => {
  const told = vi.spyOn(console, 'error').mockReturnValue()
  const ask = promisify(lookup)
  for (const name of ['localhost', '127.0.0.1', '::1']) await ask(name)
  expect(told).not.toHaveBeenCalled()
  // Longer than a name may be: nobody is asked.
  const foreign = `${'x'.repeat(64)}.example`
  await expect(ask(foreign)).rejects.toThrow('ENOTFOUND')
  expect(told).toHaveBeenCalledExactlyOnceWith(`A test asked for ${foreign}, or one before it.`)
})
