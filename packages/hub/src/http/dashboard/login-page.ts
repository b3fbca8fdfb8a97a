import { html } from 'hono/html'
import type { Html } from './html.ts'
import { page } from './layout.ts'

/** Asks for the admin token. */
export function loginPage({
  root,
  next,
  fault,
}: {
  readonly root: string
  readonly next: string
  /** Why the one before did not do. */
  readonly fault?: Html
}): Html {
  const main = html`<section class="narrow card">
    <h1>Sign in</h1>
    ${fault !== undefined && html`<p class="fault" id="fault" role="alert">${fault}</p>`}
    <form method="post" action="${root}login" class="stack">
      <input type="hidden" name="next" value="${next}" />
      <label>
        Admin token
        <input
          type="password"
          name="token"
          required
          autofocus
          autocomplete="current-password"
          ${fault !== undefined && html`aria-invalid="true" aria-describedby="fault"`}
        />
      </label>
      <button class="primary">Sign in</button>
    </form>
  </section>`
  return page({ title: 'Sign in', root, main })
}
