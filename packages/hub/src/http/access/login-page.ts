import { html } from 'hono/html'
import { type Html, nothing } from '../dashboard/html.ts'
import { page } from '../dashboard/layout.ts'

/** Asks for the admin token. */
export function loginPage({
  next,
  isWrong = false,
}: {
  readonly next: string
  readonly isWrong?: boolean
}): Html {
  const fault = html`<p class="fault" id="fault" role="alert">
    This is not the token. Expected the value of <code>HUB_ADMIN_TOKEN</code>.
  </p>`
  const main = html`<section class="narrow card">
    <h1>Sign in</h1>
    ${isWrong ? fault : nothing}
    <form method="post" action="/login" class="stack">
      <input type="hidden" name="next" value="${next}" />
      <label>
        Admin token
        <input
          type="password"
          name="token"
          required
          autofocus
          autocomplete="current-password"
          ${isWrong ? html`aria-invalid="true" aria-describedby="fault"` : nothing}
        />
      </label>
      <button class="primary">Sign in</button>
    </form>
  </section>`
  return page({ title: 'Sign in', main })
}

/**
 * A browser does not send the cookie when a link of another site leads here, in a chat for example. Coming back from
 * this page it does.
 */
export function againPage(path: string): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>vwo-hub</title>
        <meta http-equiv="refresh" content="0; url=${path}" />
      </head>
      <body>
        <a href="${path}">Continue</a>
      </body>
    </html>`
}
