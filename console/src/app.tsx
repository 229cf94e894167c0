import { App as AntApp, ConfigProvider, Spin, theme } from 'antd'
import en from 'antd/locale/en_US'
import zh from 'antd/locale/zh_CN'
import 'dayjs/locale/zh-cn'
import dayjs from 'dayjs'
import { Route, Routes } from 'react-router-dom'
import { Shell } from './shell'
import { BatchesPage } from './pages/batches'
import { BillPage } from './pages/bill'
import { EvidencePage } from './pages/evidence'
import { EventsPage } from './pages/events'
import { JobPage } from './pages/job'
import { JobsPage } from './pages/jobs'
import { KeysPage } from './pages/keys'
import { LedgerPage } from './pages/ledger'
import { MetricsPage } from './pages/metrics'
import { ModelsPage } from './pages/models'
import { NewJobPage } from './pages/new_job'
import { NodePage } from './pages/node'
import { NotFoundPage } from './pages/not_found'
import { OrganizationsPage } from './pages/organizations'
import { OverviewPage } from './pages/overview'
import { PlaygroundPage } from './pages/playground'
import { SignInPage } from './pages/sign_in'
import { SitesPage } from './pages/sites'
import { UsersPage } from './pages/users'
import { PasswordPage } from './pages/password'
import { useSession } from './session'
import { useSettings } from './settings'

const kFont =
  'Inter, "Helvetica Neue", "PingFang SC", "Noto Sans CJK SC", "Noto Sans SC", "Microsoft YaHei", sans-serif'

// Whoever asked the system for less motion gets none here.
const kStill = matchMedia('(prefers-reduced-motion: reduce)').matches
const kTokens = { colorPrimary: '#b5301c', colorInfo: '#b5301c', borderRadius: 8, fontFamily: kFont, ...(kStill && { motion: false, motionUnit: 0 }) }

// Text that is quieter, and that on coloured tags, still has a contrast of 4.5 to what is behind it.
const kShades = {
  light: {
    colorLink: '#a52b18', colorError: '#cf1322', colorErrorBg: '#fff2f0', colorSuccess: '#237804', colorSuccessBg: '#f6ffed', colorSuccessBorder: '#b7eb8f', colorTextDescription: 'rgba(0, 0, 0, 0.64)', colorTextTertiary: 'rgba(0, 0, 0, 0.64)', colorTextPlaceholder: 'rgba(0, 0, 0, 0.55)',
    green7: '#237804', orange7: '#ad4e00', red7: '#a8071a', gold7: '#7c4a00', volcano7: '#ad2102', geekblue7: '#1d39c4', blue7: '#0950c3',
  },
  dark: {
    colorLink: '#ef8a6b', colorError: '#ff6b6d', colorTextDescription: 'rgba(255, 255, 255, 0.66)', colorTextTertiary: 'rgba(255, 255, 255, 0.66)', colorTextPlaceholder: 'rgba(255, 255, 255, 0.55)',
    geekblue7: '#8ea6f5', blue7: '#7fb3f0', red7: '#f0787a', volcano7: '#f0845f',
  },
}

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
        <Route path="sites" element={<SitesPage />} />
        <Route path="nodes/:id" element={<NodePage />} />
        <Route path="jobs" element={<JobsPage />} />
        <Route path="jobs/new" element={<NewJobPage />} />
        <Route path="jobs/:id" element={<JobPage />} />
        <Route path="keys" element={<KeysPage />} />
        <Route path="models" element={<ModelsPage />} />
        <Route path="playground" element={<PlaygroundPage />} />
        <Route path="batches" element={<BatchesPage />} />
        <Route path="evidence" element={<EvidencePage />} />
        <Route path="bill" element={<BillPage />} />
        <Route path="ledger" element={<LedgerPage />} />
        <Route path="numbers" element={<MetricsPage />} />
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
        token: { ...kTokens, ...kShades[shade] },
        components: {
          Menu: shade === 'dark' ? { itemSelectedColor: '#f2b09b' } : {},
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
