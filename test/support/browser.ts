import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { findBrowser } from '../../scripts/browser.mjs'

/**
 * A browser that talks to nobody but the pages it is given.
 *
 * @param env - Added to the environment of its process.
 */
export async function startBrowser(env: Record<string, string> = {}): Promise<Browser> {
  return await chromium.launch({
    env: { ...process.env, ...env },
    executablePath: findBrowser(),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

/** A page, and everything that the browser complained about: scripts that failed, and what the policy blocked. */
export interface WatchedPage {
  readonly page: Page
  readonly complaints: readonly string[]
}

/** Opens a page in a profile of its own. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext(options)
  const complaints: string[] = []
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sample }) => {
      console.error(`blocked by the policy: ${violatedDirective} ${blockedURI} ${sample}`)
    })
  })
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
  page.on('pageerror', ({ message }) => complaints.push(message))
  page.on('dialog', (dialog) => {
    complaints.push(`a dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('console', (message) => {
    // A page that is answered with 401 or 409 is no fault of the page.
    const isStatus = message.text().startsWith('Failed to load resource')
    if (message.type() === 'error' && !isStatus) complaints.push(message.text())
  })
  return { page, complaints }
}
