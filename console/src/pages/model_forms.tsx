// How a model gets into the catalogue, and how it comes to be served.
import { Form, Input, InputNumber, Select } from 'antd'
import { call } from '../api/client'
import type { Item } from '../api/hooks'
import type { CreateModelImportRequest, CreateModelRequest } from '../api/types'
import { FormModal } from '../parts'
import { useSettings } from '../settings'

type Model = Item<'list_models'>
interface FormProps {
  open: boolean
  onClose: () => void
}

interface Prices {
  input: string
  output: string
}

const price = (amount: string) => ({ amount: String(amount), currency: 'CNY' as const })

function useRequired() {
  const { t } = useSettings()
  return [{ required: true, message: t('required') }]
}

function PriceFields() {
  const { t } = useSettings()
  const required = useRequired()
  return (
    <>
      <Form.Item name="input" label={t('inputPrice')} rules={required}><Input prefix="¥" inputMode="decimal" /></Form.Item>
      <Form.Item name="output" label={t('outputPrice')} rules={required}><Input prefix="¥" inputMode="decimal" /></Form.Item>
    </>
  )
}

function ModelField({ models }: { models: Model[] }) {
  const { t } = useSettings()
  return (
    <Form.Item name="model" label={t('model')} rules={useRequired()}>
      <Select options={models.map((model) => ({ value: model.id, label: model.name }))} notFoundContent={t('noModelHere')} />
    </Form.Item>
  )
}

export function AddModel({ open, onClose }: FormProps) {
  const { t } = useSettings()
  const required = useRequired()
  const [form] = Form.useForm<CreateModelRequest>()
  return (
    <FormModal open={open} title="addModel" form={form} onClose={onClose} initial={{ context_window: 4096, license: 'Apache-2.0' }}
      submit={async (values) => void (await call('create_model', { body: values }))}>
      <Form.Item name="name" label={t('name')} rules={required}><Input /></Form.Item>
      <Form.Item name="description" label={t('description')}><Input /></Form.Item>
      <Form.Item name="license" label={t('license')} rules={required}><Input /></Form.Item>
      <Form.Item name="source" label={t('source')} rules={required}><Input /></Form.Item>
      <Form.Item name="context_window" label={t('contextWindow')} rules={required}><InputNumber min={1} style={{ width: '100%' }} /></Form.Item>
    </FormModal>
  )
}

export function ImportModel({ open, onClose }: FormProps) {
  const { t } = useSettings()
  const required = useRequired()
  const [form] = Form.useForm<CreateModelImportRequest>()
  return (
    <FormModal open={open} title="importModel" form={form} onClose={onClose} initial={{ capability: 'chat' }}
      submit={async ({ sha256, license, ...rest }) => void (await call('create_model_import', { body: { ...rest, ...(sha256 && { sha256 }), ...(license && { license }) } }))}>
      <Form.Item name="name" label={t('name')} rules={required}><Input /></Form.Item>
      <Form.Item name="source" label={t('source')} rules={required} extra={t('importSourceHint')}><Input className="mono" /></Form.Item>
      <Form.Item name="sha256" label={t('checksum')} extra={t('checksumHint')}><Input className="mono" /></Form.Item>
      <Form.Item name="license" label={t('license')} extra={t('licenseHint')}><Input /></Form.Item>
      <Form.Item name="capability" label={t('purpose')}><Select options={(['chat', 'embeddings'] as const).map((value) => ({ value, label: t(value) }))} /></Form.Item>
    </FormModal>
  )
}

export function ConnectDeployment({ open, onClose, models }: FormProps & { models: Model[] }) {
  const { t } = useSettings()
  const required = useRequired()
  const [form] = Form.useForm<Prices & { model: string; upstream: 'llama.cpp' | 'openai'; url: string }>()
  return (
    <FormModal open={open} title="connect" form={form} onClose={onClose}
      initial={{ upstream: 'llama.cpp', url: 'http://127.0.0.1:8080', input: '1.00', output: '2.00', model: models[0]?.id ?? '' }}
      submit={async ({ input, output, ...rest }) => void (await call('create_deployment', { body: { ...rest, input_price: price(input), output_price: price(output) } }))}>
      <ModelField models={models} />
      <Form.Item name="upstream" label={t('engine')} rules={required}>
        <Select options={[{ value: 'llama.cpp', label: 'llama.cpp' }, { value: 'openai', label: t('openaiServer') }]} />
      </Form.Item>
      <Form.Item name="url" label={t('address')} rules={required}><Input className="mono" /></Form.Item>
      <PriceFields />
    </FormModal>
  )
}

export function DeployHere({ open, onClose, models }: FormProps & { models: Model[] }) {
  const { t } = useSettings()
  const required = useRequired()
  const [form] = Form.useForm<Prices & { model: string; slots: number; cores: number; rest: number }>()
  return (
    <FormModal open={open} title="deploy" form={form} onClose={onClose} initial={{ slots: 4, cores: 1, rest: 0, input: '1.00', output: '2.00', model: models[0]?.id ?? '' }}
      submit={async ({ input, output, cores, rest, slots, model }) => void (await call('create_deployment', {
        body: { model, slots, cpu_milli: Math.round(cores * 1000), idle_stop_s: rest * 60, input_price: price(input), output_price: price(output) },
      }))}>
      <p className="quiet" style={{ marginTop: 0 }}>{t('deployHint')}</p>
      <ModelField models={models} />
      <div className="fields">
        <Form.Item name="cores" label={t('coresWanted')} rules={required}><InputNumber min={0.5} step={0.5} style={{ width: '100%' }} /></Form.Item>
        <Form.Item name="slots" label={t('slots')} rules={required}><InputNumber min={1} max={64} precision={0} style={{ width: '100%' }} /></Form.Item>
        <Form.Item name="rest" label={t('restAfter')} extra={t('restHint')}><InputNumber min={0} precision={0} style={{ width: '100%' }} /></Form.Item>
      </div>
      <PriceFields />
    </FormModal>
  )
}
