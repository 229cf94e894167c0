import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

// The program sends these files as they are, so they are compressed here, once.
function compress(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      compress(path)
      continue
    }
    const bytes = readFileSync(path)
    const packed = gzipSync(bytes, { level: 9 })
    if (packed.length < bytes.length * 0.9) writeFileSync(path + '.gz', packed)
  }
}

export default defineConfig({
  plugins: [react(), { name: 'precompress', apply: 'build', closeBundle: () => compress('dist') }],
  build: {
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500,
    rollupOptions: {
      output: {
        manualChunks: { react: ['react', 'react-dom', 'react-router-dom'], antd: ['antd', '@ant-design/icons'] },
      },
    },
  },
  server: { proxy: { '/api': 'http://127.0.0.1:8420', '/v1': 'http://127.0.0.1:8420', '/metrics': 'http://127.0.0.1:8420' } },
})
