// Language and light or dark, remembered in this browser.
import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react'
import { setApiLanguage } from './api/client'
import { nameOf, type NameKind } from './names'
import { texts, type TextKey } from './texts'

export type Language = 'zh' | 'en'
export type Shade = 'light' | 'dark'

export type Translate = (key: TextKey, values?: Record<string, string | number>) => string

interface Settings {
  language: Language
  setLanguage: (language: Language) => void
  shade: Shade
  setShade: (shade: Shade) => void
  t: Translate
  // What a code of the API is called.
  name: (kind: NameKind, code: string) => string
}

// The ending of an English noun after a number.
const plural = (n?: string | number) => (String(n) === '1' ? '' : 's')

const Context = createContext<Settings | undefined>(undefined)

function remembered<T extends string>(key: string, allowed: readonly T[], otherwise: T): T {
  try {
    const value = localStorage.getItem(key) as T
    return allowed.includes(value) ? value : otherwise
  } catch {
    return otherwise
  }
}

function remember(key: string, value: string) {
  try {
    localStorage.setItem(key, value)
  } catch {
    // A browser that keeps nothing still shows what was chosen until the page is closed.
  }
}

export function SettingsProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(() =>
    remembered('kapok.language', ['zh', 'en'], navigator.language.startsWith('zh') ? 'zh' : 'en'),
  )
  const [shade, setShade] = useState<Shade>(() =>
    remembered('kapok.shade', ['light', 'dark'], matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'),
  )
  setApiLanguage(language)
  useEffect(() => {
    remember('kapok.language', language)
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'
    document.title = texts.title[language === 'zh' ? 0 : 1]
  }, [language])
  useEffect(() => {
    remember('kapok.shade', shade)
    document.documentElement.dataset.shade = shade
  }, [shade])
  const value = useMemo(
    () => ({
      language,
      setLanguage,
      shade,
      setShade,
      t: (key: TextKey, values: Record<string, string | number> = {}) =>
        texts[key][language === 'zh' ? 0 : 1].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? (name === 's' ? plural(values.n) : ''))),
      name: (kind: NameKind, code: string) => nameOf(kind, code, language),
    }),
    [language, shade],
  )
  return <Context.Provider value={value}>{children}</Context.Provider>
}

export function useSettings(): Settings {
  const settings = useContext(Context)
  if (!settings) throw new Error('outside SettingsProvider')
  return settings
}
