/* winston over Elasticsearch's bulk API: each line of standard input becomes a document.
 *
 *   npm install winston winston-elasticsearch
 *   LOGLYNX_URL=http://loglynx:8000 LOGLYNX_KEY=... node logs.mjs < lines
 *
 * Traps:
 * - It asks for the cluster's health before it sends, and again after each failure; retryLimit says how often.
 * - Without bufferLimit it holds whatever comes while it cannot send.
 * - end() sends once and gives up. Let the program run out instead: it ends when nothing waits.
 * - What it sends again is one batch with whatever came meanwhile: a batch whose answer alone was lost is stored twice.
 */
import { createInterface } from 'node:readline'
import winston from 'winston'
import { ElasticsearchTransport } from 'winston-elasticsearch'

const transport = new ElasticsearchTransport({
  index: 'shop',
  flushInterval: 1000,
  retryLimit: 10_000,
  clientOpts: { node: process.env.LOGLYNX_URL, auth: { username: 'any', password: process.env.LOGLYNX_KEY } }
})
transport.on('warning', error => console.error(error.message))
const log = winston.createLogger({ transports: [transport] })
log.on('error', error => console.error(error.message)) // or the program ends with it

for await (const line of createInterface({ input: process.stdin })) log.info(line)
