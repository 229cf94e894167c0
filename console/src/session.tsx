// Who is signed in. Until that is known the page waits; a session that ends leads back to sign-in.
import { createContext, useCallback, useContext, useEffect, useState, type ReactNode } from 'react'
import { call, setCsrfToken, setSignedOutHook, type Reply } from './api/client'

export type Me = Reply<'get_me'>

interface Session {
  me?: Me
  known: boolean
  refresh: () => Promise<void>
  end: () => void
}

const Context = createContext<Session | undefined>(undefined)

export function SessionProvider({ children }: { children: ReactNode }) {
  const [me, setMe] = useState<Me>()
  const [known, setKnown] = useState(false)
  const refresh = useCallback(async () => {
    try {
      const found = await call('get_me')
      setCsrfToken(found.csrf_token ?? '')
      setMe(found.kind === 'user' ? found : undefined)
    } catch {
      setMe(undefined)
    }
    setKnown(true)
  }, [])
  useEffect(() => {
    setSignedOutHook(() => setMe(undefined))
    void refresh()
  }, [refresh])
  return <Context.Provider value={{ me, known, refresh, end: () => setMe(undefined) }}>{children}</Context.Provider>
}

export function useSession(): Session {
  const session = useContext(Context)
  if (!session) throw new Error('outside SessionProvider')
  return session
}
