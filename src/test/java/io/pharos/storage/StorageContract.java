package io.pharos.storage;

import static io.pharos.model.LabelMatcher.equal;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.ResetHint;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The behaviour that every store must have. Each store has a subclass.
public abstract class StorageContract {
  /// Unix milliseconds of the store's clock; the samples have times around it.
  protected static final long NOW = 1_700_000_000_000L;

  private static final long ALL_FROM = NOW - 3_000_000;
  private static final long ALL_TO = NOW + 3_000_000;
  private static final Labels UP_A = Labels.of("__name__", "up", "instance", "a", "job", "api");
  private static final Labels UP_B = Labels.of("__name__", "up", "instance", "b", "job", "api");
  private static final Labels UP_DB = Labels.of("__name__", "up", "instance", "a", "job", "db");
  private static final Labels DOWN = Labels.of("__name__", "down");

  /// A store under test and the action that closes it.
  protected record Store(Queryable queryable, Appendable appendable, AutoCloseable end) {
    public Store {}
  }

  private Store store;

  /// Creates an empty store.
  protected abstract Store open() throws Exception;

  @BeforeEach
  void openStore() throws Exception {
    store = open();
  }

  @AfterEach
  void closeStore() throws Exception {
    store.end().close();
  }

  private void commit(Labels labels, long time, double value) {
    try (Appender appender = store.appendable().appender()) {
      assertThat(appender.append(labels, time, value)).isEqualTo(AppendOutcome.APPENDED);
      appender.commit();
    }
  }

  private void commitFour() {
    commit(UP_DB, NOW, 1);
    commit(DOWN, NOW, 1);
    commit(UP_B, NOW, 1);
    commit(UP_A, NOW, 1);
  }

  private AppendOutcome offer(Labels labels, long time, double value) {
    try (Appender appender = store.appendable().appender()) {
      AppendOutcome outcome = appender.append(labels, time, value);
      appender.commit();
      return outcome;
    }
  }

  private SeriesSet select(LabelMatcher... matchers) {
    return store.queryable().select(List.of(matchers), ALL_FROM, ALL_TO);
  }

  private List<Labels> selected(LabelMatcher... matchers) {
    SeriesSet set = select(matchers);
    var labels = new ArrayList<Labels>();
    for (int i = 0; i < set.size(); i++) {
      labels.add(set.labels(i));
    }
    return labels;
  }

  private SampleWindow read(Labels labels, long from, long to) {
    SeriesSet set = select();
    var window = new SampleWindow();
    for (int i = 0; i < set.size(); i++) {
      if (set.labels(i).equals(labels)) {
        set.read(i, from, to, window);
      }
    }
    return window;
  }

  private List<Long> times(Labels labels) {
    SampleWindow window = read(labels, ALL_FROM, ALL_TO);
    var times = new ArrayList<Long>();
    for (int i = 0; i < window.size(); i++) {
      times.add(window.timestamp(i));
    }
    return times;
  }

  @Test
  void commit_makesTheBatchVisible() {
    try (Appender appender = store.appendable().appender()) {
      appender.append(UP_A, NOW, 1);
      appender.append(UP_B, NOW, 2);
      assertThat(selected()).isEmpty();
      appender.commit();
    }
    assertThat(selected()).containsExactly(UP_A, UP_B);
    assertThat(read(UP_B, NOW, NOW).value(0)).isEqualTo(2);
  }

  @Test
  void rollback_forgetsTheBatch() {
    try (Appender appender = store.appendable().appender()) {
      appender.append(UP_A, NOW, 1);
      appender.rollback();
      appender.append(UP_B, NOW, 1);
      appender.commit();
    }
    assertThat(selected()).containsExactly(UP_B);
  }

  @Test
  void close_withoutCommit_forgetsTheBatch() {
    try (Appender appender = store.appendable().appender()) {
      appender.append(UP_A, NOW, 1);
    }
    assertThat(selected()).isEmpty();
    assertThat(offer(UP_A, NOW - 1000, 1)).isEqualTo(AppendOutcome.APPENDED);
  }

  @Test
  void commit_ofNothing_changesNothing() {
    try (Appender appender = store.appendable().appender()) {
      appender.commit();
    }
    assertThat(selected()).isEmpty();
  }

  @Test
  void appender_usedAgainAfterCommit_startsAnotherBatch() {
    try (Appender appender = store.appendable().appender()) {
      appender.append(UP_A, NOW, 1);
      appender.commit();
      appender.append(UP_A, NOW + 1000, 1);
      appender.commit();
    }
    assertThat(times(UP_A)).containsExactly(NOW, NOW + 1000);
  }

