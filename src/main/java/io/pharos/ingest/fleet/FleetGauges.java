package io.pharos.ingest.fleet;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import java.util.List;

/// The series of the fleet; those that are not among the newest rows are gone.
final class FleetGauges {
  private final MultiGauge up;
  private final MultiGauge skew;
  private final MultiGauge leftOut;
  private final MultiGauge age;
  private final MultiGauge ahead;
  private final MultiGauge expected;
  private final MultiGauge allocation;
  private final MultiGauge gpus;

  /// One list for each metric.
  record Rows(
      List<MultiGauge.Row<?>> up,
      List<MultiGauge.Row<?>> skew,
      List<MultiGauge.Row<?>> leftOut,
      List<MultiGauge.Row<?>> age,
      List<MultiGauge.Row<?>> ahead,
      List<MultiGauge.Row<?>> expected,
      List<MultiGauge.Row<?>> allocation,
      List<MultiGauge.Row<?>> gpus) {}

  FleetGauges(MeterRegistry registry) {
    up = gauge(registry, "pharos_fleet_up", "Whether a source of heartbeats could be read.");
    skew =
        gauge(
            registry,
            "pharos_fleet_clock_skew_seconds",
            "What the clock of a source is ahead of this process'.");
    leftOut =
        gauge(
            registry,
            "pharos_fleet_hosts_left_out",
            "Hosts of a source that there is no room for.");
    age =
        gauge(
            registry,
            "pharos_agent_heartbeat_age_seconds",
            "How long ago the agent's last heartbeat was; absent where that is not known.");
    ahead =
        gauge(
            registry,
            "pharos_agent_clock_skew_seconds",
            "What the clock is ahead that the agent's heartbeats have their times by.");
    expected =
        gauge(
            registry,
            "pharos_agent_expected",
            "Whether the machine's agent is to send heartbeats.");
    allocation =
        gauge(registry, "pharos_machine_allocation", "What a machine is used for, by its status.");
    gpus = gauge(registry, "pharos_gpus", "How many GPUs of a machine are in a state.");
  }

  private static MultiGauge gauge(MeterRegistry registry, String name, String description) {
    return MultiGauge.builder(name).description(description).register(registry);
  }

  void show(Rows rows) {
    up.register(rows.up(), true);
    skew.register(rows.skew(), true);
    leftOut.register(rows.leftOut(), true);
    age.register(rows.age(), true);
    ahead.register(rows.ahead(), true);
    expected.register(rows.expected(), true);
    allocation.register(rows.allocation(), true);
    gpus.register(rows.gpus(), true);
  }
}
