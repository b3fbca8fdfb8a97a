import type { redisForFile } from './redis-for-file.ts'
import { type Hubs, startHubs } from './hubs.ts'

/** What signs in. */
export const token = 'the-admin-token'

export type VisitOptions = Partial<Parameters<typeof startHubs>[0]> & { token?: string | undefined }

/** Starts hubs for a test, with a token that is asked for, and what a browser does at the first of them. */
export async function visitHubs(
  { server, cleanUps }: Awaited<ReturnType<typeof redisForFile>>,
  options: VisitOptions = {},
) {
  const { token: _token, ...rest } = options
  const hubs = await startHubs({
    url: server.url,
    ...rest,
    config: { adminToken: 'token' in options ? options.token : token, ...rest.config },
  })
  cleanUps.push(hubs.close)
  return { hubs, browser: browserOf(hubs), page: `/environments/${hubs.environment}` }
}

/** Where a redirect leads to, as a browser reads it. */
export function leadsTo(response: Response): string {
  const { origin, pathname, search } = new URL(response.headers.get('location') ?? '', response.url)
  return new URL(response.url).origin === origin ? pathname + search : origin
}

/** What a browser does with cookies, redirects and forms, and what it says about where it is. */
export function browserOf(hubs: Hubs) {
  const { adminUrl } = hubs.first
  const cookies = new Map<string, string>()
  const own = { Origin: adminUrl, 'Sec-Fetch-Site': 'same-origin' }

  async function request(
    path: string,
    init: Omit<RequestInit, 'headers'> & { headers?: Record<string, string> } = {},
  ) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(`${adminUrl}${path}`, {
      redirect: 'manual',
      ...init,
      headers: { ...(cookie && { Cookie: cookie }), ...init.headers },
    })
    for (const header of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(header) ?? []
      if (header.includes('Max-Age=0')) cookies.delete(name)
      else cookies.set(name, value)
    }
    return response
  }
  const post = (path: string, form: Record<string, string>, headers: Record<string, string> = own) =>
    request(path, { method: 'POST', headers, body: new URLSearchParams(form) })
  return {
    cookies,
    request,
    post,
    read: async (path: string) => await (await request(path)).text(),
    logIn: () => post('/login', { token }),
    /** The proof that the forms of a page carry. */
    csrf: async (path: string) =>
      /name="csrf" value="([^"]+)"/.exec(await (await request(path)).text())?.[1] ?? '',
  }
}

/** Those that are kept, the newest first. */
export async function revisionsOf(hubs: Hubs): Promise<number[]> {
  return (await hubs.redis.zrevrange(hubs.keys.revisions, 0, -1)).map(Number)
}

/** What the first form of a page posts besides what people fill in. */
export function hiddenFields(page: string): Record<string, string> {
  const fields = page.matchAll(/<input type="hidden" name="(?!csrf")([^"]+)" value="([^"]*)"/g)
  return Object.fromEntries([...fields].map(([, name = '', value = '']) => [name, value]))
}
