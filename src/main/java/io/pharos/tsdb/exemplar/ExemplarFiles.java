package io.pharos.tsdb.exemplar;

import io.pharos.bytes.ByteSink;
import io.pharos.bytes.ByteSource;
import io.pharos.bytes.CorruptDataException;
import io.pharos.bytes.Frames;
import io.pharos.bytes.NumberedFile;
import io.pharos.bytes.WrittenFile;
import io.pharos.model.Labels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The files from which a restart restores the exemplars (`docs/format/exemplars.md`). Not
/// thread-safe.
final class ExemplarFiles {
  static final String SUFFIX = ".exemplars";

  static final Frames.Kind KIND = new Frames.Kind(0x5048415245584D31L, Long.BYTES, false);

  /// If there are more files than this, the next start merges them.
  private static final int MAX_FILES = 4;

  private static final Logger LOG = LoggerFactory.getLogger(ExemplarFiles.class);

  private static final int TIMED = 1;

  /// A file and its number of exemplars.
  private record Written(NumberedFile file, long count) {}

  private final Path directory;
  private final Deque<Written> finished = new ArrayDeque<>();
  private final ByteSink frame = new ByteSink(4096);
  private @Nullable WrittenFile open;
  private NumberedFile current;
  private long bytes;
  private long count;
  private int seriesCount;
  private boolean damaged;

  ExemplarFiles(Path directory) throws IOException {
    this.directory = Files.createDirectories(directory);
    this.current = NumberedFile.of(directory, 0, SUFFIX);
  }

  /// Receives the exemplars in the files, oldest first.
  interface Reader {
    void exemplar(Labels series, ExemplarRing.Packed exemplar);
  }

  /// Reads all files. Damage is logged, and reading continues with the next intact frame. Returns
  /// the number of damaged files.
  int read(Reader reader) throws IOException {
    int corruptions = 0;
    for (NumberedFile file : NumberedFile.list(directory, SUFFIX)) {
      var frames = new FrameReader(reader);
      Frames.End end = Frames.read(file, KIND, frames);
      if (end instanceof Frames.End.Damaged(long offset, String reason, long skippedBytes)) {
        LOG.error(
            "{}: damaged at byte {}: {}; {} bytes are lost",
            file.path(),
            offset,
            reason,
            skippedBytes);
        corruptions++;
      }
      current = file;
      finished.add(new Written(file, frames.count));
    }
    damaged = corruptions > 0;
    return corruptions;
  }

  /// Whether the files should be merged: there are many, or some are damaged.
  boolean needsRewriting() {
    return damaged || finished.size() > MAX_FILES;
  }

  /// Replaces all files by one with the content of the ring. Damaged files are deleted: they only
  /// contain links to traces, and the number of lost bytes was logged.
  void rewrite(ExemplarRing ring) throws IOException {
    var old = List.copyOf(finished);
    finished.clear();
    var content = new ArrayList<Pending>();
    ring.forEach((series, exemplar) -> content.add(new Pending(series, exemplar)));
    if (!content.isEmpty()) {
      write(content);
      sync();
    }
    for (Written one : old) {
      Files.deleteIfExists(one.file.path());
    }
    damaged = false;
  }

  /// An exemplar that the ring has accepted.
  record Pending(ExemplarRing.Series series, ExemplarRing.Packed exemplar) {}

  /// Writes exemplars to the operating system's cache, and deletes files whose exemplars are no
  /// longer in the ring.
  ///
  /// @param capacity maximum number of exemplars in the ring
  /// @throws IOException when they could not be written; the next call starts another file
  void append(List<Pending> exemplars, int capacity) throws IOException {
    write(exemplars);
    if (count >= capacity) {
      finish();
    }
    long total = count + finished.stream().mapToLong(Written::count).sum();
    while (!finished.isEmpty() && total - finished.getFirst().count >= capacity) {
      Written oldest = finished.removeFirst();
      total -= oldest.count;
      Files.deleteIfExists(oldest.file.path());
    }
  }

  private void write(List<Pending> exemplars) throws IOException {
    WrittenFile file = open == null ? begin() : open;
    encode(exemplars);
    try {
      file.write(frame.array(), 0, frame.size());
    } catch (IOException e) {
      undoWrite(file);
      throw e;
    }
    bytes += frame.size();
    count += exemplars.size();
  }

