package io.pharos.tsdb.exemplar;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.bytes.ByteSink;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.storage.Exemplar;
import io.pharos.storage.ExemplarOutcome;
import io.pharos.storage.Exemplars;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ToDoubleFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The exemplars of a store, see [ExemplarRing] and [ExemplarFiles]. Safe for use by many threads.
///
/// A disk that takes nothing stops no ingestion: what can't be written is in the ring, and a
/// restart loses it.
public final class ExemplarStore implements Exemplars, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ExemplarStore.class);

  private static final int ATTEMPTS = 5;

  private final ReentrantLock lock = new ReentrantLock();
  private final MeterRegistry registry;
  private final List<Meter> gauges = new ArrayList<>();
  private final Counter appended;
  private final Counter outOfOrder;
  private final Counter unlogged;
  private final ExemplarRing ring;
  private final ExemplarFiles files;
  private boolean failing;
  private boolean closed;

  private ExemplarStore(Path directory, int capacity, MeterRegistry registry) throws IOException {
    this.registry = registry;
    appended = counter("prometheus_tsdb_exemplar_exemplars_appended_total", "Exemplars taken.");
    outOfOrder =
        counter(
            "prometheus_tsdb_exemplar_out_of_order_exemplars_total",
            "Exemplars refused because they came before the newest of their series.");
    unlogged =
        counter(
            "pharos_tsdb_exemplars_unlogged_total",
            "Exemplars that only memory has, because their file could not be written.");
    Counter corruptions =
        counter("pharos_tsdb_exemplar_corruptions_total", "Files of exemplars that were damaged.");
    ring = new ExemplarRing(capacity);
    files = new ExemplarFiles(directory);
    corruptions.increment(
        files.read(
            (series, exemplar) -> {
              if (ring.judge(series, exemplar) == ExemplarOutcome.ACCEPTED) {
                ring.add(series, exemplar);
              }
            }));
    if (files.needsRewriting()) {
      try {
        files.rewrite(ring);
      } catch (IOException e) {
        LOG.warn("{}: can't be tidied, which is tried at the next start again", directory, e);
      }
    }
    gauge("prometheus_tsdb_exemplar_exemplars_in_storage", "Exemplars in memory.", it -> it.size());
    gauge(
        "prometheus_tsdb_exemplar_series_with_exemplars_in_storage",
        "Series that have exemplars in memory.",
        it -> it.seriesCount());
    gauge(
        "prometheus_tsdb_exemplar_last_exemplars_timestamp_seconds",
        "Time of the oldest exemplar in memory: how far back they reach.",
        it -> it.oldestMillis() / 1000.0);
    gauge(
        "prometheus_tsdb_exemplar_max_exemplars",
        "How many exemplars there may be in memory.",
        it -> it.capacity());
  }

  private Counter counter(String name, String description) {
    return Counter.builder(name).description(description).register(registry);
  }

  private void gauge(String name, String description, ToDoubleFunction<ExemplarRing> value) {
    gauges.add(
        Gauge.builder(name, this, it -> it.locked(value))
            .description(description)
            .register(registry));
  }

  private double locked(ToDoubleFunction<ExemplarRing> value) {
    lock.lock();
    try {
      return value.applyAsDouble(ring);
    } finally {
      lock.unlock();
    }
  }

  /// Opens the store in a directory, which is created where it is missing, and reads back what it
  /// holds. Damaged parts are logged and counted; they are no error.
  ///
  /// @param capacity how many exemplars there may be, 0 or more
  /// @throws IOException when the directory can't be read
  public static ExemplarStore open(Path directory, int capacity, MeterRegistry registry)
      throws IOException {
    return new ExemplarStore(directory, capacity, registry);
  }

  /// Reads what the directory of a store holds and changes nothing, also while another process
  /// writes it. Damaged parts are logged and left out.
  ///
  /// @param selectors as in [#select]
  public static List<OfSeries> read(
      Path directory, List<List<LabelMatcher>> selectors, long fromMillis, long toMillis)
      throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    for (int attempt = 1; ; attempt++) {
      var ring = new ExemplarRing(Integer.MAX_VALUE);
      try {
        int _ =
            new ExemplarFiles(directory)
                .read(
                    (series, exemplar) -> {
                      if (ring.judge(series, exemplar) == ExemplarOutcome.ACCEPTED) {
                        ring.add(series, exemplar);
                      }
                    });
        return ring.select(selectors, fromMillis, toMillis);
      } catch (NoSuchFileException e) {
        /* The oldest was deleted meanwhile, as others have taken its place. */
        if (attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  /// An exemplar on its way into the store.
  public record Offered(Labels series, Exemplar exemplar) {}

  /// What would become of an exemplar now.
  public ExemplarOutcome judge(Labels series, Exemplar exemplar) {
    if (exemplar.isTooLong()) {
      return ExemplarOutcome.TOO_LONG;
    }
    var packed = PackedExemplar.of(exemplar, new ByteSink(64));
    lock.lock();
    try {
      return ring.judge(series, packed);
    } finally {
      lock.unlock();
    }
  }

  /// Takes exemplars that were judged to be accepted. Those that are not any more, because others
  /// came first, are left out.
  public void append(List<Offered> offered) {
    var scratch = new ByteSink(64);
    lock.lock();
    try {
      var taken = new ArrayList<ExemplarFiles.Pending>();
      for (Offered one : offered) {
        var packed = PackedExemplar.of(one.exemplar, scratch);
        switch (ring.judge(one.series, packed)) {
          case ACCEPTED ->
              taken.add(new ExemplarFiles.Pending(ring.add(one.series, packed), packed));
          case OUT_OF_ORDER -> outOfOrder.increment();
          case DUPLICATE, TOO_LONG, NOT_KEPT -> {}
        }
      }
      appended.increment(taken.size());
      if (!taken.isEmpty() && !closed) {
        write(taken);
      }
    } finally {
      lock.unlock();
    }
  }

  private void write(List<ExemplarFiles.Pending> taken) {
    try {
      files.append(taken, ring.capacity());
      failing = false;
    } catch (IOException e) {
      unlogged.increment(taken.size());
      if (!failing) {
        LOG.error("exemplars are kept in memory only, their file can't be written", e);
      }
      failing = true;
    }
  }

  /// Changes how many there may be; the newest stay.
  ///
  /// @param capacity 0 or more
  public void limit(int capacity) {
    lock.lock();
    try {
      if (capacity != ring.capacity()) {
        ring.resize(capacity);
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public List<OfSeries> select(List<List<LabelMatcher>> selectors, long fromMillis, long toMillis) {
    lock.lock();
    try {
      return ring.select(selectors, fromMillis, toMillis);
    } finally {
      lock.unlock();
    }
  }

  /// Forces what was taken to disk. What comes later stays in memory.
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      files.finish();
      gauges.forEach(registry::remove);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      lock.unlock();
    }
  }
}
