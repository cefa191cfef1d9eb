package io.pharos.state.log;

import io.pharos.bytes.ByteSink;
import io.pharos.bytes.ByteSource;
import io.pharos.bytes.CorruptDataException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Files of frames with checksums: a header with the kind and the number of the file, then frames
/// until the end.
final class LogFrames {
  private LogFrames() {}

  /// Begins a file.
  static void header(ByteSink sink, long magic, long number) {
    int from = sink.size();
    sink.i64(magic);
    sink.i64(number);
    sink.u32(sink.crc(from, from + 16));
  }

  /// Begins a frame; what is written until [#end] is its payload.
  ///
  /// @return where it begins
  static int begin(ByteSink sink) {
    int from = sink.size();
    sink.u32(0);
    sink.u32(0);
    sink.u32(0);
    return from;
  }

  static void end(ByteSink sink, int from) {
    int payload = from + LogFormat.FRAME_HEADER;
    sink.setU32(from, sink.size() - payload);
    sink.setU32(from + 4, sink.crc(payload, sink.size()));
    sink.setU32(from + 8, sink.crc(from, from + 8));
  }

  /// How reading a file ended.
  sealed interface End {
    /// With its last frame.
    record Whole() implements End {}

    /// In a frame that was not written to its end: nobody was told that it is stored.
    record Torn(long at) implements End {}

    /// Some bytes are not what was written; the good frames behind them were read.
    ///
    /// @param at where the first of them is
    /// @param lost how many bytes could not be read
    record Damaged(long at, String why, long lost) implements End {}
  }

  /// Reads all frames that are good.
  ///
  /// @param holes called once before the frames behind the first damage
  static End read(Path file, long magic, Consumer<ByteSource> frames, Runnable holes)
      throws IOException {
    try (var channel = FileChannel.open(file, StandardOpenOption.READ);
        var arena = Arena.ofConfined()) {
      MemorySegment bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
      return read(bytes, magic, frames, holes);
    }
  }

  private static End read(
      MemorySegment bytes, long magic, Consumer<ByteSource> frames, Runnable holes) {
    long size = bytes.byteSize();
    if (size < LogFormat.FILE_HEADER) {
      return new End.Torn(0);
    }
    End.@Nullable Damaged damage = null;
    long at = LogFormat.FILE_HEADER;
    if (new ByteSource(bytes).i64() != magic
        || ByteSource.u32(bytes, 16) != ByteSource.crc(bytes, 0, 16)) {
      damage = new End.Damaged(0, "the header is not the one of such a file", 0);
      at = nextGood(bytes, 0);
      damage = lost(damage, at);
      holes.run();
    }
    while (at < size) {
      String wrong;
      switch (frame(bytes, at)) {
        case Frame.Torn _ -> {
          return damage == null ? new End.Torn(at) : damage;
        }
        case Frame.Good(long payload, long length) -> {
          wrong = take(bytes.asSlice(payload, length), frames);
          if (wrong.isEmpty() || damage != null) {
            at = payload + length;
            continue;
          }
        }
        case Frame.Bad(String why) -> wrong = why;
      }
      boolean first = damage == null;
      long next = nextGood(bytes, at + 1);
      damage = lost(damage == null ? new End.Damaged(at, wrong, 0) : damage, next - at);
      at = next;
      if (first) {
        holes.run();
      }
    }
    return damage == null ? new End.Whole() : damage;
  }

  private static End.Damaged lost(End.Damaged damage, long more) {
    return new End.Damaged(damage.at, damage.why, damage.lost + more);
  }

  /// What stands at a place.
  private sealed interface Frame {
    record Good(long payload, long length) implements Frame {}

    record Torn() implements Frame {}

    record Bad(String why) implements Frame {}
  }

  private static Frame frame(MemorySegment bytes, long at) {
    long size = bytes.byteSize();
    if (size - at < LogFormat.FRAME_HEADER) {
      return new Frame.Torn();
    }
    if (ByteSource.u32(bytes, at + 8) != ByteSource.crc(bytes, at, 8)) {
      return isZero(bytes, at) ? new Frame.Torn() : new Frame.Bad("a frame's header");
    }
    long length = Integer.toUnsignedLong(ByteSource.u32(bytes, at));
    long payload = at + LogFormat.FRAME_HEADER;
    if (length > size - payload) {
      return new Frame.Torn();
    }
    if (ByteSource.u32(bytes, at + 4) != ByteSource.crc(bytes, payload, length)) {
      return payload + length == size ? new Frame.Torn() : new Frame.Bad("a frame's checksum");
    }
    return new Frame.Good(payload, length);
  }

  /// Why the records of a frame are none; empty where all were taken.
  private static String take(MemorySegment payload, Consumer<ByteSource> frames) {
    try {
      frames.accept(new ByteSource(payload));
      return "";
    } catch (CorruptDataException | IllegalArgumentException e) {
      return String.valueOf(e.getMessage());
    }
  }

  /// Where the next good frame begins, at a place or behind it; the end where there is none.
  private static long nextGood(MemorySegment bytes, long from) {
    long last = bytes.byteSize() - LogFormat.FRAME_HEADER;
    for (long at = from; at < last; at++) {
      long length = Integer.toUnsignedLong(ByteSource.u32(bytes, at));
      if (length > 0
          && length <= last - at
          && ByteSource.u32(bytes, at + 8) == ByteSource.crc(bytes, at, 8)
          && ByteSource.u32(bytes, at + 4)
              == ByteSource.crc(bytes, at + LogFormat.FRAME_HEADER, length)) {
        return at;
      }
    }
    return bytes.byteSize();
  }

  /// A file system may show a file longer than what of it reached the disk, with zeros at the end.
  private static boolean isZero(MemorySegment bytes, long from) {
    for (long at = from; at < bytes.byteSize(); at++) {
      if (bytes.get(java.lang.foreign.ValueLayout.JAVA_BYTE, at) != 0) {
        return false;
      }
    }
    return true;
  }
}
