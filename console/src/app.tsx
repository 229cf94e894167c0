import { App as AntApp, ConfigProvider, Spin, theme } from 'antd'
import en from 'antd/locale/en_US'
import zh from 'antd/locale/zh_CN'
import 'dayjs/locale/zh-cn'
import dayjs from 'dayjs'
import { Route, Routes } from 'react-router-dom'
import { Shell } from './shell'
import { BillPage } from './pages/bill'
import { EventsPage } from './pages/events'
import { KeysPage } from './pages/keys'
import { LedgerPage } from './pages/ledger'
import { ModelsPage } from './pages/models'
import { NotFoundPage } from './pages/not_found'
import { OrganizationsPage } from './pages/organizations'
import { OverviewPage } from './pages/overview'
import { PlaygroundPage } from './pages/playground'
import { SignInPage } from './pages/sign_in'
import { UsersPage } from './pages/users'
import { PasswordPage } from './pages/password'
import { useSession } from './session'
import { useSettings } from './settings'

const kFont =
  'Inter, "Helvetica Neue", "PingFang SC", "Noto Sans CJK SC", "Noto Sans SC", "Microsoft YaHei", sans-serif'

function Content() {
  const { me, known } = useSession()
  const { t } = useSettings()
  if (!known) return <Spin fullscreen tip={t('loading')} />
  if (!me) return <SignInPage />
  if (me.user?.must_change_password) return <PasswordPage forced />
  return (
    <Routes>
      <Route element={<Shell />}>
        <Route index element={<OverviewPage />} />
        <Route path="organizations" element={<OrganizationsPage />} />
        <Route path="users" element={<UsersPage />} />
        <Route path="keys" element={<KeysPage />} />
        <Route path="models" element={<ModelsPage />} />
        <Route path="playground" element={<PlaygroundPage />} />
        <Route path="bill" element={<BillPage />} />
        <Route path="ledger" element={<LedgerPage />} />
        <Route path="events" element={<EventsPage />} />
        <Route path="password" element={<PasswordPage />} />
        <Route path="*" element={<NotFoundPage />} />
      </Route>
    </Routes>
  )
}

export function App() {
  const { language, shade } = useSettings()
  dayjs.locale(language === 'zh' ? 'zh-cn' : 'en')
  return (
    <ConfigProvider
      locale={language === 'zh' ? zh : en}
      button={{ autoInsertSpace: false }}
      theme={{
        algorithm: shade === 'dark' ? theme.darkAlgorithm : theme.defaultAlgorithm,
        token: { colorPrimary: '#b5301c', colorInfo: '#b5301c', colorLink: shade === 'dark' ? '#ef8a6b' : '#a52b18', borderRadius: 8, fontFamily: kFont },
        components: {
          Layout: shade === 'dark' ? { bodyBg: '#121214', headerBg: '#18181b', siderBg: '#18181b' } : { bodyBg: '#f5f5f6', headerBg: '#ffffff', siderBg: '#ffffff' },
        },
      }}
    >
      <AntApp style={{ minHeight: '100%', height: '100%' }}>
        <Content />
      </AntApp>
    </ConfigProvider>
  )
}
