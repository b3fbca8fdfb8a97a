import { html } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'

/**
 * A browser does not send the cookie when a link of another site leads here, in a chat for example. Coming back from
 * this page it does.
 */
export function againPage(href: string): HtmlEscapedString | Promise<HtmlEscapedString> {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>vwo-hub</title>
        <meta http-equiv="refresh" content="0; url=${href}" />
      </head>
      <body>
        <a href="${href}">Continue</a>
      </body>
    </html>`
}
