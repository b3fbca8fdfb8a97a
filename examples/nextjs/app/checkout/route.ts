import { vwo } from '../vwo'

export async function GET(request: Request): Promise<Response> {
  const user = new URL(request.url).searchParams.get('user') ?? 'ann'
  return Response.json({ button: (await vwo()).activate('checkout-button', user) ?? 'Control' })
}
