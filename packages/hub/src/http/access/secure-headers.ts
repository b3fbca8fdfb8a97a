import type { MiddlewareHandler } from 'hono'
import { secureHeaders } from 'hono/secure-headers'

/**
 * What every answer says to browsers: nothing from elsewhere is loaded, nothing that is written in a page runs, no
 * text becomes a script, no other site frames it, and nothing is kept.
 */
export function protectAnswers(): [MiddlewareHandler, MiddlewareHandler] {
  return [
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
        requireTrustedTypesFor: ["'script'"],
        trustedTypes: ["'none'"],
      },
      xFrameOptions: 'DENY',
      // `no-referrer` would take the `Origin` from our own forms.
      referrerPolicy: 'same-origin',
      // Where TLS is, a proxy adds it.
      strictTransportSecurity: false,
    }),
    async (context, next) => {
      await next()
      if (!context.res.headers.has('Cache-Control')) context.header('Cache-Control', 'no-store')
    },
  ]
}
