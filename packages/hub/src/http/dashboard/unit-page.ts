import { html } from 'hono/html'
import { publishedAtOf } from '../../environment/meta.ts'
import type { Live, LiveUnit } from '../../operate/what-is-live.ts'
import type { Explanation } from '../../product/explanation.ts'
import type { RuleOverview, Share } from '../../product/overview.ts'
import { plainText } from '../../text/plain-text.ts'
import { nameOf, valueOf } from '../../text/words.ts'
import { clock, type Html, outside, since } from './html.ts'
import { type Around, fact, page, pill, section } from './layout.ts'
import { thereSince, unitAddress } from './live-section.ts'
import { percent, splitBar, swatch, trafficBar } from './shares.ts'

/** What was asked of one user, and what came of it. */
export interface Asked {
  readonly userId: string
  /** As it was typed. */
  readonly variables: string
  readonly answer?: Explanation & { readonly revision: number }
  readonly fault?: string
}

export interface UnitPageOptions extends Around {
  readonly environment: string
  readonly unit: LiveUnit
  readonly live: Extract<Live, { state: 'known' }>
  readonly now: string
  readonly asked: Asked
}

/** One campaign or feature: who takes part, what they get, what became of it, and why a user gets what he gets. */
export function unitPage(options: UnitPageOptions): Html {
  const { root, environment, unit, live, now, csrf, frame, asked } = options
  const base = `${root}environments/${environment}`
  const { key, kind, status, isRunning, rules, changes } = unit
  const main = html`<section class="narrow wide">
    <p><a href="${base}">← ${environment}</a></p>
    <div class="title">
      <h1>${outside(key, 200)}</h1>
      ${pill(isRunning ? 'good' : 'none', status)}
    </div>
    <p class="note">
      In ${environment}, ${kind}, revision <span class="mono">${live.revision}</span>.
      ${thereSince(unit, live.isGrowing ? undefined : live.since)}
    </p>
    ${rules.length === 0 ? html`<p>It has no rules: it is off for everybody.</p>` : rules.map(ruleCard)}
    <h2>What changed</h2>
    ${
      changes.length === 0
        ? html`<p class="note">
            ${live.isGrowing ? 'It is being found out…' : 'Nothing, in the kept revisions.'}
          </p>`
        : html`<ol class="entries compact">
            ${changes.map(
              ({ revision, texts }) =>
                html`<li>
                  ${texts.map((text) => html`<p>${outside(text)}</p>`)}
                  <p class="note">
                    ${since(publishedAtOf(revision), now)}, ${clock(publishedAtOf(revision))}:
                    <a href="${base}/revisions/${revision}">revision <span class="mono">${revision}</span></a>
                  </p>
                </li>`,
            )}
          </ol>`
    }
    <h2 id="explain">What does a user get, and why?</h2>
    <form method="post" action="${unitAddress(base, key)}#explain" class="stack card">
      <input type="hidden" name="csrf" value="${csrf}" />
      <label>
        User id
        <input name="user" value="${plainText(asked.userId)}" required maxlength="300" autocomplete="off" />
      </label>
      <label>
        <span>Custom variables <span class="note">(as JSON, such as {"plan":"gold"}; optional)</span></span>
        <input name="variables" value="${plainText(asked.variables)}" maxlength="4000" autocomplete="off" />
      </label>
      <div class="acts"><button class="primary">Explain</button></div>
    </form>
    ${asked.fault !== undefined && html`<p class="fault" role="alert">${outside(asked.fault)}</p>`}
    ${asked.answer !== undefined && explained(asked.userId, asked.answer)}
  </section>`
  return page({ title: `${plainText(key, 80)}: ${environment}`, root, main, frame })
}

function ruleCard(rule: RuleOverview): Html {
  const { name, segment, group, split, variables } = rule
  return html`<div class="card">
    ${name !== undefined && html`<h2>${outside(name)}</h2>`}
    <dl class="facts">
      ${fact('For whom', outside(segment))} ${fact('Traffic', trafficBar(rule), 'drawn')}
      ${split.length > 0 && fact('Split', html`${splitBar(split)}${shareList(split)}`, 'drawn')}
      ${variables.length > 0 && fact('Variables', html`${variables.map(variable)}`)}
      ${group !== undefined && fact('Group', outside(group))}
    </dl>
  </div>`
}

function shareList(split: readonly Share[]): Html {
  return html`<ul class="plain">
    ${split.map(
      (share, index) =>
        html`<li>
          ${swatch(index)} ${outside(share.name)} ${percent(share.weight)}
          ${share.whitelisted !== undefined && html`<span class="note">forced into it: ${outside(share.whitelisted)}</span>`}
          ${share.variables.map(variable)}
        </li>`,
    )}
  </ul>`
}

const variable = (text: string): Html => html`<span class="note mono">${outside(text)}</span> `

function explained(
  userId: string,
  { revision, answer, isIn, steps, decision, isConsistent }: NonNullable<Asked['answer']>,
): Html {
  const variables = Object.entries(decision.variables ?? {}).slice(0, 50)
  const verdict = pill(isIn ? 'good' : 'none', isIn ? 'in it' : 'not in it')
  return section(
    html`class="plain"`,
    'answer',
    html`${outside(userId, 100)}: ${outside(answer, 200)} ${verdict}`,
    html`<p class="note">
        Decided by the real SDK, with revision <span class="mono">${revision}</span>, as in an app without a
        user storage.
      </p>
      <ol class="steps">
        ${steps.map(
          ({ text, details }) =>
            html`<li>
              ${outside(text, 400)}
              ${details.map((detail) => html`<span class="note">${outside(detail, 400)}</span>`)}
            </li>`,
        )}
      </ol>
      ${variables.map(([name, value]) => html`<p class="note mono">${nameOf(name)} = ${valueOf(value)}</p>`)}
      ${!isConsistent && html`<p class="fault">The steps do not lead to this answer, which counts: please report it.</p>`}`,
  )
}
