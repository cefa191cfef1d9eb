package io.pharos;

import java.util.Random;
import java.util.function.Function;
import java.util.function.Supplier;

/// Tries many broken inputs. Each reader of a format gets some hundreds to thousands in every build
/// and tens of thousands at night, `FuzzIT` as many again over HTTP: together some 20,000, and more
/// than 1,000,000 at night. Seeds are fixed by day; at night `-Dpharos.fuzz.seed=N` tries others.
public final class Fuzzing {
  private static final long SEED = Long.getLong("pharos.fuzz.seed", 1);

  private Fuzzing() {}

  /// What reads an input: it may take or refuse it as it likes, and throws what it must not throw.
  public interface Reader<T> {
    void read(T input) throws Exception;
  }

  /// Chance of this run, for one test.
  public static Random random(int test) {
    return new Random(SEED * 31 + test);
  }

  /// Hands over inputs until enough were tried. What a reader throws is reported with its input, an
  /// endless one by the test's own timeout.
  ///
  /// @param shown an input as a text that somebody can try again
  public static <T> void fuzz(
      int rounds, Supplier<T> inputs, Function<T, String> shown, Reader<T> reader) {
    long slowest = 0;
    for (int round = 0; round < rounds; round++) {
      T input = inputs.get();
      long start = System.nanoTime();
      try {
        reader.read(input);
      } catch (Exception | StackOverflowError | OutOfMemoryError | AssertionError e) {
        throw new AssertionError("round " + round + ", input: " + shown.apply(input), e);
      }
      slowest = Math.max(slowest, System.nanoTime() - start);
    }
    System.out.printf("fuzz: %d inputs, the slowest took %d ms%n", rounds, slowest / 1_000_000);
  }

  /// Broken texts.
  public static void fuzz(int rounds, Mutations mutations, Reader<String> reader) {
    fuzz(rounds, mutations::next, text -> text, reader);
  }

  /// Bytes with some changed, cut off, doubled or put in.
  ///
  /// @param from where changes may begin
  public static byte[] broken(Random random, byte[] whole, int from) {
    var bytes = whole.clone();
    for (int changes = 1 + random.nextInt(4); changes > 0 && bytes.length > from; changes--) {
      int at = from + random.nextInt(bytes.length - from);
      int length = Math.min(bytes.length - at, random.nextInt(1 << random.nextInt(6)));
      bytes =
          switch (random.nextInt(6)) {
            case 0 -> with(bytes, at, at + length, new byte[0]);
            case 1 -> with(bytes, at, at, copy(bytes, at, at + length));
            case 2 -> with(bytes, at, bytes.length, new byte[0]);
            case 3 -> with(bytes, at, at + 1, new byte[] {EDGES[random.nextInt(EDGES.length)]});
            case 4 ->
                with(bytes, at, at + 1, new byte[] {(byte) (bytes[at] ^ 1 << random.nextInt(8))});
            default -> {
              var some = new byte[1 + random.nextInt(10)];
              random.nextBytes(some);
              yield with(bytes, at, Math.min(bytes.length, at + some.length), some);
            }
          };
    }
    return bytes;
  }

  private static final byte[] EDGES = {0, 1, -1, 127, -128, 64};

  private static byte[] copy(byte[] bytes, int from, int to) {
    return java.util.Arrays.copyOfRange(bytes, from, to);
  }

  private static byte[] with(byte[] bytes, int from, int to, byte[] instead) {
    var made = new byte[bytes.length - (to - from) + instead.length];
    System.arraycopy(bytes, 0, made, 0, from);
    System.arraycopy(instead, 0, made, from, instead.length);
    System.arraycopy(bytes, to, made, from + instead.length, bytes.length - to);
    return made;
  }
}
