/* OpenTelemetry's logs from Node: each line of standard input becomes a record.
 *
 *   npm install @opentelemetry/sdk-logs @opentelemetry/resources @opentelemetry/api-logs \
 *     @opentelemetry/exporter-logs-otlp-proto     (or -http, which sends JSON)
 *   LOGLYNX_URL=http://loglynx:8000 LOGLYNX_KEY=... node logs.mjs < lines
 *
 * Traps:
 * - The exporter gives a batch up after timeoutMillis, ten seconds unless told, waits included; a refusal may ask for
 *   five of them. The processor has a timeout of its own, exportTimeoutMillis: raise both.
 * - It makes six attempts. Where the connection is refused they are over in some thirteen seconds: a slow restart of
 *   Loglynx costs the batch.
 * - While a batch waits, records queue; beyond maxQueueSize, 2048 unless told, they are dropped.
 * - forceFlush before shutdown, or what waits is lost.
 * - Where lines must survive longer outages, let the Collector stand in between, or write a file and ship that.
 */
import { createInterface } from 'node:readline'
import { SeverityNumber } from '@opentelemetry/api-logs'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs'

const { OTLPLogExporter } = await import(process.env.OTLP_EXPORTER ?? '@opentelemetry/exporter-logs-otlp-proto')

const exporter = new OTLPLogExporter({
  url: `${process.env.LOGLYNX_URL}/v1/logs`,
  headers: { 'x-api-key': process.env.LOGLYNX_KEY },
  compression: 'gzip',
  timeoutMillis: 60_000
})
const provider = new LoggerProvider({
  resource: resourceFromAttributes({ 'service.name': 'shop' }),
  processors: [new BatchLogRecordProcessor({ exporter, exportTimeoutMillis: 60_000, maxQueueSize: 20_000 })]
})
const logger = provider.getLogger('checkout')

for await (const body of createInterface({ input: process.stdin })) {
  logger.emit({ severityNumber: SeverityNumber.INFO, severityText: 'INFO', body })
}
await provider.forceFlush()
await provider.shutdown()
