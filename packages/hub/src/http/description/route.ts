import type { Handler, Hono } from 'hono'
import type { Method, Operation, Paths } from './operation.ts'

/** One operation of the admin listener: how it is described, and what answers. */
export interface Route {
  readonly method: Method
  /** As OpenAPI writes it: `/v1/environments/{environment}`. */
  readonly path: string
  readonly operation: Operation
  readonly handler: Handler
}

export function get(path: string, operation: Operation, handler: Handler): Route {
  return { method: 'get', path, operation, handler }
}

export function post(path: string, operation: Operation, handler: Handler): Route {
  return { method: 'post', path, operation, handler }
}

/** Has an app answer routes. */
export function mount(app: Hono, routes: readonly Route[]): void {
  for (const { method, path, handler } of routes) app.on(method, pattern(path), handler)
}

/** Which methods each path has, as the app matches it. */
export function methodsOf(routes: readonly Route[]): Map<string, string[]> {
  const methods = new Map<string, string[]>()
  for (const { method, path } of routes) {
    methods.set(pattern(path), [...(methods.get(pattern(path)) ?? []), method.toUpperCase()])
  }
  return methods
}

/** Routes as a description lists them. */
export function pathsOf(routes: readonly Route[]): Paths {
  const paths: Record<string, Partial<Record<Method, Operation>>> = {}
  for (const { method, path, operation } of routes) paths[path] = { ...paths[path], [method]: operation }
  return paths
}

/** Of hono. */
function pattern(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1')
}
