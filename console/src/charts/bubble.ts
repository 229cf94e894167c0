// The text of a chart's bubble, which ECharts takes as HTML: what a node or a person has named must stay text.
export function lines(...texts: string[]): string {
  const safe = (text: string) => text.replace(/[&<>"']/g, (found) => `&#${found.charCodeAt(0)};`)
  return texts.map(safe).join('<br/>')
}
