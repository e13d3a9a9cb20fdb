/* winston over Loki's push API: each line of standard input becomes a record.
 *
 *   npm install winston winston-loki
 *   LOGLYNX_URL=http://loglynx:8000 LOGLYNX_KEY=... node logs.mjs < lines
 *
 * Traps:
 * - After a failure it waits a minute before it sends again; only its batcher's own field shortens that.
 * - What waits is in memory alone, and close() tries once. Before the end, flush until nothing is left.
 * - Its errors are silent unless onConnectionError is given.
 */
import { createInterface } from 'node:readline'
import winston from 'winston'
import LokiTransport from 'winston-loki'

const transport = new LokiTransport({
  host: process.env.LOGLYNX_URL,
  basicAuth: `any:${process.env.LOGLYNX_KEY}`,
  labels: { application: 'shop' },
  format: winston.format.simple(),
  interval: 1,
  onConnectionError: error => console.error(error.message)
})
transport.batcher.circuitBreakerInterval = 5000
const log = winston.createLogger({ transports: [transport] })

for await (const line of createInterface({ input: process.stdin })) log.info(line)
do await transport.flush()
while (transport.batcher.batch.streams.length > 0)
await transport.close()
