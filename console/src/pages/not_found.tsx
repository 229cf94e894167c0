import { Button, Result } from 'antd'
import { useNavigate } from 'react-router-dom'
import { useSettings } from '../settings'

export function NotFoundPage() {
  const { t } = useSettings()
  const navigate = useNavigate()
  return <Result status="404" title={t('notFound')} extra={<Button type="primary" onClick={() => navigate('/')}>{t('home')}</Button>} />
}