  @Test
  void append_judgesAgainstWhatIsStored() {
    commit(UP_A, NOW, 1);
    assertThat(offer(UP_A, NOW, 1)).isEqualTo(AppendOutcome.DUPLICATE);
    assertThat(offer(UP_A, NOW, 2)).isEqualTo(AppendOutcome.DUPLICATE_TIMESTAMP);
    assertThat(offer(UP_A, NOW - 1, 1)).isEqualTo(AppendOutcome.OUT_OF_ORDER);
    assertThat(offer(UP_A, NOW + 1, 1)).isEqualTo(AppendOutcome.APPENDED);
    assertThat(offer(UP_B, NOW - 1, 1)).isEqualTo(AppendOutcome.APPENDED);
    assertThat(times(UP_A)).containsExactly(NOW, NOW + 1);
  }

  @Test
  void append_judgesAgainstTheSameBatch() {
    try (Appender appender = store.appendable().appender()) {
      assertThat(appender.append(UP_A, NOW, 1)).isEqualTo(AppendOutcome.APPENDED);
      assertThat(appender.append(UP_A, NOW, 1)).isEqualTo(AppendOutcome.DUPLICATE);
      assertThat(appender.append(UP_A, NOW, 2)).isEqualTo(AppendOutcome.DUPLICATE_TIMESTAMP);
      assertThat(appender.append(UP_A, NOW - 5, 2)).isEqualTo(AppendOutcome.OUT_OF_ORDER);
      assertThat(appender.append(UP_A, NOW + 5, 2)).isEqualTo(AppendOutcome.APPENDED);
      appender.commit();
    }
    assertThat(times(UP_A)).containsExactly(NOW, NOW + 5);
  }

  @Test
  void commit_ofTwoBatchesWithTheSameTimes_storesTheFirst() {
    try (Appender first = store.appendable().appender();
        Appender second = store.appendable().appender()) {
      first.append(UP_A, NOW, 1);
      second.append(UP_A, NOW, 2);
      second.append(UP_A, NOW + 1, 3);
      first.commit();
      second.commit();
    }
    assertThat(times(UP_A)).containsExactly(NOW, NOW + 1);
    assertThat(read(UP_A, NOW, NOW).value(0)).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      longs = {
        StaleMarker.BITS,
        0x7ff8000000000001L,
        0x7ff0000000000001L,
        0xfff8dead_beefcafeL,
        0x8000000000000000L,
        0x0000000000000001L,
        0x7ff0000000000000L
      })
  void read_floats_areBitIdentical(long bits) {
    commit(UP_A, NOW, 1);
    commit(UP_A, NOW + 1, Double.longBitsToDouble(bits));
    commit(UP_A, NOW + 2, 1);
    SampleWindow window = read(UP_A, NOW, NOW + 2);
    assertThat(Double.doubleToRawLongBits(window.value(1))).isEqualTo(bits);
    assertThat(window.value(2)).isEqualTo(1);
  }

  @Test
  void read_intervalIsClosed() {
    for (int i = 0; i < 10; i++) {
      commit(UP_A, NOW + i * 1000, i);
    }
    SampleWindow window = read(UP_A, NOW + 2000, NOW + 5000);
    assertThat(window.size()).isEqualTo(4);
    assertThat(window.timestamp(0)).isEqualTo(NOW + 2000);
    assertThat(window.timestamp(3)).isEqualTo(NOW + 5000);
    assertThat(read(UP_A, NOW + 2001, NOW + 2999).size()).isZero();
  }

  @Test
  void read_appendsToTheWindow() {
    commit(UP_A, NOW, 7);
    var window = new SampleWindow();
    window.add(1, 2);
    select().read(0, NOW, NOW, window);
    assertThat(window.size()).isEqualTo(2);
    assertThat(window.value(0)).isEqualTo(2);
    assertThat(window.value(1)).isEqualTo(7);
  }

  @Test
  void read_ofAnEarlierSelection_seesLaterCommits() {
    commit(UP_A, NOW, 1);
    SeriesSet set = select();
    commit(UP_A, NOW + 1, 2);
    var window = new SampleWindow();
    set.read(0, NOW, NOW + 1, window);
    assertThat(window.size()).isEqualTo(2);
  }

  @Test
  void select_isSortedByLabels() {
    commitFour();
    assertThat(selected()).containsExactly(DOWN, UP_A, UP_DB, UP_B);
  }