  /* Truncates the file to its length before the write. If that fails, the incomplete frame stays
   * in the file; readers skip it. */
  private void undoWrite(WrittenFile file) {
    try {
      file.truncate(bytes);
      finish();
    } catch (IOException e) {
      LOG.warn("{}: can't truncate after a failed write: {}", current.path(), e.toString());
      finished.add(new Written(current, count));
      open = null;
      count = 0;
    }
  }

  private WrittenFile begin() throws IOException {
    current = NumberedFile.of(directory, current.number() + 1, SUFFIX);
    frame.clear();
    KIND.begin(frame, current.number());
    WrittenFile file = WrittenFile.create(current.path(), frame);
    open = file;
    bytes = frame.size();
    count = 0;
    seriesCount = 0;
    return file;
  }

  private void encode(List<Pending> exemplars) {
    frame.clear();
    int from = Frames.begin(frame);
    var newSeries = new ArrayList<ExemplarRing.Series>();
    for (Pending one : exemplars) {
      if (one.series.file != current.number()) {
        one.series.file = current.number();
        one.series.number = seriesCount++;
        newSeries.add(one.series);
      }
    }
    frame.uvarint(newSeries.size());
    for (ExemplarRing.Series one : newSeries) {
      frame.uvarint(one.number);
      frame.uvarint(one.labels.size());
      one.labels.forEach(
          (name, value) -> {
            frame.string(name);
            frame.string(value);
          });
    }
    frame.uvarint(exemplars.size());
    for (Pending one : exemplars) {
      ExemplarRing.Packed exemplar = one.exemplar;
      frame.uvarint(one.series.number);
      frame.u8(exemplar.timed() ? TIMED : 0);
      frame.varint(exemplar.timestampMillis());
      frame.trimmed(Double.doubleToRawLongBits(exemplar.value()));
      frame.uvarint(exemplar.labels().length);
      frame.bytes(exemplar.labels(), 0, exemplar.labels().length);
    }
    Frames.end(frame, from);
  }

  private static final class FrameReader implements Frames.Reader {
    private final Reader reader;
    private final Map<Long, Labels> series = new HashMap<>();
    private long count;

    FrameReader(Reader reader) {
      this.reader = reader;
    }

    @Override
    public void frame(ByteSource payload) {
      int newSeries = payload.count(2);
      for (int i = 0; i < newSeries; i++) {
        long number = payload.uvarint();
        int size = payload.count(2);
        var labels = Labels.builder();
        for (int k = 0; k < size; k++) {
          ExemplarRing.Packed.label(payload, labels);
        }
        series.put(number, labels.build());
      }
      int exemplars = payload.count(5);
      for (int i = 0; i < exemplars; i++) {
        exemplar(payload);
      }
      if (payload.remaining() > 0) {
        throw new CorruptDataException(
            payload.remaining() + " bytes follow the last exemplar of a frame");
      }
    }

    private void exemplar(ByteSource payload) {
      long number = payload.uvarint();
      int flags = payload.u8();
      long time = payload.varint();
      double value = Double.longBitsToDouble(payload.trimmed());
      byte[] labels = new byte[payload.count(1)];
      for (int i = 0; i < labels.length; i++) {
        labels[i] = (byte) payload.u8();
      }
      var _ = ExemplarRing.Packed.labels(labels);
      Labels owner = series.get(number);
      if (owner == null) {
        throw new CorruptDataException(
            "an exemplar refers to series number " + number + ", which the file does not define");
      }
      reader.exemplar(owner, new ExemplarRing.Packed(labels, value, time, (flags & TIMED) != 0));
      count++;
    }
  }

  private void sync() throws IOException {
    WrittenFile file = open;
    if (file != null) {
      file.sync();
    }
  }

  /// Forces the file to disk and ends it; the next exemplars start another.
  void finish() throws IOException {
    WrittenFile file = open;
    if (file != null) {
      open = null;
      finished.add(new Written(current, count));
      count = 0;
      try (file) {
        file.sync();
      }
    }
  }
}
