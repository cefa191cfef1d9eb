package io.pharos.trouble;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DescriptorGateTest {
  private static final int MOST = 1024;

  private long open = 100;
  private long nanos;
  private int counts;

  private final DescriptorGate gate = new DescriptorGate(128, this::count, () -> nanos);

  private Optional<Descriptors> count() {
    counts++;
    return Optional.of(new Descriptors(open, MOST));
  }

  private long taken(int wanted) {
    return IntStream.range(0, wanted).filter(_ -> gate.acquire()).count();
  }

  @Test
  void acquire_manyAtOnce_leavesTheReserve() {
    assertThat(taken(900)).isEqualTo(MOST - 128 - 100);
  }

  @Test
  void acquire_othersUsedUpAll_hasHalfOfTheReserve() {
    open = MOST - 128;
    assertThat(taken(900)).isEqualTo(64);
    gate.release();
    assertThat(taken(900)).isEqualTo(1);
  }

  @Test
  void acquire_othersRelease_isNoticedSoon() {
    open = MOST - 128;
    assertThat(taken(65)).isEqualTo(64);
    open = 100;
    assertThat(gate.acquire()).isFalse();
    nanos += 50_000_000;
    assertThat(gate.acquire()).isTrue();
  }

  @Test
  void acquire_plentyLeft_countsOnceASecond() {
    var roomy =
        new DescriptorGate(
            0,
            () -> {
              counts++;
              return Optional.of(new Descriptors(100, 1 << 20));
            },
            () -> nanos);
    for (int i = 0; i < 2000; i++) {
      assertThat(roomy.acquire()).isTrue();
      nanos += 1_000_000;
    }
    assertThat(counts).isEqualTo(2);
  }

  @Test
  void acquire_uncountableDescriptors_isAlwaysPossible() {
    var gate = new DescriptorGate(128, Optional::empty, () -> nanos);
    assertThat(IntStream.range(0, 10_000).allMatch(_ -> gate.acquire())).isTrue();
  }
}
