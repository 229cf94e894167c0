import { useEffect, useRef } from 'react'
import { Table, type TableProps } from 'antd'

// A table that may be wider than its place. What scrolls then can be reached and moved by keyboard (WCAG 2.1.1),
// also where no row has anything to open.
export function WideTable<T extends object>(properties: TableProps<T>) {
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const part = place.current?.querySelector<HTMLElement>('.ant-table-content')
    if (!part) return
    const look = () => {
      if (part.scrollWidth > part.clientWidth) part.tabIndex = 0
      else part.removeAttribute('tabindex')
    }
    look()
    const watch = new ResizeObserver(look)
    watch.observe(part)
    if (part.firstElementChild) watch.observe(part.firstElementChild)
    return () => watch.disconnect()
  })
  return (
    <div ref={place}>
      <Table<T> pagination={false} scroll={{ x: 'max-content' }} {...properties} />
    </div>
  )
}
