import { vwo } from './vwo'

export const dynamic = 'force-dynamic'

export default async function Page({ searchParams }: { searchParams: Promise<{ user?: string }> }) {
  const { user = 'ann' } = await searchParams
  const button = (await vwo()).activate('checkout-button', user) ?? 'Control'
  return <button>{button}</button>
}
