import { html } from 'hono/html'
import { version } from '../../version.ts'
import type { Html } from './html.ts'
import type { Tone } from '../../operate/look.ts'

export interface PageOptions {
  readonly title: string
  /** From this page to the root of the listener: `../`. */
  readonly root: string
  readonly main: Html
  /** Where scripts run: what to listen to, or how often to look again, in milliseconds. */
  readonly live?: { readonly events?: string; readonly everyMs?: number } | undefined
  /** Default: nothing of it, for who is not signed in. */
  readonly frame?: Frame | undefined
}

/** What every page has around it. */
export interface Frame {
  /** Proof for the form that ends the session; only where there is a login. */
  readonly logout: string | undefined
  /** All that this hub has, by name. */
  readonly environments: readonly string[]
}

/** Where a page is, and what it is made with. */
export interface Around {
  /** From this page to the root of the listener. */
  readonly root: string
  /** Proof for the forms of the page. */
  readonly csrf: string
  readonly frame: Frame | undefined
}

/** A whole page. It is complete without scripts; they keep it current. */
export function page({ title, root, main, live, frame }: PageOptions): Html {
  const { events = '', everyMs = '' } = live ?? {}
  const { logout, environments = [] } = frame ?? {}
  return html`<!doctype html>
    <html lang="en" data-events="${events}" data-every-ms="${everyMs}">
      <head>
        <meta charset="utf-8" />
        <title>${title} · vwo-hub</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" href="${root}assets/mark.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="${root}assets/dashboard.css" />
        <script src="${root}assets/dashboard.js" type="module"></script>
      </head>
      <body>
        <a class="skip" href="#main">Skip to content</a>
        <header class="top">
          <a class="brand" href="${root}"><span class="mark" aria-hidden="true"></span>vwo-hub</a>
          ${
            live !== undefined &&
            html`<span class="live" id="connection" hidden>
              <span class="dot" aria-hidden="true"></span><span id="connection-text">live</span>
            </span>`
          }
          ${environments.length >= 2 && switcher(root, environments)}
          ${
            logout !== undefined &&
            html`<form method="post" action="${root}logout">
              <input type="hidden" name="csrf" value="${logout}" />
              <button class="quiet">Sign out</button>
            </form>`
          }
        </header>
        <main id="main" tabindex="-1">${main}</main>
        <p class="hidden" id="announcer" role="status"></p>
        <footer class="bottom">
          <span>vwo-hub ${version}</span>
          <a href="${root}openapi.json">API</a>
          <a href="${root}metrics">Metrics</a>
        </footer>
      </body>
    </html>`
}

/** From any page to any environment. */
function switcher(root: string, environments: readonly string[]): Html {
  return html`<details class="menu switch">
    <summary>Environments</summary>
    <nav class="card" aria-label="Environments">
      <a href="${root}">All ${environments.length}</a>
      ${environments.map((name) => html`<a href="${root}environments/${name}">${name}</a>`)}
    </nav>
  </details>`
}

/** A word in a coloured field; the colour says nothing that the word does not. */
export function pill(tone: Tone, label: string): Html {
  return html`<span class="pill ${tone}">${label}</span>`
}

/** A part of a page, which its title names also for who does not see it. @param attributes - Of the part. */
export function section(attributes: Html, id: string, title: Html | string, content: Html): Html {
  return html`<section ${attributes} aria-labelledby="${id}-title">
    <h2 id="${id}-title">${title}</h2>
    ${content}
  </section>`
}

export function card(id: string, title: Html | string, content: Html): Html {
  return section(html`class="card"`, id, title, content)
}

/** One of a list of facts. @param look - Of what it is; `drawn` for a picture. */
export function fact(name: string, content: Html, look = ''): Html {
  return html`<div>
    <dt>${name}</dt>
    <dd class="${look}">${content}</dd>
  </div>`
}

/** The head of a table. */
export function head(...columns: readonly string[]): Html {
  return html`<thead>
    <tr>
      ${columns.map((column) => html`<th scope="col">${column}</th>`)}
    </tr>
  </thead>`
}

/** A page that says one thing. */
export function messagePage(title: string, text: Html, options: Pick<PageOptions, 'root' | 'frame'>): Html {
  const { root, frame } = options
  const main = html`<section class="narrow card">
    <h1>${title}</h1>
    <p>${text}</p>
    <p><a class="button" href="${root}">To the overview</a></p>
  </section>`
  return page({ title, root, main, frame })
}