  @Test
  void select_checksEachKindOfMatcher() {
    commitFour();
    LabelMatcher up = equal("__name__", "up");
    assertThat(selected(up)).containsExactly(UP_A, UP_DB, UP_B);
    assertThat(selected(up, equal("job", "api"))).containsExactly(UP_A, UP_B);
    assertThat(selected(up, not("job", "api"))).containsExactly(UP_DB);
    assertThat(selected(up, regex("instance", "[bc]"))).containsExactly(UP_B);
    assertThat(selected(up, notRegex("instance", "b|c"))).containsExactly(UP_A, UP_DB);
    assertThat(selected(regex("__name__", "u.*"), regex("job", ".+")))
        .containsExactly(UP_A, UP_DB, UP_B);
    assertThat(selected(equal("__name__", "none"))).isEmpty();
    assertThat(selected(equal("none", "x"))).isEmpty();
    assertThat(selected(regex("none", "x"))).isEmpty();
  }

  @Test
  void select_treatsALackingLabelAsEmpty() {
    commitFour();
    assertThat(selected(equal("job", ""))).containsExactly(DOWN);
    assertThat(selected(not("job", ""))).containsExactly(UP_A, UP_DB, UP_B);
    assertThat(selected(regex("job", "(api)?"))).containsExactly(DOWN, UP_A, UP_B);
    assertThat(selected(notRegex("job", "api"))).containsExactly(DOWN, UP_DB);
    assertThat(selected(not("job", "api"))).containsExactly(DOWN, UP_DB);
    assertThat(selected(notRegex("job", "")).size()).isEqualTo(3);
    assertThat(selected(equal("none", ""))).hasSize(4);
  }

  private static final class Written extends WrittenSeries {
    Written(Labels labels) {
      super(labels);
    }
  }

  private AppendOutcome offer(WrittenSeries series, long time, double value) {
    try (Appender appender = store.appendable().appender()) {
      AppendOutcome outcome = appender.append(series, time, value);
      appender.commit();
      return outcome;
    }
  }

  @Test
  void writtenSeries_andItsLabels_areOneSeries() {
    var written = new Written(UP_A);
    assertThat(offer(written, NOW, 1)).isEqualTo(AppendOutcome.APPENDED);
    assertThat(offer(UP_A, NOW + 1, 2)).isEqualTo(AppendOutcome.APPENDED);
    assertThat(offer(written, NOW + 1, 3)).isEqualTo(AppendOutcome.DUPLICATE_TIMESTAMP);
    assertThat(offer(written, NOW + 2, 3)).isEqualTo(AppendOutcome.APPENDED);
    assertThat(offer(new Written(UP_A), NOW + 3, 4)).isEqualTo(AppendOutcome.APPENDED);
    assertThat(selected()).containsExactly(UP_A);
    assertThat(times(UP_A)).containsExactly(NOW, NOW + 1, NOW + 2, NOW + 3);
  }

  @Test
  void writtenSeries_rolledBack_isCreatedByTheNextBatch() {
    var written = new Written(UP_A);
    try (Appender appender = store.appendable().appender()) {
      assertThat(appender.append(written, NOW, 1)).isEqualTo(AppendOutcome.APPENDED);
      appender.rollback();
    }
    assertThat(selected()).isEmpty();
    commit(UP_A, NOW + 1, 2);
    assertThat(offer(written, NOW + 2, 3)).isEqualTo(AppendOutcome.APPENDED);
    assertThat(times(UP_A)).containsExactly(NOW + 1, NOW + 2);
  }

  @Test
  void generation_changesWithTheSeriesOnly() {
    commit(UP_A, NOW, 1);
    long first = select().generation();
    commit(UP_A, NOW + 1, 1);
    assertThat(select().generation()).isEqualTo(first);
    commit(UP_B, NOW + 1, 1);
    assertThat(select().generation()).isNotEqualTo(first);
  }

  @Test
  void labelNames_areThoseOfTheSelection() {
    commitFour();
    Queryable queryable = store.queryable();
    assertThat(queryable.labelNames(List.of(), ALL_FROM, ALL_TO))
        .containsExactly("__name__", "instance", "job");
    assertThat(queryable.labelNames(List.of(equal("__name__", "down")), ALL_FROM, ALL_TO))
        .containsExactly("__name__");
  }

