package io.pharos.tsdb.exemplar;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.bytes.ByteSink;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.storage.Exemplar;
import io.pharos.storage.Exemplars;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The exemplars of a store: an [ExemplarRing] in memory and [ExemplarFiles]. Thread-safe.
///
/// A full disk does not stop the ingestion: exemplars that cannot be written are only in the ring
/// and are lost by a restart.
public final class ExemplarStore implements Exemplars, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ExemplarStore.class);

  private static final int MAX_READ_ATTEMPTS = 5;

  private final MeterRegistry registry;
  private final List<Meter> gauges = new ArrayList<>();
  private final Counter appended;
  private final Counter outOfOrder;
  private final Counter unlogged;
  private final ExemplarRing ring;
  private final ExemplarFiles files;
  private boolean failing;
  private boolean closed;

  /// Opens the store in a directory, which is created if missing, and restores its content. Damaged
  /// parts are logged and counted; they do not fail the start.
  ///
  /// @param capacity maximum number of exemplars, 0 or more
  /// @throws IOException when the directory cannot be read
  public ExemplarStore(Path directory, int capacity, MeterRegistry registry) throws IOException {
    this.registry = registry;
    appended = counter("prometheus_tsdb_exemplar_exemplars_appended_total", "Exemplars accepted.");
    outOfOrder =
        counter(
            "prometheus_tsdb_exemplar_out_of_order_exemplars_total",
            "Exemplars refused because they were older than the newest exemplar of their series.");
    unlogged =
        counter(
            "pharos_tsdb_exemplars_unlogged_total",
            "Exemplars kept only in memory because their file could not be written.");
    Counter corruptions =
        counter("pharos_tsdb_exemplar_corruptions_total", "Damaged files of exemplars.");
    ring = new ExemplarRing(capacity);
    files = new ExemplarFiles(directory);
    corruptions.increment(files.read((series, exemplar) -> restore(ring, series, exemplar)));
    if (files.needsRewriting()) {
      try {
        files.rewrite(ring);
      } catch (IOException e) {
        LOG.warn(
            "{}: can't merge the files of exemplars; will retry at the next start", directory, e);
      }
    }
    gauge("prometheus_tsdb_exemplar_exemplars_in_storage", "Exemplars in memory.", it -> it.size);
    gauge(
        "prometheus_tsdb_exemplar_series_with_exemplars_in_storage",
        "Series with exemplars in memory.",
        it -> it.seriesCount());
    gauge(
        "prometheus_tsdb_exemplar_last_exemplars_timestamp_seconds",
        "Time of the oldest exemplar in memory.",
        it -> it.oldestMillis() / 1000.0);
    gauge(
        "prometheus_tsdb_exemplar_max_exemplars",
        "Maximum number of exemplars in memory.",
        it -> it.capacity);
  }

  private static void restore(ExemplarRing ring, Labels series, ExemplarRing.Packed exemplar) {
    if (ring.outcomeOf(series, exemplar) == Exemplar.Outcome.ACCEPTED) {
      ring.add(series, exemplar);
    }
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

  private synchronized double locked(ToDoubleFunction<ExemplarRing> value) {
    return value.applyAsDouble(ring);
  }

  /// Reads a store's directory without changing it, also while another process writes it. Damaged
  /// parts are logged and skipped.
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
                .read((series, exemplar) -> restore(ring, series, exemplar));
        return ring.select(selectors, fromMillis, toMillis);
      } catch (NoSuchFileException e) {
        /* The oldest file was deleted meanwhile, because newer exemplars replaced its content. */
        if (attempt == MAX_READ_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  /// An exemplar that was added to a batch.
  public record Offered(Labels series, Exemplar exemplar) {}

  /// Computes the outcome of an exemplar.
  public Exemplar.Outcome outcomeOf(Labels series, Exemplar exemplar) {
    if (exemplar.isTooLong()) {
      return Exemplar.Outcome.TOO_LONG;
    }
    var packed = ExemplarRing.Packed.of(exemplar, new ByteSink(64));
    synchronized (this) {
      return ring.outcomeOf(series, packed);
    }
  }

  /// Adds exemplars that [#outcomeOf] accepted. Those that are no longer acceptable, because newer
  /// ones were added meanwhile, are skipped.
  public synchronized void append(List<Offered> offered) {
    var scratch = new ByteSink(64);
    var accepted = new ArrayList<ExemplarFiles.Pending>();
    for (Offered one : offered) {
      var packed = ExemplarRing.Packed.of(one.exemplar, scratch);
      switch (ring.outcomeOf(one.series, packed)) {
        case ACCEPTED ->
            accepted.add(new ExemplarFiles.Pending(ring.add(one.series, packed), packed));
        case OUT_OF_ORDER -> outOfOrder.increment();
        case DUPLICATE, TOO_LONG, NOT_KEPT -> {}
      }
    }
    appended.increment(accepted.size());
    if (!accepted.isEmpty() && !closed) {
      write(accepted);
    }
  }

  private void write(List<ExemplarFiles.Pending> accepted) {
    try {
      files.append(accepted, ring.capacity);
      failing = false;
    } catch (IOException e) {
      unlogged.increment(accepted.size());
      if (!failing) {
        LOG.error("can't write the file of exemplars; new exemplars are kept in memory only", e);
      }
      failing = true;
    }
  }

  /// Changes the maximum number of exemplars; the newest stay.
  ///
  /// @param capacity 0 or more
  public synchronized void limit(int capacity) {
    if (capacity != ring.capacity) {
      ring.resize(capacity);
    }
  }

  @Override
  public synchronized List<OfSeries> select(
      List<List<LabelMatcher>> selectors, long fromMillis, long toMillis) {
    return ring.select(selectors, fromMillis, toMillis);
  }

  /// Forces the exemplars to disk. Exemplars that are added later are in memory only.
  @Override
  public synchronized void close() {
    try {
      closed = true;
      files.finish();
      gauges.forEach(registry::remove);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
