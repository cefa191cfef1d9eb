package io.pharos.ingest.fleet;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.gate.ManualClock;
import io.pharos.schedule.JobScheduler;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/// A fleet with jobs and clocks that the test controls.
final class FleetRig {
  final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  final ManualClock clock = new ManualClock(Instant.now());
  final Map<String, Consumer<Instant>> jobs = new LinkedHashMap<>();
  private final List<AutoCloseable> open = new ArrayList<>();
  private long nanos = 1;

  private final JobScheduler scheduler =
      (name, _, _, task) -> {
        jobs.put(name, task);
        return () -> jobs.remove(name, task);
      };

  <T extends AutoCloseable> T keep(T resource) {
    open.add(resource);
    return resource;
  }

  AgentFleet fleet(String text, Path folder) {
    AgentFleet fleet =
        keep(
            new AgentFleet(
                FleetFile.parse("fleet.yml", text, folder),
                scheduler,
                clock,
                () -> nanos,
                registry));
    fleet.start();
    return fleet;
  }

  void read(String source) {
    jobs.get("fleet-" + source).accept(clock.instant());
  }

  void pass(Duration time) {
    clock.advance(time);
    nanos += time.toNanos();
  }

  /// The values of a metric, by the values of its labels.
  Map<String, Double> values(String metric) {
    var values = new TreeMap<String, Double>();
    for (Gauge gauge : registry.find(metric).gauges()) {
      var labels = new ArrayList<String>();
      gauge.getId().getTags().forEach(tag -> labels.add(tag.getValue()));
      values.put(String.join(" ", labels), gauge.value());
    }
    return values;
  }

  Map<String, Double> ages() {
    return values("pharos_agent_heartbeat_age_seconds");
  }

  void close() throws Exception {
    for (AutoCloseable resource : open.reversed()) {
      resource.close();
    }
  }
}
