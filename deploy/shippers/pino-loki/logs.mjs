/* pino over Loki's push API: each line of standard input becomes a record.
 *
 *   npm install pino pino-loki
 *   LOGLYNX_URL=http://loglynx:8000 LOGLYNX_KEY=... node logs.mjs < lines
 *
 * Traps:
 * - Nothing is sent again: a batch that meets an outage or a refusal is lost. Where that matters, let pino write to a
 *   file and ship the file.
 * - Batches leave every five seconds unless told otherwise, and what exceeds 10 000 lines in between is dropped.
 */
import { createInterface } from 'node:readline'
import pino from 'pino'

const transport = pino.transport({
  target: 'pino-loki',
  options: {
    host: process.env.LOGLYNX_URL,
    basicAuth: { username: 'any', password: process.env.LOGLYNX_KEY },
    labels: { application: 'shop' },
    batching: { interval: 1 }
  }
})
const log = pino(transport)

for await (const line of createInterface({ input: process.stdin })) log.info(line)
transport.end()
