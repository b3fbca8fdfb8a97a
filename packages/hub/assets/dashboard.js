/**
 * Keeps a page current. The page is complete without it: this fetches the same page again when something has happened,
 * and takes over what differs, so that there is one place where pages are written, and no text becomes HTML here.
 */
const root = document.documentElement
const connection = document.getElementById('connection')
const connectionText = document.getElementById('connection-text')
const announcer = document.getElementById('announcer')

/** At most so often is the page fetched again, in milliseconds. */
const PACE_MS = 300
/** After so many milliseconds without an answer an attempt is over. */
const TIMEOUT_MS = 10_000

/** What asks for the page again and again, while something of it is being found out. */
let pace
let isFetching = false
let isDueAgain = false
/** Somebody has sent a form or follows a link, and the answer is not here yet. */
let isLeaving = false

/** Fetches this page again; what happens meanwhile is fetched once more afterwards. */
function refresh() {
  if (isFetching) {
    isDueAgain = true
    return
  }
  isFetching = true
  isDueAgain = false
  // Parses into a document that runs no scripts, without a text ever being handed to this one.
  const request = new XMLHttpRequest()
  request.open('GET', location.href)
  request.responseType = 'document'
  request.timeout = TIMEOUT_MS
  request.addEventListener('loadend', () => {
    if (request.status === 200 && request.response !== null) takeOver(request.response)
    // By itself, or what a proxy says in its place.
    else if ([0, 502, 504].includes(request.status)) lose()
    setTimeout(() => {
      isFetching = false
      if (isDueAgain) refresh()
    }, PACE_MS)
  })
  request.send()
}

/** @param {Document} next */
function takeOver(next) {
  const [before, after] = [document, next].map((page) => page.querySelector('[data-live]'))
  if (before === null || after === null) {
    // Signed out, for example: the whole page is another one. Who is on the way to it is not called back.
    if (!isLeaving) location.reload()
    return
  }
  const announced = before.dataset.announce
  morph(before, after)
  root.classList.remove('lost')
  document.title = next.title
  root.dataset.everyMs = next.documentElement.dataset.everyMs
  keepPace()
  if (before.dataset.announce !== announced) announcer.textContent = before.dataset.announce
  setClock()
}

/** Asks again as often as what is shown says, or not at all. */
function keepPace() {
  clearInterval(pace)
  const everyMs = Number(root.dataset.everyMs)
  if (everyMs === 0) return
  pace = setInterval(() => {
    if (!document.hidden) refresh()
  }, everyMs)
}

/**
 * Makes one element like another one in place, so that focus, open details and transitions stay.
 *
 * @param {Element} before
 * @param {Element} after
 */
function morph(before, after) {
  for (const { name } of [...before.attributes]) {
    if (name !== 'open' && !after.hasAttribute(name)) before.removeAttribute(name)
  }
  for (const { name, value } of after.attributes) {
    if (name !== 'open' && before.getAttribute(name) !== value) before.setAttribute(name, value)
  }
  let place = before.firstChild
  for (const wanted of [...after.childNodes]) {
    const found = placeOf(before, place, wanted)
    if (found === null) {
      before.insertBefore(document.importNode(wanted, true), place)
    } else {
      if (found === place) place = place.nextSibling
      else before.insertBefore(found, place)
      if (found.nodeType === Node.ELEMENT_NODE) morph(found, wanted)
      else if (found.nodeValue !== wanted.nodeValue) found.nodeValue = wanted.nodeValue
    }
  }
  while (place !== null) {
    const next = place.nextSibling
    place.remove()
    place = next
  }
}

/**
 * What is to become the wanted node: the one with the same id wherever it is, else the next one if it is of its kind.
 *
 * @param {Element} parent
 * @param {ChildNode | null} place
 * @param {ChildNode} wanted
 */
function placeOf(parent, place, wanted) {
  if (wanted.id) return [...parent.children].find(({ id }) => id === wanted.id) ?? null
  return place !== null && place.nodeName === wanted.nodeName && !place.id ? place : null
}

/* Time goes on between two events. */

/** How far the clock of the hub is ahead of this one, in milliseconds. */
let aheadMs = 0