  @Test
  void labelValues_areThoseOfTheSelection() {
    commitFour();
    Queryable queryable = store.queryable();
    assertThat(queryable.labelValues("job", List.of(), ALL_FROM, ALL_TO))
        .containsExactly("api", "db");
    assertThat(queryable.labelValues("job", List.of(equal("instance", "b")), ALL_FROM, ALL_TO))
        .containsExactly("api");
    assertThat(queryable.labelValues("none", List.of(), ALL_FROM, ALL_TO)).isEmpty();
    assertThat(queryable.labelValues("none", List.of(equal("job", "db")), ALL_FROM, ALL_TO))
        .isEmpty();
  }

  @Test
  void commit_byManyThreads_losesNothing() throws Exception {
    int threads = 8;
    int rounds = 200;
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      var tasks = new ArrayList<Callable<Void>>();
      for (int t = 0; t < threads; t++) {
        String instance = "i" + t;
        tasks.add(
            () -> {
              for (int round = 0; round < rounds; round++) {
                try (Appender appender = store.appendable().appender()) {
                  for (int s = 0; s < 5; s++) {
                    appender.append(series(instance, s), NOW + round, round);
                  }
                  appender.commit();
                }
                select(equal("instance", instance)).read(0, NOW, NOW + round, new SampleWindow());
              }
              return null;
            });
      }
      for (var done : executor.invokeAll(tasks)) {
        done.get();
      }
    }
    assertThat(select().size()).isEqualTo(threads * 5);
    for (int t = 0; t < threads; t++) {
      SampleWindow window = read(series("i" + t, 3), NOW, NOW + rounds);
      assertThat(window.size()).isEqualTo(rounds);
      for (int i = 0; i < rounds; i++) {
        assertThat(window.value(i)).isEqualTo(i);
      }
    }
  }

  private AppendOutcome offer(Labels labels, long time, Histogram histogram) {
    try (Appender appender = store.appendable().appender()) {
      AppendOutcome outcome = appender.append(labels, time, histogram);
      appender.commit();
      return outcome;
    }
  }

  private static Histogram withoutHint(Histogram histogram) {
    return histogram.withHint(ResetHint.UNKNOWN);
  }

  @Test
  void read_histograms_areBitIdentical() {
    var random = new Random(5);
    var written = new ArrayList<Histogram>();
    for (int i = 0; i < 300; i++) {
      Histogram histogram =
          i % 3 == 0
              ? TestHistograms.random(random)
              : TestHistograms.grown(written.getLast(), random);
      if (!StaleMarker.is(histogram.sum())) {
        assertThat(offer(UP_A, NOW + written.size(), histogram)).isEqualTo(AppendOutcome.APPENDED);
        written.add(histogram);
      }
    }
    SampleWindow window = read(UP_A, ALL_FROM, ALL_TO);
    assertThat(window.size()).isEqualTo(written.size());
    for (int i = 0; i < written.size(); i++) {
      assertThat(window.timestamp(i)).isEqualTo(NOW + i);
      assertThat(withoutHint(requireNonNull(window.histogram(i))))
          .isEqualTo(withoutHint(written.get(i)));
    }
    assertThat(read(UP_A, NOW + 100, NOW + 110).size()).isEqualTo(11);
  }

  @Test
  void read_floatsAndHistogramsOfOneSeries_comeBackInOrder() {
    commit(UP_A, NOW, 1);
    offer(UP_A, NOW + 1, TestHistograms.of(1, 2));
    offer(UP_A, NOW + 2, TestHistograms.of(1, 3));
    commit(UP_A, NOW + 3, 4);
    offer(UP_A, NOW + 4, TestHistograms.of(1, 5));
    SampleWindow window = read(UP_A, NOW, NOW + 4);
    assertThat(window.size()).isEqualTo(5);
    assertThat(window.value(0)).isEqualTo(1);
    assertThat(window.histogram(0)).isNull();
    assertThat(window.histogram(1)).isEqualTo(TestHistograms.of(1, 2));
    assertThat(window.histogram(2)).isEqualTo(TestHistograms.of(ResetHint.NOT_RESET, 1, 3));
    assertThat(window.value(3)).isEqualTo(4);
    assertThat(window.histogram(3)).isNull();
    assertThat(window.histogram(4)).isEqualTo(TestHistograms.of(1, 5));
  }

  @Test
  void read_histogram_hasTheHintOfTheStore() {
    offer(UP_A, NOW, TestHistograms.of(ResetHint.NOT_RESET, 5));
    offer(UP_A, NOW + 1, TestHistograms.of(6));
    offer(UP_A, NOW + 2, TestHistograms.of(4));
    offer(UP_A, NOW + 3, TestHistograms.of(ResetHint.RESET, 5));
    offer(UP_A, NOW + 4, TestHistograms.of(ResetHint.GAUGE, 4));
    offer(UP_A, NOW + 5, TestHistograms.of(5));
    SampleWindow window = read(UP_A, NOW, NOW + 5);
    assertThat(IntStream.range(0, 6).mapToObj(i -> requireNonNull(window.histogram(i)).hint()))
        .containsExactly(
            ResetHint.UNKNOWN,
            ResetHint.NOT_RESET,
            ResetHint.UNKNOWN,
            ResetHint.RESET,
            ResetHint.GAUGE,
            ResetHint.UNKNOWN);
  }

  @Test
  void append_histogram_isJudgedLikeAFloat() {
    Histogram one = TestHistograms.of(1, 2);
    assertThat(offer(UP_A, NOW, one)).isEqualTo(AppendOutcome.APPENDED);
    assertThat(offer(UP_A, NOW, one)).isEqualTo(AppendOutcome.DUPLICATE);
    assertThat(offer(UP_A, NOW, one.withHint(ResetHint.RESET))).isEqualTo(AppendOutcome.DUPLICATE);
    assertThat(offer(UP_A, NOW, TestHistograms.of(1, 3)))
        .isEqualTo(AppendOutcome.DUPLICATE_TIMESTAMP);
    assertThat(offer(UP_A, NOW, 1)).isEqualTo(AppendOutcome.DUPLICATE_TIMESTAMP);
    assertThat(offer(UP_A, NOW, Double.NaN)).isEqualTo(AppendOutcome.DUPLICATE_TIMESTAMP);
    assertThat(offer(UP_A, NOW - 1, one)).isEqualTo(AppendOutcome.OUT_OF_ORDER);
    assertThat(offer(UP_A, NOW + 1, 1)).isEqualTo(AppendOutcome.APPENDED);
    assertThat(offer(UP_A, NOW + 1, one)).isEqualTo(AppendOutcome.DUPLICATE_TIMESTAMP);
  }

  @Test
  void append_histogramsOfOneBatch_areJudgedAmongThemselves() {
    try (Appender appender = store.appendable().appender()) {
      Histogram one = TestHistograms.of(1, 2);
      assertThat(appender.append(UP_A, NOW, one)).isEqualTo(AppendOutcome.APPENDED);
      assertThat(appender.append(UP_B, NOW, 1)).isEqualTo(AppendOutcome.APPENDED);
      assertThat(appender.append(UP_A, NOW, one)).isEqualTo(AppendOutcome.DUPLICATE);
      assertThat(appender.append(UP_A, NOW, 2)).isEqualTo(AppendOutcome.DUPLICATE_TIMESTAMP);
      assertThat(appender.append(UP_A, NOW + 5, one)).isEqualTo(AppendOutcome.APPENDED);
      appender.commit();
    }
    assertThat(times(UP_A)).containsExactly(NOW, NOW + 5);
    assertThat(read(UP_B, NOW, NOW).histogram(0)).isNull();
  }

  @Test
  void append_histogramWhoseSumIsTheMarker_isTheFloatMarker() {
    offer(UP_A, NOW, TestHistograms.of(1));
    var ended =
        new Histogram(
            ResetHint.UNKNOWN,
            0,
            0,
            0,
            0,
            StaleMarker.VALUE,
            Histogram.Buckets.none(),
            Histogram.Buckets.none(),
            new double[0]);
    assertThat(offer(UP_A, NOW + 1, ended)).isEqualTo(AppendOutcome.APPENDED);
    SampleWindow window = read(UP_A, NOW + 1, NOW + 1);
    assertThat(window.histogram(0)).isNull();
    assertThat(StaleMarker.is(window.value(0))).isTrue();
  }

  private static Labels series(String instance, int s) {
    return Labels.of("__name__", "m" + s, "instance", instance);
  }

  private static LabelMatcher not(String name, String value) {
    return LabelMatcher.of(LabelMatcher.Type.NOT_EQUAL, name, value);
  }

  private static LabelMatcher regex(String name, String value) {
    return LabelMatcher.of(LabelMatcher.Type.REGEX, name, value);
  }

  private static LabelMatcher notRegex(String name, String value) {
    return LabelMatcher.of(LabelMatcher.Type.NOT_REGEX, name, value);
  }
}
