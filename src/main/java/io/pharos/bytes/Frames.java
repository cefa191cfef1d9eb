package io.pharos.bytes;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/// Files of frames with checksums: a header with the kind and the number of the file, then frames
/// until the end (`docs/format/README.md`).
public final class Frames {
  private static final int FRAME_HEADER = 12;

  /* Frames up to this size are copied to be read: see [ByteSource]. */
  private static final long COPIED = 16 << 20;

  private Frames() {}

  /// A kind of file.
  ///
  /// @param magic the first eight bytes
  /// @param numberBytes how wide the file's number is in the header, 4 or 8
  /// @param countSynced whether a frame counts once it is synced, not when it is written; then one
  ///   at the end with a wrong checksum is torn and not damaged
  public record Kind(long magic, int numberBytes, boolean countSynced) {
    /// The length of the header.
    public int header() {
      return Long.BYTES + numberBytes + 4;
    }

    /// Begins a file.
    public void begin(ByteSink sink, long number) {
      int from = sink.size();
      sink.i64(magic);
      if (numberBytes == Long.BYTES) {
        sink.i64(number);
      } else {
        sink.u32((int) number);
      }
      sink.u32(sink.crc(from, sink.size()));
    }
  }

  /// Begins a frame; what is written until [#end] is its payload.
  ///
  /// @return where it begins
  public static int begin(ByteSink sink) {
    int from = sink.size();
    sink.u32(0);
    sink.u32(0);
    sink.u32(0);
    return from;
  }

  public static void end(ByteSink sink, int from) {
    int payload = from + FRAME_HEADER;
    sink.setU32(from, sink.size() - payload);
    sink.setU32(from + 4, sink.crc(payload, sink.size()));
    sink.setU32(from + 8, sink.crc(from, from + 8));
  }

  /// Takes what a file holds.
  public interface Reader {
    /// Takes a frame.
    ///
    /// @param payload valid until this returns
    /// @throws CorruptDataException when that is not what a payload can be
    void frame(ByteSource payload);

    /// Is told, once, of the first damage.
    ///
    /// @return whether to go on with the good frames behind it
    default boolean damaged() {
      return true;
    }
  }

  /// How reading a file ended.
  public sealed interface End {
    /// With its last frame.
    record Whole() implements End {}

    /// In a frame that was not written to its end: nobody was told that it counts.
    ///
    /// @param at where it begins
    record Torn(long at) implements End {}

    /// Some bytes are not what was written.
    ///
    /// @param at where the first of them is, and all before is good
    /// @param lost how many bytes were not read
    record Damaged(long at, String why, long lost) implements End {}
  }

  /// Reads a file, whose header must have its number.
  public static End read(NumberedFile file, Kind kind, Reader reader) throws IOException {
    try (var channel = FileChannel.open(file.path(), StandardOpenOption.READ);
        var arena = Arena.ofConfined()) {
      MemorySegment bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
      return read(bytes, kind, file.number(), reader);
    }
  }

  private static End read(MemorySegment bytes, Kind kind, long number, Reader reader) {
    long size = bytes.byteSize();
    var header = new ByteSink(kind.header());
    kind.begin(header, number);
    long at = header.size();
    if (size < at || isZero(bytes, 0)) {
      return new End.Torn(0);
    }
    End.@Nullable Damaged damage = null;
    if (MemorySegment.mismatch(bytes, 0, at, MemorySegment.ofArray(header.array()), 0, at) >= 0) {
      boolean goesOn = reader.damaged();
      at = goesOn ? nextGood(bytes, 0) : size;
      damage = new End.Damaged(0, "the header is not that of file " + number + " of its kind", at);
    }
    while (at < size) {
      String wrong = "";
      switch (frame(bytes, at, kind)) {
        case Frame.Torn _ -> {
          return damage == null ? new End.Torn(at) : damage;
        }
        case Frame.Bad(String why) -> wrong = why;
        case Frame.Good(long payload, long end) -> {
          try {
            reader.frame(source(bytes, payload, end - payload));
          } catch (CorruptDataException e) {
            wrong = String.valueOf(e.getMessage());
          }
          if (wrong.isEmpty() || damage != null) {
            at = end;
            continue;
          }
        }
      }
      boolean goesOn = damage != null || reader.damaged();
      long next = goesOn ? nextGood(bytes, at + 1) : size;
      damage =
          damage == null
              ? new End.Damaged(at, wrong, next - at)
              : new End.Damaged(damage.at, damage.why, damage.lost + next - at);
      at = next;
    }
    return damage == null ? new End.Whole() : damage;
  }

  private static ByteSource source(MemorySegment bytes, long from, long size) {
    if (size > COPIED) {
      return new ByteSource(bytes.asSlice(from, size));
    }
    byte[] copy = new byte[(int) size];
    MemorySegment.copy(bytes, JAVA_BYTE, from, copy, 0, copy.length);
    return new ByteSource(copy, copy.length);
  }

  /// What stands at a place.
  private sealed interface Frame {
    record Good(long payload, long end) implements Frame {}

    record Torn() implements Frame {}

    record Bad(String why) implements Frame {}
  }

  private static Frame frame(MemorySegment bytes, long at, Kind kind) {
    long size = bytes.byteSize();
    long payload = at + FRAME_HEADER;
    if (size < payload) {
      return new Frame.Torn();
    }
    if (ByteSource.u32(bytes, at + 8) != ByteSource.crc(bytes, at, 8)) {
      return isZero(bytes, at)
          ? new Frame.Torn()
          : new Frame.Bad("the checksum of a frame's header does not match");
    }
    long end = payload + Integer.toUnsignedLong(ByteSource.u32(bytes, at));
    if (end > size) {
      return new Frame.Torn();
    }
    if (ByteSource.u32(bytes, at + 4) != ByteSource.crc(bytes, payload, end - payload)) {
      return kind.countSynced && end == size
          ? new Frame.Torn()
          : new Frame.Bad("the checksum of a frame does not match");
    }
    return new Frame.Good(payload, end);
  }

  /// Where the next good frame with a payload begins, at a place or behind it; the end if there is
  /// none.
  private static long nextGood(MemorySegment bytes, long from) {
    long size = bytes.byteSize();
    for (long at = from; at < size - FRAME_HEADER; at++) {
      long payload = at + FRAME_HEADER;
      long length = Integer.toUnsignedLong(ByteSource.u32(bytes, at));
      if (length > 0
          && length <= size - payload
          && ByteSource.u32(bytes, at + 8) == ByteSource.crc(bytes, at, 8)
          && ByteSource.u32(bytes, at + 4) == ByteSource.crc(bytes, payload, length)) {
        return at;
      }
    }
    return size;
  }

  /// A file system may show a file longer than what of it reached the disk, with zeros at the end.
  private static boolean isZero(MemorySegment bytes, long from) {
    for (long at = from; at < bytes.byteSize(); at++) {
      if (bytes.get(JAVA_BYTE, at) != 0) {
        return false;
      }
    }
    return true;
  }
}
