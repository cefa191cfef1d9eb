package io.pharos.tsdb.wal;

import io.pharos.bytes.Frames;
import io.pharos.bytes.NumberedFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/// Reads the log of a directory without changing it, also while another process writes it.
public final class WalReader {
  /// Result of reading one segment.
  ///
  /// @param bytes length of the file before reading
  /// @param damage the damage and its offset; empty without damage. An incomplete last record is no
  ///   damage: it is being written, or its write did not finish
  public record Segment(Path file, long bytes, String damage) {}

  private WalReader() {}

  /// Passes all records of the log, oldest first, to `records`. A record's arrays are valid only
  /// until the consumer returns. A segment that is deleted meanwhile is skipped, because its
  /// samples are in blocks.
  public static List<Segment> read(Path directory, Consumer<WalRecord> records) throws IOException {
    var segments = new ArrayList<Segment>();
    if (!Files.isDirectory(directory)) {
      return segments;
    }
    UnaryOperator<String> strings = SegmentReader.sharing();
    for (NumberedFile file : NumberedFile.list(directory, Wal.SUFFIX)) {
      try {
        long bytes = Files.size(file.path());
        Frames.End end =
            Frames.read(file, SegmentReader.SEGMENT, new SegmentReader(records, strings));
        segments.add(new Segment(file.path(), bytes, damage(end)));
      } catch (NoSuchFileException _) {
        // The segment was deleted after the directory was listed.
      }
    }
    return segments;
  }

  private static String damage(Frames.End end) {
    return switch (end) {
      case Frames.End.Whole() -> "";
      case Frames.End.Torn _ -> "";
      case Frames.End.Damaged(long offset, String reason, long skippedBytes) ->
          "damaged at offset %d: %s; %d bytes can't be read"
              .formatted(offset, reason, skippedBytes);
    };
  }
}
