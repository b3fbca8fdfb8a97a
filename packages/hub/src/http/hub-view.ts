import type { EnvironmentView } from '../operate/environment-view.ts'

/** What the admin listener sees of a hub. */
export interface HubView {
  isClosing(): boolean
  /** In the text format of Prometheus. */
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>
  readonly environments: ReadonlyMap<string, EnvironmentView>
}
