package io.pharos.demo;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/// The metrics pages of the backend and of its exporters, with the effects of the active fault.
/// Thread-safe.
final class DemoPages {
  private final DemoOptions options;
  private final FaultSwitch faults;
  private final RequestLedger ledger;
  private final Traffic traffic;
  private final GpuFleet gpus;
  private final GoProcess process;
  private final Node node;
  private final Redis redis;
  private final AtomicLong scrapes = new AtomicLong();

  DemoPages(DemoOptions options, FaultSwitch faults, RequestLedger ledger, Traffic traffic) {
    this.options = options;
    this.faults = faults;
    this.ledger = ledger;
    this.traffic = traffic;
    Instant started = options.clock().instant();
    this.gpus = new GpuFleet(options.seed());
    this.process = new GoProcess(started);
    this.node = new Node(started);
    this.redis = new Redis(started);
  }

  /// Whether the server of a path closes connections without an answer.
  boolean isSilent(String path, FaultKind fault) {
    return switch (path) {
      case "/dcgm/metrics" -> fault == FaultKind.GPU_EXPORTER_DOWN;
      case "/node/metrics" -> fault == FaultKind.EXPORTER_DOWN;
      default -> false;
    };
  }

  /// The page of an exporter, which needs no token.
  Optional<String> exporter(String path) {
    Instant now = options.clock().instant();
    DemoFault fault = faults.current();
    FaultKind kind = fault.kindAt(now);
    return switch (path) {
      case "/dcgm/metrics" ->
          Optional.of(gpus.page(now, faults.xidAt(), kind == FaultKind.GPU_FALLEN_OFF));
      case "/node/metrics" ->
          Optional.of(
              node.page(
                  now,
                  kind == FaultKind.DISK_FILLING ? Optional.of(fault.from()) : Optional.empty()));
      case "/redis/metrics" -> Optional.of(redis.page(now, kind != FaultKind.REDIS_DOWN));
      default -> Optional.empty();
    };
  }

  /// The page of `/metrics`.
  ///
  /// @param streams open streams of server-sent events
  String backend(int streams) {
    traffic.advanceTo(options.clock().instant());
    var page = new MetricPage();
    page.family("remotegpu_build_info", "gauge", "What runs; always 1")
        .sample("remotegpu_build_info", Map.of("version", options.version()), 1);
    traffic.writeTo(page);
    double up = (options.clock().millis() - process.started().toEpochMilli()) / 1000.0;
    process.writeTo(page, up, traffic.requests(), streams, scrapes.getAndIncrement());
    ledger.writeTo(page);
    return page.toString();
  }
}
