package io.pharos.tsdb.exemplar;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.storage.Exemplar;
import io.pharos.storage.Exemplars;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExemplarStoreTest {
  private static final Labels A = Labels.of("__name__", "a", "le", "0.5");
  private static final Labels B = Labels.of("__name__", "b", "path", "/ü");
  private static final List<List<LabelMatcher>> ALL = List.of(List.of());

  @TempDir Path directory;
  private SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private ExemplarStore store;

  @BeforeEach
  void open() throws IOException {
    open(100);
  }

  @AfterEach
  void close() {
    store.close();
  }

  private void open(int capacity) throws IOException {
    registry = new SimpleMeterRegistry();
    store = new ExemplarStore(directory, capacity, registry);
  }

  private static Exemplar exemplar(String trace, double value, long time) {
    return new Exemplar(Labels.of("trace_id", trace, "user", "ä"), value, time, true);
  }

  private void append(Labels series, Exemplar... exemplars) {
    store.append(
        List.of(exemplars).stream().map(one -> new ExemplarStore.Offered(series, one)).toList());
  }

  private List<Exemplars.OfSeries> all() {
    return store.select(ALL, Long.MIN_VALUE, Long.MAX_VALUE);
  }

  private List<Path> files() throws IOException {
    try (var files = Files.list(directory)) {
      return files.sorted().toList();
    }
  }

  private double counter(String name) {
    return registry.get(name).counter().count();
  }

  private double gauge(String name) {
    return registry.get(name).gauge().value();
  }

  @Test
  void restart_restoresExemplars_withAndWithoutTimes() throws IOException {
    append(A, exemplar("1", 0.25, 1000), exemplar("2", -3e-9, 2000));
    append(B, new Exemplar(Labels.empty(), Double.NaN, -7, false));
    append(A, exemplar("3", Double.POSITIVE_INFINITY, 3000));
    List<Exemplars.OfSeries> before = all();
    assertThat(before).extracting(Exemplars.OfSeries::labels).containsExactly(A, B);
    store.close();
    open();
    assertThat(all()).isEqualTo(before);
    append(B, exemplar("4", 1, 1));
    store.close();
    open();
    assertThat(all()).hasSize(2).extracting(one -> one.exemplars().size()).containsExactly(3, 2);
    assertThat(gauge("prometheus_tsdb_exemplar_exemplars_in_storage")).isEqualTo(5);
    assertThat(gauge("prometheus_tsdb_exemplar_series_with_exemplars_in_storage")).isEqualTo(2);
    assertThat(gauge("prometheus_tsdb_exemplar_last_exemplars_timestamp_seconds")).isEqualTo(1);
    assertThat(gauge("prometheus_tsdb_exemplar_max_exemplars")).isEqualTo(100);
  }

  @Test
  void kill_losesNoAcceptedExemplar() throws IOException {
    append(A, exemplar("1", 1, 1));
    append(A, exemplar("2", 1, 2));
    // Not closed, as after a kill.
    try (var other = new ExemplarStore(directory, 100, new SimpleMeterRegistry())) {
      assertThat(other.select(ALL, 0, 9)).isEqualTo(all()).hasSize(1);
    }
  }

  @Test
  void counters_countAcceptedAndOutOfOrderExemplars() {
    append(A, exemplar("1", 1, 10));
    append(A, exemplar("1", 1, 10), exemplar("0", 1, 9), exemplar("2", 1, 11));
    assertThat(counter("prometheus_tsdb_exemplar_exemplars_appended_total")).isEqualTo(2);
    assertThat(counter("prometheus_tsdb_exemplar_out_of_order_exemplars_total")).isEqualTo(1);
  }

  @Test
  void labelsOfMoreThan128CodePoints_areTooLong() {
    String most = "𝄞".repeat(Exemplar.MAX_LABELS - 1);
    assertThat(store.outcomeOf(A, new Exemplar(Labels.of("a", most), 1, 1, true)))
        .isEqualTo(Exemplar.Outcome.ACCEPTED);
    assertThat(store.outcomeOf(A, new Exemplar(Labels.of("a", most + "x"), 1, 1, true)))
        .isEqualTo(Exemplar.Outcome.TOO_LONG);
  }

  @Test
  void files_areLimitedToTheRingsContent() throws IOException {
    for (int i = 0; i < 1000; i++) {
      append(i % 3 == 0 ? A : B, exemplar("t" + i, i, i));
      assertThat(files().size()).as("after %d", i).isLessThanOrEqualTo(3);
    }
    List<Exemplars.OfSeries> before = all();
    store.close();
    open();
    assertThat(all()).isEqualTo(before);
    assertThat(gauge("prometheus_tsdb_exemplar_exemplars_in_storage")).isEqualTo(100);
  }

  @Test
  void manyStarts_leaveFewFiles() throws IOException {
    for (int i = 0; i < 20; i++) {
      append(A, exemplar("t", i, i));
      store.close();
      open();
    }
    assertThat(files().size()).isLessThanOrEqualTo(5);
    assertThat(all().getFirst().exemplars())
        .extracting(Exemplar::timestampMillis)
        .containsExactlyElementsOf(IntStream.range(0, 20).mapToObj(Long::valueOf).toList());
  }

  @Test
  void tornEnd_losesOnlyTheIncompleteFrame() throws IOException {
    append(A, exemplar("1", 1, 1));
    append(A, exemplar("2", 1, 2));
    store.close();
    Path file = files().getFirst();
    try (var raw = new RandomAccessFile(file.toFile(), "rw")) {
      raw.setLength(raw.length() - 1);
    }
    open();
    assertThat(all().getFirst().exemplars()).containsExactly(exemplar("1", 1, 1));
    assertThat(counter("pharos_tsdb_exemplar_corruptions_total")).isZero();
  }

  @Test
  void damage_losesItsFramesAndExemplarsOfSeriesDefinedThere() throws IOException {
    append(A, exemplar("1", 1, 1));
    append(B, exemplar("2", 1, 2));
    append(A, exemplar("3", 1, 3));
    append(B, exemplar("4", 1, 4));
    store.close();
    Path file = files().getFirst();
    byte[] bytes = Files.readAllBytes(file);
    int at = 20 + 12 + 5; // in the first frame, behind the headers of file and frame
    bytes[at] ^= 1;
    Files.write(file, bytes);
    open();
    assertThat(all())
        .containsExactly(
            new Exemplars.OfSeries(B, List.of(exemplar("2", 1, 2), exemplar("4", 1, 4))));
    assertThat(counter("pharos_tsdb_exemplar_corruptions_total")).isEqualTo(1);
    store.close();
    open();
    assertThat(counter("pharos_tsdb_exemplar_corruptions_total")).as("written anew").isZero();
    assertThat(all()).hasSize(1);
  }

  @Test
  void wrongByte_anywhere_isNoError() throws IOException {
    append(A, exemplar("1", 1, 1), exemplar("2", 5, 2));
    append(B, exemplar("3", 1, 3));
    store.close();
    Path file = files().getFirst();
    byte[] good = Files.readAllBytes(file);
    for (int i = 0; i < good.length; i++) {
      for (Path each : files()) {
        Files.delete(each);
      }
      byte[] bad = good.clone();
      bad[i] ^= (byte) 0x55;
      Files.write(file, bad);
      open();
      assertThat(all().stream().mapToInt(one -> one.exemplars().size()).sum())
          .as("byte %d", i)
          .isLessThanOrEqualTo(3);
      store.close();
    }
    open();
  }

  @Test
  void limit_changed_keepsTheNewestAndZeroDisables() {
    for (int i = 0; i < 10; i++) {
      append(A, exemplar("t", i, i));
    }
    store.limit(3);
    assertThat(all().getFirst().exemplars())
        .extracting(Exemplar::timestampMillis)
        .containsExactly(7L, 8L, 9L);
    store.limit(0);
    assertThat(all()).isEmpty();
    assertThat(store.outcomeOf(A, exemplar("t", 1, 11))).isEqualTo(Exemplar.Outcome.NOT_KEPT);
    store.limit(5);
    append(A, exemplar("t", 1, 11));
    assertThat(all()).hasSize(1);
  }

  @Test
  void write_failed_keepsExemplarsInMemory() throws IOException {
    append(A, exemplar("1", 1, 1));
    for (Path each : files()) {
      Files.delete(each);
    }
    store.close();
    Files.delete(directory);
    open();
    Files.delete(directory);
    append(A, exemplar("1", 1, 1));
    append(B, exemplar("2", 1, 2));
    assertThat(all()).hasSize(2);
    assertThat(counter("pharos_tsdb_exemplars_unlogged_total")).isEqualTo(2);
    Files.createDirectory(directory);
    append(B, exemplar("3", 1, 3));
    append(A, exemplar("4", 1, 4));
    assertThat(counter("pharos_tsdb_exemplars_unlogged_total")).isEqualTo(2);
    store.close();
    open();
    assertThat(all())
        .extracting(one -> one.exemplars().getFirst().labels().get("trace_id"))
        .containsExactly("4", "3");
  }
}
