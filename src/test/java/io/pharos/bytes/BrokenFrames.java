package io.pharos.bytes;

import io.pharos.Fuzzing;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/// Damages files of frames (length, checksum of the payload, checksum of both): at random places,
/// or in a payload with valid checksums, as a writer with a bug would.
public final class BrokenFrames {
  private static final int FRAME_HEADER = 12;

  private BrokenFrames() {}

  /// @param header number of bytes before the first frame
  public static byte[] next(Random random, byte[] whole, int header) {
    List<Integer> starts = starts(whole, header);
    if (starts.isEmpty() || random.nextInt(3) == 0) {
      return Fuzzing.broken(random, whole, 0);
    }
    int at = starts.get(random.nextInt(starts.size()));
    int end = at + FRAME_HEADER + u32(whole, at);
    byte[] payload = Fuzzing.broken(random, Arrays.copyOfRange(whole, at + FRAME_HEADER, end), 0);
    var made = new ByteSink(whole.length + payload.length);
    made.bytes(whole, 0, at);
    made.u32(payload.length);
    made.u32(ByteSource.crc(MemorySegment.ofArray(payload), 0, payload.length));
    made.u32(made.crc(at, at + 8));
    made.bytes(payload, 0, payload.length);
    made.bytes(whole, end, whole.length - end);
    return made.toByteArray();
  }

  private static List<Integer> starts(byte[] whole, int header) {
    var starts = new ArrayList<Integer>();
    for (int at = header; at + FRAME_HEADER < whole.length; at += FRAME_HEADER + u32(whole, at)) {
      starts.add(at);
    }
    return starts;
  }

  private static int u32(byte[] bytes, int at) {
    return ByteSource.u32(MemorySegment.ofArray(bytes), at);
  }
}
