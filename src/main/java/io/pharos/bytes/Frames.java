package io.pharos.bytes;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/// Files of checksummed frames: a header with the type and number of the file, then frames up to
/// the end (`docs/format/README.md`).
public final class Frames {
  private static final int FRAME_HEADER = 12;

  /* Maximum size of a frame that is copied to an array before it is read, see ByteSource. */
  private static final long MAX_COPIED = 16 << 20;

  private Frames() {}

  /// A type of file.
  ///
  /// @param magic first eight bytes of the file
  /// @param numberBytes number of bytes of the file's number in the header, 4 or 8
  /// @param onlySynced whether only synced frames are valid. If so, a last frame with a wrong
  ///   checksum is considered incomplete, not damaged
  public record Kind(long magic, int numberBytes, boolean onlySynced) {
    /// Length of the header in bytes.
    public int header() {
      return Long.BYTES + numberBytes + 4;
    }

    /// Appends the header of a file.
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

  /// Starts a frame. Everything that is appended until [#end] is its payload.
  ///
  /// @return offset of the frame in the sink
  public static int begin(ByteSink sink) {
    int from = sink.size();
    sink.u32(0);
    sink.u32(0);
    sink.u32(0);
    return from;
  }

  /// Ends a frame by writing its length and checksums.
  ///
  /// @param from the offset that [#begin] returned
  public static void end(ByteSink sink, int from) {
    int payload = from + FRAME_HEADER;
    sink.setU32(from, sink.size() - payload);
    sink.setU32(from + 4, sink.crc(payload, sink.size()));
    sink.setU32(from + 8, sink.crc(from, from + 8));
  }

  /// Receives the content of a file.
  public interface Reader {
    /// Receives a frame.
    ///
    /// @param payload valid until this method returns
    /// @throws CorruptDataException when the payload is malformed
    void frame(ByteSource payload);

    /// Called once, at the first damage.
    ///
    /// @return whether to continue with the next intact frame
    default boolean damaged() {
      return true;
    }
  }

  /// How reading a file ended.
  public sealed interface End {
    /// All frames were read.
    record Whole() implements End {}

    /// The last frame is incomplete, because its write did not finish.
    ///
    /// @param offset offset of the frame
    record Torn(long offset) implements End {}

    /// Some bytes are not as they were written.
    ///
    /// @param offset offset of the first damaged byte; everything before it is intact
    /// @param reason the kind of damage
    /// @param skippedBytes number of bytes that were skipped
    record Damaged(long offset, String reason, long skippedBytes) implements End {}
  }

  /// Reads a file. The header must contain the number from the file's name.
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
    long offset = header.size();
    if (size < offset || isZero(bytes, 0)) {
      return new End.Torn(0);
    }
    End.@Nullable Damaged damage = null;
    if (MemorySegment.mismatch(bytes, 0, offset, MemorySegment.ofArray(header.array()), 0, offset)
        >= 0) {
      boolean continues = reader.damaged();
      offset = continues ? nextIntact(bytes, 0) : size;
      damage =
          new End.Damaged(
              0, "the header does not match the file's type and its number " + number, offset);
    }
    while (offset < size) {
      String problem = "";
      switch (frame(bytes, offset, kind)) {
        case Frame.Torn _ -> {
          return damage == null ? new End.Torn(offset) : damage;
        }
        case Frame.Bad(String reason) -> problem = reason;
        case Frame.Good(long payload, long end) -> {
          try {
            reader.frame(source(bytes, payload, end - payload));
          } catch (CorruptDataException e) {
            problem = String.valueOf(e.getMessage());
          }
          if (problem.isEmpty() || damage != null) {
            offset = end;
            continue;
          }
        }
      }
      boolean continues = damage != null || reader.damaged();
      long next = continues ? nextIntact(bytes, offset + 1) : size;
      damage =
          damage == null
              ? new End.Damaged(offset, problem, next - offset)
              : new End.Damaged(damage.offset, damage.reason, damage.skippedBytes + next - offset);
      offset = next;
    }
    return damage == null ? new End.Whole() : damage;
  }

  private static ByteSource source(MemorySegment bytes, long from, long size) {
    if (size > MAX_COPIED) {
      return new ByteSource(bytes.asSlice(from, size));
    }
    byte[] copy = new byte[(int) size];
    MemorySegment.copy(bytes, JAVA_BYTE, from, copy, 0, copy.length);
    return new ByteSource(copy, copy.length);
  }

  /// The result of reading a frame at an offset.
  private sealed interface Frame {
    record Good(long payload, long end) implements Frame {}

    record Torn() implements Frame {}

    record Bad(String reason) implements Frame {}
  }

  private static Frame frame(MemorySegment bytes, long offset, Kind kind) {
    long size = bytes.byteSize();
    long payload = offset + FRAME_HEADER;
    if (size < payload) {
      return new Frame.Torn();
    }
    if (ByteSource.u32(bytes, offset + 8) != ByteSource.crc(bytes, offset, 8)) {
      return isZero(bytes, offset)
          ? new Frame.Torn()
          : new Frame.Bad("the checksum of a frame's header does not match");
    }
    long end = payload + Integer.toUnsignedLong(ByteSource.u32(bytes, offset));
    if (end > size) {
      return new Frame.Torn();
    }
    if (ByteSource.u32(bytes, offset + 4) != ByteSource.crc(bytes, payload, end - payload)) {
      return kind.onlySynced && end == size
          ? new Frame.Torn()
          : new Frame.Bad("the checksum of a frame does not match");
    }
    return new Frame.Good(payload, end);
  }

  /// Returns the offset of the first intact frame with a payload at or after `from`; the size of
  /// the file if there is none.
  private static long nextIntact(MemorySegment bytes, long from) {
    long size = bytes.byteSize();
    for (long offset = from; offset < size - FRAME_HEADER; offset++) {
      long payload = offset + FRAME_HEADER;
      long length = Integer.toUnsignedLong(ByteSource.u32(bytes, offset));
      if (length > 0
          && length <= size - payload
          && ByteSource.u32(bytes, offset + 8) == ByteSource.crc(bytes, offset, 8)
          && ByteSource.u32(bytes, offset + 4) == ByteSource.crc(bytes, payload, length)) {
        return offset;
      }
    }
    return size;
  }

  /// Whether all bytes from an offset on are zero. After a crash, zeros may follow the last written
  /// byte of a file.
  private static boolean isZero(MemorySegment bytes, long from) {
    for (long offset = from; offset < bytes.byteSize(); offset++) {
      if (bytes.get(JAVA_BYTE, offset) != 0) {
        return false;
      }
    }
    return true;
  }
}
