// The frame of every page: navigation, language, light and dark, the user.
import {
  ApartmentOutlined, AuditOutlined, BankOutlined, ClusterOutlined, DashboardOutlined, DeploymentUnitOutlined, KeyOutlined, LineChartOutlined, LogoutOutlined,
  MenuOutlined, MessageOutlined, MoonOutlined, SunOutlined, TeamOutlined, ThunderboltOutlined, UserOutlined, WalletOutlined, LockOutlined, SafetyCertificateOutlined, UnorderedListOutlined, TranslationOutlined,
} from '@ant-design/icons'
import { Button, Drawer, Dropdown, Grid, Layout, Menu, Tooltip } from 'antd'
import { useState, type JSX } from 'react'
import { Outlet, useLocation, useNavigate } from 'react-router-dom'
import { call } from './api/client'
import { useSession } from './session'
import { useSettings } from './settings'

export function Brand() {
  const { t } = useSettings()
  return (
    <div className="brand">
      <img src="/kapok.svg" alt="" />
      <div>
        <strong>Kapok</strong>
        <small>{t('platform')}</small>
      </div>
    </div>
  )
}

export function Tools() {
  const { t, language, setLanguage, shade, setShade } = useSettings()
  const other = shade === 'dark' ? 'light' : 'dark'
  return (
    <>
      <Button type="text" icon={<TranslationOutlined />} aria-label={t('languageLabel')} data-testid="language"
        onClick={() => setLanguage(language === 'zh' ? 'en' : 'zh')}>
        {t('language')}
      </Button>
      <Tooltip title={t(other)}>
        <Button type="text" aria-label={t(other)} data-testid="shade" icon={shade === 'dark' ? <SunOutlined /> : <MoonOutlined />}
          onClick={() => setShade(other)} />
      </Tooltip>
    </>
  )
}

function Navigation({ onGo }: { onGo: () => void }) {
  const { t } = useSettings()
  const { pathname } = useLocation()
  const navigate = useNavigate()
  const group = (key: string, label: string, children: Array<{ key: string; icon: JSX.Element; label: string }>) => ({ key, type: 'group' as const, label, children })
  return (
    <nav>
      <Menu
        mode="inline"
        style={{ borderInlineEnd: 0 }}
        selectedKeys={[pathname.startsWith('/nodes/') ? '/sites' : '/' + (pathname.split('/')[1] ?? '')]}
        onClick={({ key }) => {
          navigate(key)
          onGo()
        }}
        items={[
          { key: '/', icon: <DashboardOutlined />, label: t('overview') },
          group('work', t('groupWork'), [
            { key: '/sites', icon: <ClusterOutlined />, label: t('sites') },
            { key: '/jobs', icon: <ThunderboltOutlined />, label: t('jobs') },
            { key: '/models', icon: <DeploymentUnitOutlined />, label: t('models') },
            { key: '/playground', icon: <MessageOutlined />, label: t('playground') },
            { key: '/batches', icon: <UnorderedListOutlined />, label: t('batches') },
            { key: '/keys', icon: <KeyOutlined />, label: t('keys') },
          ]),
          group('money', t('groupMoney'), [
            { key: '/bill', icon: <WalletOutlined />, label: t('bill') },
            { key: '/ledger', icon: <BankOutlined />, label: t('ledger') },
          ]),
          group('admin', t('groupAdmin'), [
            { key: '/organizations', icon: <ApartmentOutlined />, label: t('organizations') },
            { key: '/users', icon: <TeamOutlined />, label: t('users') },
            { key: '/numbers', icon: <LineChartOutlined />, label: t('metrics') },
            { key: '/events', icon: <AuditOutlined />, label: t('events') },
            { key: '/evidence', icon: <SafetyCertificateOutlined />, label: t('evidence') },
          ]),
        ]}
      />
    </nav>
  )
}

function UserMenu() {
  const { t } = useSettings()
  const { me, end } = useSession()
  const navigate = useNavigate()
  const leave = async () => {
    await call('sign_out').catch(() => undefined)
    end()
  }
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        items: [
          { key: 'password', icon: <LockOutlined />, label: t('changePassword'), onClick: () => navigate('/password') },
          { key: 'leave', icon: <LogoutOutlined />, label: t('signOut'), onClick: () => void leave() },
        ],
      }}
    >
      <Button type="text" icon={<UserOutlined />} aria-label={t('account')}>
        {me?.user?.display_name || me?.user?.name || me?.name}
      </Button>
    </Dropdown>
  )
}

export function Shell() {
  const { t } = useSettings()
  const wide = Grid.useBreakpoint().md ?? true
  const [open, setOpen] = useState(false)
  return (
    <Layout style={{ minHeight: '100%' }}>
      <a className="skip" href="#content">
        {t('skip')}
      </a>
      {wide && (
        <Layout.Sider width={224} theme="light">
          <div className="side">
            <Brand />
            <Navigation onGo={() => undefined} />
          </div>
        </Layout.Sider>
      )}
      <Drawer open={open && !wide} onClose={() => setOpen(false)} placement="left" width={260} title="Kapok" styles={{ body: { padding: 0 } }}>
        <Navigation onGo={() => setOpen(false)} />
      </Drawer>
      <Layout>
        <Layout.Header className="bar">
          {!wide && <Button type="text" icon={<MenuOutlined />} aria-label={t('menu')} data-testid="menu" onClick={() => setOpen(true)} />}
          <span className="space" />
          <Tools />
          <UserMenu />
        </Layout.Header>
        <Layout.Content id="content">
          <div className="page">
            <Outlet />
          </div>
        </Layout.Content>
      </Layout>
    </Layout>
  )
}
