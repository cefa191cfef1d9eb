package io.pharos.ingest.fleet;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.pharos.ingest.fleet.FleetReading.GpuCount;
import io.pharos.ingest.fleet.FleetReading.Source;
import io.pharos.ingest.fleet.FleetReading.Unreadable;
import io.pharos.schedule.JobScheduler;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reports the agents and their machines as metrics. Each source is read by its own job; [#publish]
/// merges the results of all sources. Thread-safe.
public final class AgentFleet implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AgentFleet.class);

  /// Number of intervals after which a reading is stale.
  private static final int STALE_INTERVALS = 4;

  private final JobScheduler scheduler;
  private final InstantSource clock;
  private final LongSupplier nanos;
  private final MeterRegistry registry;
  private final FleetGauges gauges;
  private final List<Running> running = new ArrayList<>();
  private FleetConfig config;
  private @Nullable PushedBeats pushed;
  private @Nullable Set<String> inventory;
  private boolean started;

  /// Why a push was rejected.
  public enum Refusal {
    /// Pushes are not configured.
    NOT_CONFIGURED,
    /// A host name can't be used as a label value.
    BAD_HOST,
    /// The limit on hosts is reached.
    TOO_MANY
  }

  /// A pushed heartbeat.
  ///
  /// @param time time of the heartbeat by the sender's clock
  public record Beat(String host, Instant time) {}

  /// Creates a fleet; sources are read from [#start] on.
  ///
  /// @param nanos a monotonic clock
  public AgentFleet(
      FleetConfig config,
      JobScheduler scheduler,
      InstantSource clock,
      LongSupplier nanos,
      MeterRegistry registry) {
    this.config = config;
    this.scheduler = scheduler;
    this.clock = clock;
    this.nanos = nanos;
    this.registry = registry;
    gauges = new FleetGauges(registry);
  }

  /// Starts the jobs that read the sources.
  public synchronized void start() {
    started = true;
    apply();
  }

  /// Applies another configuration. Heartbeats that were already pushed are kept.
  public synchronized void reload(FleetConfig next) {
    if (next.equals(config)) {
      return;
    }
    config = next;
    if (started) {
      apply();
    }
  }

  private void apply() {
    running.forEach(Running::close);
    running.clear();
    inventory = null;
    PushedBeats previous = pushed;
    pushed = null;
    var sources = new ArrayList<Source>();
    int max = config.maxHosts();
    config.postgresql().ifPresent(it -> sources.add(new PostgresqlSource(it, max)));
    config.redis().ifPresent(it -> sources.add(new RedisSource(it, max)));
    if (config.push().isPresent()) {
      var beats = new PushedBeats(config.push().get(), max, config.forgetAfter(), clock, nanos);
      if (previous != null) {
        beats.adopt(previous);
      }
      pushed = beats;
      sources.add(beats);
    }
    for (Source source : sources) {
      var reader = new Running(source);
      running.add(reader);
      reader.job =
          scheduler.schedule(
              "fleet-" + source.name(), config.interval(), Duration.ZERO, _ -> reader.read());
    }
    publish();
  }

  /// Stores pushed heartbeats. If the limit on hosts is reached, heartbeats of known hosts are
  /// still accepted.
  ///
  /// @param sentAt current time by the sender's clock
  /// @return why some heartbeats were rejected; empty if all were accepted
  public synchronized Optional<Refusal> accept(Instant sentAt, List<Beat> beats) {
    PushedBeats target = pushed;
    if (target == null) {
      return Optional.of(Refusal.NOT_CONFIGURED);
    }
    if (beats.stream().anyMatch(beat -> !FleetReading.isLabelValue(beat.host()))) {
      return Optional.of(Refusal.BAD_HOST);
    }
    return target.accept(sentAt, beats).isEmpty()
        ? Optional.empty()
        : Optional.of(Refusal.TOO_MANY);
  }

  /// The newest heartbeat of a host in one source.
  ///
  /// @param beat time of the heartbeat by the clock of the source
  /// @param firstReadNanos when the heartbeat was first read, by the monotonic clock
  private record Stamp(Instant beat, long firstReadNanos) {}

  /// A source and its last reading.
  private final class Running {
    private final Source source;
    private final Map<String, Stamp> stamps = new HashMap<>();
    private @Nullable FleetReading lastReading;
    private long lastNanos;
    private boolean failing;
    private JobScheduler.@Nullable Job job;

    Running(Source source) {
      this.source = source;
    }

    /* Reads the source without holding the lock. */
    void read() {
      FleetReading reading;
      try {
        reading = source.read();
      } catch (Unreadable e) {
        failed(String.valueOf(e.getMessage()));
        return;
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        return;
      } catch (RuntimeException e) {
        LOG.error(
            "fleet: unexpected {} while reading {}; retrying at the next interval",
            e.getClass().getName(),
            source.name(),
            e);
        failed(e.getClass().getSimpleName());
        return;
      }
      synchronized (AgentFleet.this) {
        if (!running.contains(this)) { // the source was removed during the read
          source.close();
          return;
        }
        if (failing) {
          LOG.info("fleet: {} can be read again", source.name());
        }
        failing = false;
        lastReading = reading;
        lastNanos = nanos.getAsLong();
        storeBeats(reading);
        reading.machines().ifPresent(machines -> inventory = Set.copyOf(machines.keySet()));
        count("ok");
        publish();
      }
    }

    private void storeBeats(FleetReading reading) {
      long now = lastNanos;
      reading
          .beats()
          .forEach(
              (host, beat) ->
                  stamps.compute(
                      host,
                      (_, stored) ->
                          stored != null && stored.beat().equals(beat)
                              ? stored
                              : new Stamp(beat, now)));
      long oldest = now - config.forgetAfter().toNanos();
      stamps
          .entrySet()
          .removeIf(it -> it.getValue().firstReadNanos() < oldest && !isListed(it.getKey()));
      // Limits the memory: many hosts may exist only for a short time.
      if (stamps.size() > 2L * config.maxHosts()) {
        stamps.keySet().retainAll(reading.beats().keySet());
      }
    }

    private void failed(String reason) {
      synchronized (AgentFleet.this) {
        if (!failing) {
          LOG.warn(
              "fleet: {} can't be read, so the hosts of this source are unknown: {}",
              source.name(),
              reason);
        }
        failing = true;
        lastReading = null;
        count("failed");
        publish();
      }
    }

    private void count(String outcome) {
      registry
          .counter("pharos_fleet_reads", "source", source.name(), "outcome", outcome)
          .increment();
    }

    boolean isUp() {
      return lastReading != null
          && nanos.getAsLong() - lastNanos
              < config.interval().multipliedBy(STALE_INTERVALS).toNanos();
    }

    /// Returns the seconds since a host's last heartbeat; NaN if unknown. The time since the last
    /// reading is measured by the monotonic clock.
    double age(String host) {
      FleetReading reading = lastReading;
      Stamp stamp = stamps.get(host);
      if (!isUp() || reading == null || stamp == null) {
        return Double.NaN;
      }
      long now = nanos.getAsLong();
      double ageBySource =
          Duration.between(stamp.beat(), reading.clock()).toMillis() / 1e3
              + (now - lastNanos) / 1e9;
      // If a heartbeat is in the future, its age is the time since it was first read.
      return Math.max(ageBySource, (now - stamp.firstReadNanos()) / 1e9);
    }

    void close() {
      if (job != null) {
        job.close();
      }
      source.close();
    }
  }

  private boolean isListed(String host) {
    return inventory != null && inventory.contains(host);
  }

  private synchronized double up(Running source) {
    return source.isUp() ? 1 : 0;
  }

  private synchronized double age(String host) {
    double age = Double.NaN;
    for (Running source : running) {
      double ageInSource = source.age(host);
      age = Double.isNaN(age) || ageInSource < age ? ageInSource : age;
    }
    return age;
  }

  /* An unknown value is not reported as NaN: it has no row. */
  private void publish() {
    var rows = new FleetGauges.Rows();
    var hosts = new TreeSet<String>();
    var ahead = new TreeMap<String, Double>();
    for (Running reader : running) {
      Tags source = Tags.of("source", reader.source.name());
      rows.add(FleetGauges.Metric.UP, source, reader, this::up);
      FleetReading reading = reader.lastReading;
      if (reading == null) {
        continue;
      }
      rows.add(
          FleetGauges.Metric.SOURCE_SKEW, source, secondsBetween(clock.instant(), reading.clock()));
      rows.add(FleetGauges.Metric.LEFT_OUT, source, reading.leftOut());
      reader.stamps.forEach(
          (host, stamp) -> {
            if (inventory == null || inventory.contains(host)) {
              hosts.add(host);
              double aheadSeconds = secondsBetween(reading.clock(), stamp.beat());
              ahead.merge(host, Math.max(0, aheadSeconds), Math::max);
            }
          });
      addMachines(rows, reading);
    }
    if (pushed != null) {
      pushed.skews().forEach((host, skew) -> ahead.put(host, skew.toMillis() / 1e3));
      ahead.keySet().retainAll(hosts);
    }
    hosts.forEach(host -> rows.add(FleetGauges.Metric.AGE, Tags.of("host", host), host, this::age));
    ahead.forEach((host, skew) -> rows.add(FleetGauges.Metric.AHEAD, Tags.of("host", host), skew));
    gauges.show(rows);
  }

  private void addMachines(FleetGauges.Rows rows, FleetReading reading) {
    reading
        .machines()
        .orElse(Map.of())
        .forEach(
            (host, status) -> {
              int expected = config.expected().contains(status) ? 1 : 0;
              rows.add(FleetGauges.Metric.EXPECTED, Tags.of("host", host), expected);
              rows.add(FleetGauges.Metric.ALLOCATION, Tags.of("host", host, "status", status), 1);
            });
    for (GpuCount count : reading.gpus()) {
      Tags tags = Tags.of("host", count.host(), "state", count.state().text);
      rows.add(FleetGauges.Metric.GPUS, tags, count.count());
    }
  }

  private static double secondsBetween(Instant from, Instant to) {
    return Duration.between(from, to).toMillis() / 1e3;
  }

  @Override
  public synchronized void close() {
    started = false;
    running.forEach(Running::close);
    running.clear();
  }

  /// The metrics of the fleet. Series without a row in the newest [Rows] are removed.
  static final class FleetGauges {
    /// A metric with its help text.
    enum Metric {
      UP("pharos_fleet_up", "Whether a source of heartbeats could be read."),
      SOURCE_SKEW(
          "pharos_fleet_clock_skew_seconds",
          "How far the clock of a source is ahead of the clock of Pharos."),
      LEFT_OUT(
          "pharos_fleet_hosts_left_out",
          "Hosts of a source that are not reported because of the limit on hosts."),
      AGE(
          "pharos_agent_heartbeat_age_seconds",
          "Time since the agent's last heartbeat; absent if unknown."),
      AHEAD(
          "pharos_agent_clock_skew_seconds",
          "How far the clock that timestamps the agent's heartbeats is ahead of the clock of Pharos."),
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
      private final Map<Metric, List<MultiGauge.Row<?>>> rows =
          new EnumMap<>(FleetGauges.Metric.class);

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

    private final Map<Metric, MultiGauge> gauges = new EnumMap<>(FleetGauges.Metric.class);

    FleetGauges(MeterRegistry registry) {
      for (Metric metric : FleetGauges.Metric.values()) {
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
}
