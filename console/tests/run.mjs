// Runs the console's own tests; with KAPOK_RESULTS set, a report goes there too.
//   npm test
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const results = process.env.KAPOK_RESULTS
const reports = results ? ['--test-reporter=junit', `--test-reporter-destination=${join(results, 'console.xml')}`] : []
const files = ['contract.test.mjs', 'format.test.mjs', 'source.test.mjs', 'texts.test.mjs'].map((name) => fileURLToPath(new URL(name, import.meta.url)))
const run = spawnSync(process.execPath, ['--test', '--test-reporter=spec', '--test-reporter-destination=stdout', ...reports, ...files], { stdio: 'inherit' })
process.exit(run.status ?? 1)
