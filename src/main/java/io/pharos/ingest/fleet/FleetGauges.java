package io.pharos.ingest.fleet;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/// The metrics of the fleet. Series without a row in the newest [Rows] are removed.
final class FleetGauges {
  /// A metric with its help text.
  enum Metric {
    UP("pharos_fleet_up", "Whether a source of heartbeats could be read."),
    SOURCE_SKEW(
        "pharos_fleet_clock_skew_seconds",
        "How far the clock of a source is ahead of the clock of Pharos."),
    LEFT_OUT("pharos_fleet_hosts_left_out", "Hosts of a source beyond the limit of hosts."),
    AGE(
        "pharos_agent_heartbeat_age_seconds",
        "Time since the agent's last heartbeat; absent if unknown."),
    AHEAD(
        "pharos_agent_clock_skew_seconds",
        "How far the clock that timestamps the agent's heartbeats is ahead."),
    EXPECTED("pharos_agent_expected", "Whether the machine's agent should send heartbeats."),
    ALLOCATION("pharos_machine_allocation", "The use of a machine, by its status."),
    GPUS("pharos_gpus", "Number of GPUs of a machine in a state.");

    private final String text;
    private final String description;

    Metric(String text, String description) {
      this.text = text;
      this.description = description;
    }
  }

  /// The rows of all metrics.
  static final class Rows {
    private final Map<Metric, List<MultiGauge.Row<?>>> rows = new EnumMap<>(Metric.class);

    void add(Metric metric, Tags tags, Number value) {
      add(metric, MultiGauge.Row.of(tags, value));
    }

    <T> void add(Metric metric, Tags tags, T source, ToDoubleFunction<T> value) {
      add(metric, MultiGauge.Row.of(tags, source, value));
    }

    private void add(Metric metric, MultiGauge.Row<?> row) {
      rows.computeIfAbsent(metric, _ -> new ArrayList<>()).add(row);
    }
  }

  private final Map<Metric, MultiGauge> gauges = new EnumMap<>(Metric.class);

  FleetGauges(MeterRegistry registry) {
    for (Metric metric : Metric.values()) {
      gauges.put(
          metric,
          MultiGauge.builder(metric.text).description(metric.description).register(registry));
    }
  }

  void show(Rows rows) {
    gauges.forEach(
        (metric, gauge) -> gauge.register(rows.rows.getOrDefault(metric, List.of()), true));
  }
}
