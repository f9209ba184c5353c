// What `@opentelemetry/sdk-node` does in one call, in its parts.
import { metrics } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, detectResources, envDetector } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';

const resource = defaultResource().merge(detectResources({ detectors: [envDetector] }));
const exportIntervalMillis = 200;
const reader = new PeriodicExportingMetricReader({
  exporter: new OTLPMetricExporter(),
  exportIntervalMillis,
  exportTimeoutMillis: exportIntervalMillis,
});
metrics.setGlobalMeterProvider(new MeterProvider({ resource, readers: [reader] }));
new NodeTracerProvider({
  resource,
  spanProcessors: [new SimpleSpanProcessor(new OTLPTraceExporter())],
}).register();
