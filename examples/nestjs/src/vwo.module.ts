import { Global, Inject, Logger, Module, type OnApplicationShutdown } from '@nestjs/common'
import vwoSdk from 'vwo-node-sdk'
import { createClient, type Client } from '@vwo-hub/client'

/** `constructor(@Inject(VWO) private readonly vwo: Client)` */
export const VWO = Symbol('VWO')

@Global()
@Module({
  providers: [
    {
      provide: VWO,
      async useFactory(): Promise<Client> {
        const vwo = createClient({
          environment: process.env.VWO_ENVIRONMENT ?? 'default',
          redis: process.env.REDIS_URL,
          sdk: vwoSdk,
          launch: { isDevelopmentMode: process.env.NODE_ENV !== 'production' }, // then nothing is sent to VWO
          log: new Logger('VWO'),
        })
        await vwo.ready({ timeoutMs: 2000 }) // never throws: without settings it decides null and recovers by itself
        return vwo
      },
    },
  ],
  exports: [VWO],
})
export class VwoModule implements OnApplicationShutdown {
  constructor(@Inject(VWO) private readonly vwo: Client) {}

  async onApplicationShutdown(): Promise<void> {
    await this.vwo.close() // events on their way have arrived then
  }
}