/** In the reader's language and zone, and with its name: `27 Nov 2026, 19:43:20 GMT+1`. */
const zoned = new Intl.DateTimeFormat(undefined, {
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: 'numeric',
  minute: '2-digit',
  second: '2-digit',
  timeZoneName: 'short',
})

/** @param {string} time */
function inZone(time) {
  const date = new Date(time)
  return Number.isNaN(date.getTime()) ? time : zoned.format(date)
}

function setClock() {
  const now = Date.parse(document.querySelector('[data-now]')?.dataset.now ?? '')
  if (!Number.isNaN(now)) aheadMs = now - Date.now()
  for (const time of document.querySelectorAll('time[data-clock]')) {
    time.textContent = inZone(time.dateTime)
  }
  for (const time of document.querySelectorAll('time[data-counts]')) {
    time.title = inZone(time.dateTime)
  }
  tick()
}

function tick() {
  for (const time of document.querySelectorAll('time[data-counts]')) {
    const difference = (Date.now() + aheadMs - Date.parse(time.dateTime)) / 1000
    const isUp = time.dataset.counts === 'up'
    const seconds = isUp ? Math.floor(difference) : Math.ceil(-difference)
    const text = seconds <= 0 ? 'now' : isUp ? `${duration(seconds)} ago` : `in ${duration(seconds)}`
    if (!Number.isNaN(seconds) && time.textContent !== text) time.textContent = text
  }
}

/** As the hub writes it: the two largest units, and minutes alone below an hour. */
function duration(seconds) {
  const [days, hours, minutes] = [seconds / 86_400, (seconds / 3600) % 24, (seconds / 60) % 60].map(
    Math.floor,
  )
  const words = [days && `${days} day${days > 1 ? 's' : ''}`, hours && `${hours} h`]
  if (days === 0) words.push(minutes && `${minutes} min`)
  return words.filter(Boolean).join(' ') || `${seconds} s`
}

/* What has happened */

/** @type {EventSource | undefined} */
let source

function listen() {
  source = new EventSource(root.dataset.events)
  source.addEventListener('open', () => {
    show('live', false)
    if (root.classList.contains('lost')) refresh()
  })
  for (const name of ['status', 'nodes', 'unreachable']) source.addEventListener(name, refresh)
  source.addEventListener('error', () => {
    show('reconnecting…', true)
    // A stream also ends in good order, after an hour: the page itself tells whether the hub is there.
    refresh()
    if (source.readyState !== EventSource.CLOSED) return
    // Refused, by a hub that starts or after the session is over: only the page itself can tell.
    setTimeout(() => {
      if (document.hidden) return
      refresh()
      listen()
    }, 3000)
  })
}

/** The hub does not answer: what is shown is not said to be so any more, until it does. */
function lose() {
  if (root.classList.contains('lost')) return
  root.classList.add('lost')
  document.title = `not known: ${document.title.replace(/^[^·]*: /, '')}`
  const [verdict, lead] = ['.title .pill', '.lead'].map((place) =>
    document.querySelector(`[data-live] ${place}`),
  )
  if (verdict !== null) {
    verdict.className = 'pill none'
    verdict.textContent = 'Not known'
  }
  const time = inZone(new Date(Date.now()).toISOString())
  if (lead !== null) lead.textContent = `This hub has not answered since ${time}. What is shown is older.`
  announcer.textContent = 'This hub does not answer.'
}

function show(text, isLost) {
  connection.hidden = false
  connection.classList.toggle('lost', isLost)
  if (connectionText.textContent !== text) connectionText.textContent = text
}

if (root.dataset.events) {
  // Browsers open few connections to one host: a page that nobody sees gives its own back.
  document.addEventListener('visibilitychange', () => {
    source?.close()
    if (!document.hidden) listen()
  })
  if (!document.hidden) listen()
}
window.addEventListener('beforeunload', () => {
  isLeaving = true
  // A download leaves the page where it is.
  setTimeout(() => (isLeaving = false), TIMEOUT_MS)
})
keepPace()
setClock()
setInterval(tick, 1000)
