package io.pharos.tsdb;

import static io.pharos.tsdb.TestStore.HOUR;
import static io.pharos.tsdb.TestStore.T0;
import static io.pharos.tsdb.TestStore.WINDOW;
import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.model.Labels;
import io.pharos.storage.SampleCursor;
import io.pharos.storage.SamplePositions;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.SeriesSet;
import io.pharos.tsdb.chunk.Chunk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A store in which two series have 480 samples each: three full chunks and one that grows.
class HeadChunkFilesTest {
  private static final Labels FLOATS = Labels.of("__name__", "requests_total");
  private static final Labels DECIMALS = Labels.of("__name__", "up");
  private static final int SAMPLES = 480;
  private static final long STEP = 15_000;
  private static final List<String> ONE_FILE = List.of(T0 + ".chunks");

  @TempDir Path directory;
  private TestStore store;
  private Map<Labels, Map<Long, Object>> content;

  @BeforeEach
  void fill() throws IOException {
    store = new TestStore(directory);
    for (int i = 0; i < SAMPLES; i++) {
      store.append(FLOATS, T0 + i * STEP, Math.sqrt(i));
      store.append(DECIMALS, T0 + i * STEP, i % 7);
    }
    store.now(T0 + SAMPLES * STEP);
    content = all();
    assertThat(content.get(FLOATS)).hasSize(SAMPLES);
  }

  @AfterEach
  void close() {
    store.close();
  }

  private Map<Labels, Map<Long, Object>> all() {
    return store.dump(T0, T0 + 10 * HOUR);
  }

  private Path head() {
    return directory.resolve("head");
  }

  private HeadSeries series(Labels labels) {
    HeadSeries found = store.tsdb().head.find(labels);
    if (found == null) {
      throw new AssertionError("no series " + labels);
    }
    return found;
  }

  @Test
  void fullChunks_areInAFileAfterATick_andReadTheSame() throws IOException {
    assertThat(series(FLOATS).finishedInMemory()).hasSize(3);
    store.tick();
    assertThat(series(FLOATS).finishedInMemory()).isEmpty();
    assertThat(series(DECIMALS).finishedInMemory()).isEmpty();
    assertThat(store.files(head())).isEqualTo(ONE_FILE);
    assertThat(all()).isEqualTo(content);
  }

  @Test
  void laterChunks_areAppendedToTheFile() throws IOException {
    store.tick();
    long size = Files.size(head().resolve(ONE_FILE.getFirst()));
    long next = T0 + SAMPLES * STEP;
    store.append(FLOATS, next, 1); // ends the fourth chunk, since it lies in the next window
    content = all();
    store.tick();
    assertThat(series(FLOATS).finishedInMemory()).isEmpty();
    assertThat(Files.size(head().resolve(ONE_FILE.getFirst()))).isGreaterThan(size);
    assertThat(all()).isEqualTo(content);
  }

  @Test
  void fileOfAWindow_isDeletedAfterItsBlockWasWritten_whileReadersStillReadIt() throws IOException {
    store.tick();
    SeriesSnapshot before = series(FLOATS).snapshot();
    store.now(T0 + WINDOW + 2 * HOUR);
    assertThat(store.tick().blocksWritten()).isEqualTo(1);
    assertThat(store.files(head())).isEmpty();
    assertThat(all()).isEqualTo(content);
    var window = new SampleWindow();
    before.read(T0, T0 + WINDOW, window);
    assertThat(window.size()).isEqualTo(SAMPLES);
    assertThat(window.value(99)).isEqualTo(Math.sqrt(99));
  }

  @Test
  void cursorInAClosedFile_continuesInTheBlock() throws IOException {
    store.tick();
    SeriesSet selected = store.tsdb().select(List.of(), T0, Long.MAX_VALUE);
    Chunk first = series(FLOATS).snapshot().finished()[0];
    SampleCursor cursor = selected.cursor().orElseThrow();
    cursor.seek(0, T0);
    for (int i = 0; i < 200; i++) {
      assertThat(cursor.next()).isTrue();
    }
    var positions = new SamplePositions(1);
    cursor.save(positions, 0);
    for (int window = 1; window <= 2; window++) {
      store.now(T0 + window * WINDOW);
      for (int i = 0; i < 130; i++) {
        store.append(FLOATS, store.now() + i * STEP, 7);
      }
      store.tick();
      store.now(T0 + (window + 1) * WINDOW + HOUR);
      store.tick();
    }
    SeriesSet again = store.tsdb().select(List.of(), T0, Long.MAX_VALUE);
    SampleCursor resumed = again.cursor().orElseThrow();
    assertThat(first.isReadable()).isFalse();
    resumed.resume(0, positions, 0);
    assertThat(resumed.next()).isTrue();
    assertThat(resumed.timestamp()).isEqualTo(T0 + 200 * STEP);
    assertThat(resumed.value()).isEqualTo(Math.sqrt(200));
  }

  @Test
  void start_replacesTheFilesOfTheProcessBefore() throws IOException {
    store.tick();
    store.tsdb().close();
    assertThat(store.files(head())).isEmpty();
    Files.writeString(head().resolve("1.chunks"), "of another process");
    store.reopen();
    assertThat(head()).doesNotExist();
    assertThat(all()).isEqualTo(content);
    store.tick();
    assertThat(store.files(head())).isEqualTo(ONE_FILE);
    assertThat(all()).isEqualTo(content);
  }

  @Test
  void chunksThatCantBeWritten_stayInMemory_untilTheyCan() throws IOException {
    Files.writeString(head(), "a file in the place of the folder");
    store.tick();
    assertThat(series(FLOATS).finishedInMemory()).hasSize(3);
    assertThat(all()).isEqualTo(content);
    Files.delete(head());
    store.tick();
    assertThat(series(FLOATS).finishedInMemory()).isEmpty();
    assertThat(all()).isEqualTo(content);
  }

  @Test
  void fewBytes_stayInMemory() throws IOException {
    store.close();
    store = new TestStore(directory, TsdbOptions.defaults());
    store.now(T0 + SAMPLES * STEP);
    store.tick();
    assertThat(series(FLOATS).finishedInMemory()).hasSize(3);
    assertThat(head()).doesNotExist();
  }
}
