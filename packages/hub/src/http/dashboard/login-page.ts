import { html } from 'hono/html'
import { type Html, nothing } from './html.ts'
import { page } from './layout.ts'

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
