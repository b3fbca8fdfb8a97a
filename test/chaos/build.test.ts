import { expect, it } from 'vitest'
import { copyBuild } from './build.ts'
import { mutants } from './mutant.ts'

it('a patch that does not apply is a fault of the test, told with its text', async () => {
  const patch = { file: 'hub/lua/publish.lua', find: 'no such text', replace: '' }
  await expect(copyBuild([patch])).rejects.toThrow(
    /hub\/lua\/publish\.lua: expected once, found 0 times:\nno such text/,
  )
})

it('the patches of all mutants apply: whoever changes what they patch learns it from each run', async () => {
  const build = await copyBuild(mutants.flatMap(({ patches }) => patches))
  await build.remove()
})
