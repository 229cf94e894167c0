// Makes src/api/types.ts from docs/openapi.json, so that the compiler holds the console to the API's contract.
//   node scripts/api-types.mjs           write the file
//   node scripts/api-types.mjs --check   fail if it is not what the document says
import { readFileSync, writeFileSync } from 'node:fs'

const document = JSON.parse(readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8'))
const target = new URL('../src/api/types.ts', import.meta.url)

function members(schema) {
  const required = new Set(schema.required ?? [])
  const parts = Object.entries(schema.properties ?? {}).map(
    ([name, member]) => `${/^\w+$/.test(name) ? name : JSON.stringify(name)}${required.has(name) ? '' : '?'}: ${typeOf(member)}`,
  )
  return parts.length ? `{ ${parts.join('; ')} }` : 'Record<string, unknown>'
}

function typeOf(schema) {
  if (!schema) return 'unknown'
  if (schema.$ref) return schema.$ref.split('/').pop()
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  const parts = schema.anyOf ?? schema.oneOf
  if (parts) return parts.map((part) => typeOf(part)).join(' | ')
  if (Array.isArray(schema.type)) return schema.type.map((type) => typeOf({ ...schema, type })).join(' | ')
  if (schema.type === 'array') return `Array<${typeOf(schema.items)}>`
  if (schema.type === 'object' || schema.properties) return members(schema)
  return { string: 'string', integer: 'number', number: 'number', boolean: 'boolean', null: 'null' }[schema.type] ?? 'unknown'
}

function bodyOf(content) {
  const json = content?.['application/json']
  return json ? typeOf(json.schema) : 'undefined'
}

function operation(path, method, described) {
  const query = (described.parameters ?? []).filter((parameter) => parameter.in === 'query')
  const success = Object.entries(described.responses).find(([status]) => status.startsWith('2'))
  const queryType = query.length
    ? `{ ${query.map((parameter) => `${parameter.name}?: ${typeOf(parameter.schema)}`).join('; ')} }`
    : 'Record<string, never>'
  const parts = [`method: '${method.toUpperCase()}'`, `path: '${path}'`, `query: ${queryType}`,
    `body: ${bodyOf(described.requestBody?.content)}`, `reply: ${bodyOf(success?.[1].content)}`]
  return `  ${described.operationId}: { ${parts.join('; ')} }`
}

const schemas = Object.entries(document.components?.schemas ?? {}).map(
  ([name, schema]) => `export type ${name} = ${typeOf(schema)}\n`,
)
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, described]) => operation(path, method, described)),
)
const paths = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(
    ([method, described]) => `  ${described.operationId}: [${JSON.stringify(method.toUpperCase())}, ${JSON.stringify(path)}],`,
  ),
)
const text = `// Generated from docs/openapi.json by scripts/api-types.mjs. Do not edit.

${schemas.join('')}
export interface Operations {
${operations.join('\n')}
}

export const operations: { readonly [Name in keyof Operations]: readonly [string, string] } = {
${paths.join('\n')}
}
`

if (process.argv.includes('--check')) {
  const present = readFileSync(target, 'utf8')
  if (present !== text) {
    console.error('src/api/types.ts is not what docs/openapi.json says: run npm run types')
    process.exit(1)
  }
} else {
  writeFileSync(target, text)
}
