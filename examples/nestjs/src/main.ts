import 'reflect-metadata'
import { Controller, Get, Inject, Module, Query } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import type { Client } from '@vwo-hub/client'
import { VWO, VwoModule } from './vwo.module'

@Controller('checkout')
class CheckoutController {
  constructor(@Inject(VWO) private readonly vwo: Client) {}

  @Get()
  button(@Query('user') user: string): { button: string } {
    return { button: this.vwo.activate('checkout-button', user) ?? 'Control' }
  }
}

@Module({ imports: [VwoModule], controllers: [CheckoutController] })
class AppModule {}

async function main(): Promise<void> {
  const app = await NestFactory.create(AppModule)
  app.enableShutdownHooks()
  await app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')
  console.log(await app.getUrl())
}

void main()
