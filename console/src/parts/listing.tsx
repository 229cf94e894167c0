// A list of the API with its further pages: a table where there is room, cards where there is not.
import { Button, Empty, Grid, Skeleton, type TableColumnsType, type TableColumnType } from 'antd'
import type { KeyboardEvent, ReactNode } from 'react'
import type { Listed } from '../api/hooks'
import { useSettings } from '../settings'
import type { TextKey } from '../texts'
import { Problem } from './index'
import { WideTable } from './wide_table'

export interface ListingProps<T> {
  list: Listed<T>
  columns: TableColumnsType<T>
  rowKey: string
  empty: TextKey
  emptyAction?: ReactNode
  onOpen?: (row: T) => void
}

function cell<T>(column: TableColumnType<T>, row: T, index: number): ReactNode {
  const raw = column.dataIndex === undefined ? undefined : (row as Record<string, unknown>)[String(column.dataIndex)]
  return (column.render ? column.render(raw, row, index) : raw) as ReactNode
}

function opening<T>(onOpen: ((row: T) => void) | undefined, row: T) {
  if (!onOpen) return {}
  return {
    tabIndex: 0,
    onClick: () => onOpen(row),
    // Only the row's own: Enter on a button inside of it is that button's.
    onKeyDown: (event: KeyboardEvent) => event.key === 'Enter' && event.target === event.currentTarget && onOpen(row),
  }
}

function Cards<T extends object>({ rows, columns, rowKey, onOpen }: { rows: T[]; columns: TableColumnsType<T>; rowKey: string; onOpen?: (row: T) => void }) {
  const [first, ...rest] = columns as TableColumnType<T>[]
  return (
    <ul className="row-cards">
      {rows.map((row, index) => (
        <li key={String((row as Record<string, unknown>)[rowKey])} className={onOpen ? 'row-card row-link' : 'row-card'} {...opening(onOpen, row)}>
          {first && <div className="row-card-head">{cell(first, row, index)}</div>}
          <dl>
            {rest.map((column) => (
              <div key={String(column.key ?? column.dataIndex)}>
                <dt>{column.title as ReactNode}</dt>
                <dd>{cell(column, row, index)}</dd>
              </div>
            ))}
          </dl>
        </li>
      ))}
    </ul>
  )
}

export function Listing<T extends object>({ list, columns, rowKey, empty, emptyAction, onOpen }: ListingProps<T>) {
  const { t } = useSettings()
  const wide = Grid.useBreakpoint().md ?? true
  const rows = list.data ?? []
  if (list.error && !list.data) return <div style={{ padding: 16 }}><Problem failure={list.error} retry={list.reload} /></div>
  const nothing = <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t(empty)}>{emptyAction}</Empty>
  return (
    <>
      {list.error && <Problem failure={list.error} retry={list.reload} />}
      {wide && (
        <WideTable<T>
          rowKey={rowKey}
          columns={columns}
          dataSource={rows}
          loading={list.loading}
          size="middle"
          locale={{ emptyText: list.loading ? ' ' : nothing }}
          onRow={(row) => ({ ...opening(onOpen, row), className: onOpen ? 'row-link' : '' })}
        />
      )}
      {!wide && (list.loading && !list.data ? <Skeleton active style={{ padding: 16 }} /> : rows.length ? <Cards rows={rows} columns={columns} rowKey={rowKey} onOpen={onOpen} /> : nothing)}
      {list.more && (
        <div style={{ textAlign: 'center', margin: 16 }}>
          <Button onClick={list.more} loading={list.loadingMore}>
            {t('more')}
          </Button>
        </div>
      )}
    </>
  )
}
