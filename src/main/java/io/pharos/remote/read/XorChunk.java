package io.pharos.remote.read;

/// A chunk of float samples in Prometheus' own encoding, which its remote read expects.
final class XorChunk implements ReadChunk {
  /* Two bytes say how many samples there are. The first one is a zigzag varint and 64 bits; the
   * second one's time is an unsigned varint of the difference, further times are differences of
   * differences in classes of 14, 17, 20 and 64 bits. */
  private final ChunkBits bits = new ChunkBits(2);
  private final ChunkBits.Values values = new ChunkBits.Values();
  private int samples;
  private long lastTime;
  private long lastDelta;

  void add(long timestampMillis, double value) {
    if (samples == 0) {
      varint(timestampMillis << 1 ^ timestampMillis >> 63);
      values.first(value, bits);
    } else {
      long delta = timestampMillis - lastTime;
      if (samples == 1) {
        varint(delta);
      } else {
        change(delta - lastDelta);
      }
      lastDelta = delta;
      values.next(value, bits);
    }
    lastTime = timestampMillis;
    samples++;
    bits.header(0, samples >>> 8);
    bits.header(1, samples);
  }

  @Override
  public int encoding() {
    return 1;
  }

  @Override
  public int samples() {
    return samples;
  }

  @Override
  public byte[] toByteArray() {
    return bits.toByteArray();
  }

  private void change(long change) {
    if (change == 0) {
      bits.write(0, 1);
    } else if (ChunkBits.fits(change, 14)) {
      bits.write(0b10, 2);
      bits.write(change, 14);
    } else if (ChunkBits.fits(change, 17)) {
      bits.write(0b110, 3);
      bits.write(change, 17);
    } else if (ChunkBits.fits(change, 20)) {
      bits.write(0b1110, 4);
      bits.write(change, 20);
    } else {
      bits.write(0b1111, 4);
      bits.write(change, 64);
    }
  }

  private void varint(long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      bits.write((rest & 0x7f) | 0x80, 8);
      rest >>>= 7;
    }
    bits.write(rest, 8);
  }
}
