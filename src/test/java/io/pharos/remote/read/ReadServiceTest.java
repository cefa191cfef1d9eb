package io.pharos.remote.read;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.bytes.protobuf.ProtoReader;
import io.pharos.bytes.protobuf.ProtoWriter;
import io.pharos.bytes.snappy.Snappy;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.model.histogram.BucketSpan;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.ResetHint;
import io.pharos.storage.InMemoryStorage;
import io.pharos.storage.Queryable;
import io.pharos.storage.SeriesSet;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReadServiceTest {
  private final InMemoryStorage store = new InMemoryStorage();
  private final ReadService service =
      new ReadService(
          store, () -> Labels.of("cluster", "c", "job", "outside"), MemoryBounds.unbounded());

  private void add(long time, double value, String... labels) {
    try (var appender = store.appender()) {
      appender.append(Labels.of(labels), time, value);
      appender.commit();
    }
  }

  private static Consumer<ProtoWriter> query(long from, long to, Object... matchers) {
    return request ->
        request.message(
            1,
            query -> {
              query.int64(1, from).int64(2, to);
              for (int i = 0; i < matchers.length; i += 3) {
                int at = i;
                query.message(
                    3,
                    matcher ->
                        matcher
                            .int64(1, (int) matchers[at])
                            .string(2, (String) matchers[at + 1])
                            .string(3, (String) matchers[at + 2]));
              }
            });
  }

  private static byte[] body(Consumer<ProtoWriter> content) {
    var message = new ProtoWriter();
    content.accept(message);
    return Snappy.encode(message.toByteArray());
  }

  /* Each result as "labels value@time …". */
  private List<String> samples(Consumer<ProtoWriter> request) {
    var answer = (ReadService.Answer.Samples) service.answer(body(request));
    var texts = new ArrayList<String>();
    var message = new ProtoReader(Snappy.decode(answer.body(), 1 << 20));
    while (message.next()) {
      var result = message.message();
      var series = new ArrayList<String>();
      while (result.next()) {
        series.add(series(result.message()));
      }
      texts.add(String.join("; ", series));
    }
    return texts;
  }

  private static String series(ProtoReader message) {
    var text = new StringBuilder();
    while (message.next()) {
      switch (message.field()) {
        case 1 -> text.append(label(message.message())).append(' ');
        case 2 -> {
          var sample = message.message();
          double value = 0;
          long time = 0;
          while (sample.next()) {
            if (sample.field() == 1) {
              value = sample.float64();
            } else {
              time = sample.int64();
            }
          }
          text.append(StaleMarker.is(value) ? "stale" : value).append('@').append(time).append(' ');
        }
        default -> text.append("histogram ");
      }
    }
    return text.toString().strip();
  }

  private static String label(ProtoReader message) {
    var parts = new ArrayList<String>();
    while (message.next()) {
      parts.add(message.string());
    }
    return String.join("=", parts);
  }

  @Test
  void samples_ofEachQuery_areAnsweredWithExternalLabels() {
    add(1000, 1, "__name__", "up", "job", "a");
    add(2000, StaleMarker.VALUE, "__name__", "up", "job", "a");
    add(3000, 3, "__name__", "up", "job", "a");
    add(2000, 2, "__name__", "up");
    assertThat(
            samples(
                query(1000, 2000, 0, "__name__", "up")
                    .andThen(query(0, 9000, 0, "__name__", "none"))
                    .andThen(query(0, 9000, 2, "__name__", "u.", 3, "job", "a", 1, "x", "y"))))
        .containsExactly(
            "__name__=up cluster=c job=outside 2.0@2000;"
                + " __name__=up cluster=c job=a 1.0@1000 stale@2000",
            "",
            "__name__=up cluster=c job=outside 2.0@2000");
  }

  @Test
  void matcherOfAnExternalLabel_isAssumedTrue() {
    add(1000, 1, "__name__", "up");
    assertThat(samples(query(0, 9000, 0, "__name__", "up", 0, "cluster", "c")))
        .containsExactly("__name__=up cluster=c job=outside 1.0@1000");
    assertThat(samples(query(0, 9000, 0, "__name__", "up", 0, "cluster", "other")))
        .containsExactly("");
  }

  @Test
  void histograms_areAmongTheSamples() {
    try (var appender = store.appender()) {
      appender.append(
          Labels.of("__name__", "h"),
          1000,
          new Histogram(
              ResetHint.GAUGE,
              0,
              0.1,
              1,
              3,
              2.5,
              new Histogram.Buckets(List.of(new BucketSpan(1, 2)), new double[] {1, 1}),
              Histogram.Buckets.none(),
              new double[0]));
      appender.commit();
    }
    assertThat(samples(query(0, 9000, 0, "__name__", "h")))
        .containsExactly("__name__=h cluster=c job=outside histogram");
  }

  @Test
  void moreSamplesThanAllowed_areRefused() {
    add(1000, 1, "__name__", "up");
    add(2000, 1, "__name__", "up");
    var narrow = new ReadService(store, Labels::empty, 1, MemoryBounds.unbounded());
    assertThatThrownBy(() -> narrow.answer(body(query(0, 9000, 0, "__name__", "up"))))
        .isInstanceOf(ReadService.RefusedException.class)
        .hasMessage("exceeded sample limit (1)");
  }

  @ParameterizedTest
  @CsvSource({"'', false", "0, false", "1, true", "'1,0', true", "'0,1', false", "'7,1', true"})
  void form_isTheFirstOneThatBothKnow(String accepted, boolean streamed) {
    long[] numbers =
        Arrays.stream(accepted.split(","))
            .filter(text -> !text.isEmpty())
            .mapToLong(Long::parseLong)
            .toArray();
    var answer = service.answer(body(request -> request.int64s(2, numbers)));
    assertThat(answer instanceof ReadService.Answer.Streamed).isEqualTo(streamed);
  }

  @Test
  void badRequests_areRefused() {
    assertThatThrownBy(() -> service.answer(new byte[] {1, 2, 3}))
        .isInstanceOf(ReadService.RefusedException.class);
    assertThatThrownBy(() -> service.answer(Snappy.encode(new byte[] {1, 2, 3})))
        .isInstanceOf(ReadService.RefusedException.class);
    assertThatThrownBy(() -> service.answer(body(query(0, 1, 9, "a", "b"))))
        .hasMessage("invalid matcher type 9");
    assertThatThrownBy(() -> service.answer(body(query(0, 1, 2, "a", "("))))
        .hasMessageStartingWith("invalid matcher");
    assertThatThrownBy(() -> service.answer(body(request -> request.int64s(2, 7))))
        .hasMessageContaining("found [7]");
  }

  @Test
  void stream_ofManySamples_holdsThemAllInCheckedFrames() throws IOException {
    var expected = new TreeMap<Long, Double>();
    var random = new Random(3);
    long time = -5_000;
    for (int i = 0; i < 5_000; i++) {
      time += i % 1000 == 7 ? 10_000_000_000L : 1 + random.nextInt(i % 3 == 0 ? 20_000 : 16);
      double value =
          switch (random.nextInt(5)) {
            case 0 -> random.nextGaussian();
            case 1 -> i;
            case 2 -> Double.longBitsToDouble(random.nextLong());
            default -> 1;
          };
      expected.put(time, value);
      add(time, value, "__name__", "x");
    }
    TreeMap<Long, Object> found = streamed("x");
    assertThat(found.keySet()).isEqualTo(expected.keySet());
    expected.forEach(
        (at, value) ->
            assertThat(Double.doubleToRawLongBits((double) requireNonNull(found.get(at))))
                .isEqualTo(Double.doubleToRawLongBits(value)));
  }

  @Test
  void stream_ofHistogramsAndFloats_holdsThemAll() throws IOException {
    var expected = new TreeMap<Long, Object>();
    var random = new Random(4);
    try (var appender = store.appender()) {
      for (int i = 0; i < 1_000; i++) {
        long time = i * 15_000L + random.nextInt(i % 7 == 0 ? 9_000 : 2);
        if (random.nextInt(40) == 0) {
          expected.put(time, 0.5 * i);
          appender.append(Labels.of("__name__", "x"), time, 0.5 * i);
        } else {
          Histogram histogram = histogram(i, random);
          expected.put(time, histogram.withHint(ResetHint.UNKNOWN));
          appender.append(Labels.of("__name__", "x"), time, histogram);
        }
      }
      appender.commit();
    }
    TreeMap<Long, Object> found = streamed("x");
    found.replaceAll(
        (_, sample) ->
            sample instanceof Histogram histogram ? histogram.withHint(ResetHint.UNKNOWN) : sample);
    assertThat(found).isEqualTo(expected);
  }

  /* Counters whose buckets change occasionally. */
  private static Histogram histogram(int i, Random random) {
    int kind = i / 90;
    boolean custom = kind % 4 == 3;
    var positive =
        new Histogram.Buckets(
            List.of(new BucketSpan(kind, 2), new BucketSpan(70_000, 1)),
            new double[] {i, i + 0.25 * random.nextInt(3), i * 1e300});
    var negative = new Histogram.Buckets(List.of(new BucketSpan(-3, 1)), new double[] {i / 7});
    return new Histogram(
        ResetHint.UNKNOWN,
        custom ? Histogram.CUSTOM_BUCKETS : kind % 9,
        custom ? 0 : new double[] {0, 0.001, 0x1p-128, 0x1p10, 0x1p11}[kind % 5],
        custom ? 0 : i,
        3 * i,
        random.nextGaussian(),
        positive,
        custom ? Histogram.Buckets.none() : negative,
        custom ? new double[] {-2.5, 0.005, 1e9} : new double[0]);
  }

  @Test
  void stream_ofHistograms_saysWhatIsKnownOfResets() throws IOException {
    double[] counts = {5, 6, 8, 3, 4};
    try (var appender = store.appender()) {
      for (int i = 0; i < 2 * counts.length; i++) {
        appender.append(
            Labels.of("__name__", "x"),
            i,
            new Histogram(
                i < counts.length ? ResetHint.UNKNOWN : ResetHint.GAUGE,
                0,
                0,
                0,
                counts[i % counts.length],
                1,
                Histogram.Buckets.none(),
                Histogram.Buckets.none(),
                new double[0]));
      }
      appender.commit();
    }
    assertThat(streamed("x").values())
        .extracting(sample -> ((Histogram) sample).hint())
        .containsExactly(
            ResetHint.UNKNOWN,
            ResetHint.NOT_RESET,
            ResetHint.NOT_RESET,
            ResetHint.UNKNOWN,
            ResetHint.NOT_RESET,
            ResetHint.GAUGE,
            ResetHint.GAUGE,
            ResetHint.GAUGE,
            ResetHint.GAUGE,
            ResetHint.GAUGE);
  }

  /* All samples of a metric, from the frames of a streamed answer. */
  private TreeMap<Long, Object> streamed(String metric) throws IOException {
    var answer =
        (ReadService.Answer.Streamed)
            service.answer(
                body(
                    query(Long.MIN_VALUE / 2, Long.MAX_VALUE / 2, 0, "__name__", metric)
                        .andThen(request -> request.int64s(2, 1))));
    var out = new ByteArrayOutputStream();
    for (var frame = answer.frames().next(); frame.isPresent(); frame = answer.frames().next()) {
      out.writeBytes(frame.get());
    }
    var found = new TreeMap<Long, Object>();
    var frames = ByteBuffer.wrap(out.toByteArray());
    while (frames.hasRemaining()) {
      var frame = new ProtoReader(frame(frames));
      while (frame.next()) {
        if (frame.field() == 1) {
          var series = frame.message();
          while (series.next()) {
            if (series.field() == 2) {
              readChunk(series.message(), found);
            }
          }
        }
      }
    }
    return found;
  }

  private static byte[] frame(ByteBuffer frames) {
    int length = 0;
    for (int shift = 0; ; shift += 7) {
      byte next = frames.get();
      length |= (next & 0x7f) << shift;
      if (next >= 0) {
        break;
      }
    }
    int checksum = frames.getInt();
    var bytes = new byte[length];
    frames.get(bytes);
    var own = new CRC32C();
    own.update(bytes);
    assertThat(checksum).isEqualTo((int) own.getValue());
    return bytes;
  }

  private static void readChunk(ProtoReader message, TreeMap<Long, Object> to) {
    long min = 0;
    long max = 0;
    int encoding = 0;
    byte[] data = {};
    while (message.next()) {
      switch (message.field()) {
        case 1 -> min = message.int64();
        case 2 -> max = message.int64();
        case 3 -> encoding = message.int32();
        default -> data = message.bytes();
      }
    }
    var chunk = new TreeMap<Long, Object>();
    if (encoding == 3) {
      chunk.putAll(new ChunkReader(data, 3).histograms());
    } else {
      assertThat(encoding).isEqualTo(1);
      chunk.putAll(new ChunkReader(data, 2).floats());
    }
    assertThat(chunk.firstKey()).isEqualTo(min);
    assertThat(chunk.lastKey()).isEqualTo(max);
    to.putAll(chunk);
  }

  @Test
  void answer_toMoreThanAFewAtOnce_waits() throws Exception {
    var inside = new AtomicInteger();
    var most = new AtomicInteger();
    var release = new CountDownLatch(1);
    var slow =
        new Queryable() {
          @Override
          public SeriesSet select(List<LabelMatcher> matchers, long from, long to) {
            most.accumulateAndGet(inside.incrementAndGet(), Math::max);
            try {
              release.await();
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
            inside.decrementAndGet();
            return store.select(matchers, from, to);
          }

          @Override
          public List<String> labelNames(List<LabelMatcher> matchers, long from, long to) {
            return List.of();
          }

          @Override
          public List<String> labelValues(
              String name, List<LabelMatcher> matchers, long from, long to) {
            return List.of();
          }
        };
    var busy = new ReadService(slow, Labels::empty, MemoryBounds.unbounded());
    var message = new ProtoWriter();
    query(0, 1, 0, "a", "b").accept(message);
    byte[] body = Snappy.encode(message.toByteArray());
    var readers = new ArrayList<Thread>();
    for (int i = 0; i < 3 * ReadService.MAX_CONCURRENT; i++) {
      readers.add(Thread.ofPlatform().start(() -> busy.answer(body)));
    }
    while (readers.stream().anyMatch(reader -> reader.getState() != Thread.State.WAITING)) {
      Thread.onSpinWait();
    }
    release.countDown();
    for (Thread reader : readers) {
      reader.join();
    }

    assertThat(most).hasValue(ReadService.MAX_CONCURRENT);
  }
}
