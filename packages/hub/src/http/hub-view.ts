import type { EnvironmentView } from '../operate/environment-view.ts'

/** What the admin listener sees of a hub. */
export interface HubView {
  isClosing(): boolean
  /** Unconfirmed by Redis for longer, settings are stale, and the hub is not ready, in milliseconds. */
  readonly staleAfterMs: number
  /** In the text format of Prometheus. */
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>
  readonly environments: ReadonlyMap<string, EnvironmentView>
}
