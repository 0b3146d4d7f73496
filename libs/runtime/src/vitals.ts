// What a process tells of itself: CPU, memory, and how late its event loop runs.
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Meter } from "@opentelemetry/api";

/** Registers the process's own metrics; the answer stops measuring. */
export function observeProcess(meter: Meter): () => void {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  meter.createObservableCounter("process.cpu.time", { unit: "s" }).addCallback((result) => {
    const { user, system } = process.cpuUsage();
    result.observe(user / 1e6, { mode: "user" });
    result.observe(system / 1e6, { mode: "system" });
  });
  meter.createObservableGauge("process.memory.usage", { unit: "By" }).addCallback((result) => {
    result.observe(process.memoryUsage.rss());
  });
  meter.createObservableGauge("nodejs.eventloop.delay.p99", { unit: "s" }).addCallback((result) => {
    // Since the last scrape; in nanoseconds.
    result.observe(delay.percentile(99) / 1e9);
    delay.reset();
  });
  return () => delay.disable();
}
