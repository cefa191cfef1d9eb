package io.pharos.ingest.fleet;

import static java.util.Objects.requireNonNull;

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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The agents and their machines as metrics: each source is read by a job of its own, and what the
/// sources say is put together. Thread-safe.
public final class AgentFleet implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AgentFleet.class);

  /// So many intervals after a source was read, what it said is no longer known.
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

  /// Why a push was not taken.
  public enum Refusal {
    /// Pushes are not configured.
    NOT_CONFIGURED,
    /// A host has no name that could be a label.
    BAD_HOST,
    /// There is no room for a host.
    TOO_MANY
  }

  /// A heartbeat that was pushed.
  ///
  /// @param at by the sender's clock
  public record Beat(String host, Instant at) {
    public Beat {
      requireNonNull(host, "host is null");
      requireNonNull(at, "at is null");
    }
  }

  /// A fleet that is not read before [#start].
  ///
  /// @param nanos a clock that never jumps
  public AgentFleet(
      FleetConfig config,
      JobScheduler scheduler,
      InstantSource clock,
      LongSupplier nanos,
      MeterRegistry registry) {
    this.config = requireNonNull(config, "config is null");
    this.scheduler = requireNonNull(scheduler, "scheduler is null");
    this.clock = requireNonNull(clock, "clock is null");
    this.nanos = requireNonNull(nanos, "nanos is null");
    this.registry = requireNonNull(registry, "registry is null");
    gauges = new FleetGauges(registry);
  }

  /// Begins to read.
  public synchronized void start() {
    started = true;
    apply();
  }

  /// Takes over another configuration; what was pushed is kept.
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
    PushedBeats before = pushed;
    pushed = null;
    var sources = new ArrayList<Source>();
    int most = config.maxHosts();
    config.postgresql().ifPresent(it -> sources.add(new PostgresqlSource(it, most)));
    config.redis().ifPresent(it -> sources.add(new RedisSource(it, most)));
    if (config.push().isPresent()) {
      var beats = new PushedBeats(config.push().get(), most, config.forgetAfter(), clock, nanos);
      if (before != null) {
        beats.adopt(before);
      }
      pushed = beats;
      sources.add(beats);
    }
    for (Source source : sources) {
      var one = new Running(source);
      running.add(one);
      one.job =
          scheduler.schedule(
              "fleet-" + source.name(), config.interval(), Duration.ZERO, _ -> one.read());
    }
    publish();
  }

  /// Takes heartbeats that were pushed. Where there is no room for a host, the others are taken.
  ///
  /// @param sentAt by the sender's clock
  public synchronized Optional<Refusal> take(Instant sentAt, List<Beat> beats) {
    PushedBeats into = pushed;
    if (into == null) {
      return Optional.of(Refusal.NOT_CONFIGURED);
    }
    if (beats.stream().anyMatch(beat -> !HostName.isGood(beat.host()))) {
      return Optional.of(Refusal.BAD_HOST);
    }
    return into.take(
                sentAt, beats.stream().map(it -> new PushedBeats.Beat(it.host(), it.at())).toList())
            .isEmpty()
        ? Optional.empty()
        : Optional.of(Refusal.TOO_MANY);
  }

  /// A host's newest heartbeat in one source.
  ///
  /// @param seen when this one was first seen, by the clock that never jumps
  private record Stamp(Instant at, long seen) {}

  /// A source and what it said last.
  private final class Running {
    private final Source source;
    private final Map<String, Stamp> stamps = new HashMap<>();
    private @Nullable FleetReading last;
    private long lastNanos;
    private boolean failing;
    private JobScheduler.@Nullable Job job;

    Running(Source source) {
      this.source = source;
    }

    /* The asking is outside of the lock. */
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
        LOG.error("fleet: {} in reading {}", e.getClass().getName(), source.name(), e);
        failed(e.getClass().getSimpleName());
        return;
      }
      synchronized (AgentFleet.this) {
        if (!running.contains(this)) { // it was closed meanwhile
          source.close();
          return;
        }
        if (failing) {
          LOG.info("fleet: {} can be read again", source.name());
        }
        failing = false;
        last = reading;
        lastNanos = nanos.getAsLong();
        note(reading);
        reading.machines().ifPresent(machines -> inventory = Set.copyOf(machines.keySet()));
        count("ok");
        publish();
      }
    }

    private void note(FleetReading reading) {
      long now = lastNanos;
      reading
          .beats()
          .forEach(
              (host, at) ->
                  stamps.compute(
                      host,
                      (_, known) ->
                          known != null && known.at().equals(at) ? known : new Stamp(at, now)));
      long oldest = now - config.forgetAfter().toNanos();
      stamps.entrySet().removeIf(it -> it.getValue().seen() < oldest && !isListed(it.getKey()));
      // Hosts that came and went must not pile up either.
      if (stamps.size() > 2L * config.maxHosts()) {
        stamps.keySet().retainAll(reading.beats().keySet());
      }
    }

    private void failed(String reason) {
      synchronized (AgentFleet.this) {
        if (!failing) {
          LOG.warn("fleet: {} can't be read, so nothing is known: {}", source.name(), reason);
        }
        failing = true;
        last = null;
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
      return last != null
          && nanos.getAsLong() - lastNanos
              < config.interval().multipliedBy(STALE_INTERVALS).toNanos();
    }

    /// How old a host's heartbeat is; NaN where that is not known. The clock that the source keeps
    /// is carried on by one that never jumps.
    double age(String host) {
      FleetReading reading = last;
      Stamp stamp = stamps.get(host);
      if (!isUp() || reading == null || stamp == null) {
        return Double.NaN;
      }
      long now = nanos.getAsLong();
      double bySource =
          Duration.between(stamp.at(), reading.clock()).toMillis() / 1e3 + (now - lastNanos) / 1e9;
      // A stamp from the future is as old as it is known, at least.
      return Math.max(bySource, (now - stamp.seen()) / 1e9);
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

  private synchronized double up(Running one) {
    return one.isUp() ? 1 : 0;
  }

  private synchronized double age(String host) {
    double age = Double.NaN;
    for (Running one : running) {
      double here = one.age(host);
      age = Double.isNaN(age) || here < age ? here : age;
    }
    return age;
  }

  /* Rows of what is not known are left out rather than shown as NaN. */
  private void publish() {
    var ups = new ArrayList<MultiGauge.Row<?>>();
    var skews = new ArrayList<MultiGauge.Row<?>>();
    var over = new ArrayList<MultiGauge.Row<?>>();
    var ages = new TreeMap<String, MultiGauge.Row<?>>();
    var ahead = new TreeMap<String, Double>();
    var expected = new ArrayList<MultiGauge.Row<?>>();
    var allocations = new ArrayList<MultiGauge.Row<?>>();
    var gpus = new ArrayList<MultiGauge.Row<?>>();
    for (Running one : running) {
      Tags source = Tags.of("source", one.source.name());
      ups.add(MultiGauge.Row.of(source, one, this::up));
      FleetReading reading = one.last;
      if (reading == null) {
        continue;
      }
      skews.add(
          MultiGauge.Row.of(
              source, Duration.between(clock.instant(), reading.clock()).toMillis() / 1e3));
      over.add(MultiGauge.Row.of(source, reading.leftOut()));
      for (String host : new TreeSet<>(one.stamps.keySet())) {
        Stamp stamp = one.stamps.get(host);
        if (stamp == null || (inventory != null && !inventory.contains(host))) {
          continue;
        }
        ages.put(host, MultiGauge.Row.of(Tags.of("host", host), host, this::age));
        double future = Duration.between(reading.clock(), stamp.at()).toMillis() / 1e3;
        ahead.merge(host, Math.max(0, future), Math::max);
      }
      reading
          .machines()
          .ifPresent(
              machines ->
                  machines.forEach(
                      (host, status) -> {
                        expected.add(
                            MultiGauge.Row.of(
                                Tags.of("host", host), config.expected().contains(status) ? 1 : 0));
                        allocations.add(
                            MultiGauge.Row.of(Tags.of("host", host, "status", status), 1));
                      }));
      for (GpuCount count : reading.gpus()) {
        gpus.add(
            MultiGauge.Row.of(
                Tags.of("host", count.host(), "state", count.state().text()), count.count()));
      }
    }
    if (pushed != null) {
      pushed.skews().forEach((host, skew) -> ahead.put(host, skew.toMillis() / 1e3));
      ahead.keySet().retainAll(ages.keySet());
    }
    gauges.show(
        new FleetGauges.Rows(
            ups,
            skews,
            over,
            new ArrayList<>(ages.values()),
            new ArrayList<>(
                ahead.entrySet().stream()
                    .map(it -> MultiGauge.Row.of(Tags.of("host", it.getKey()), it.getValue()))
                    .toList()),
            expected,
            allocations,
            gpus));
  }

  @Override
  public synchronized void close() {
    started = false;
    running.forEach(Running::close);
    running.clear();
  }
}
