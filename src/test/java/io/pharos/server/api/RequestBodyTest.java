package io.pharos.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.limits.heap.MemoryBound;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.limits.heap.OverBudgetException;
import java.io.ByteArrayInputStream;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// The memory of a compressed body.
class RequestBodyTest {
  private final MemoryBounds bounds =
      new MemoryBounds(
          new MemoryBounds.Values(
              1,
              Map.of(
                  MemoryBound.BODY, 3_000L,
                  MemoryBound.BODIES, 4_000L,
                  MemoryBound.WORK, 64_000L)),
          () -> Instant.EPOCH,
          new SimpleMeterRegistry());

  private RequestBody read(int length) throws Exception {
    var body = new RequestBody(new ByteArrayInputStream(new byte[length]), bounds, 3_000);
    assertThat(body.readAllBytes()).hasSize(length);
    return body;
  }

  private long used(MemoryBound bound) {
    return bounds.pool(bound).used();
  }

  @Test
  void content_isReservedUntilTheRelease() throws Exception {
    RequestBody body = read(100);
    assertThat(used(MemoryBound.WORK)).isEqualTo(6_400);
    body.uncompress(500);
    assertThat(used(MemoryBound.WORK)).isEqualTo(32_000);
    assertThat(used(MemoryBound.BODIES)).isEqualTo(200 + 500);
    body.uncompress(100);
    assertThat(used(MemoryBound.WORK)).as("nothing is larger uncompressed").isEqualTo(32_000);
    body.release();
    assertThat(used(MemoryBound.WORK)).isZero();
    assertThat(used(MemoryBound.BODIES)).isZero();
  }

  @Test
  void content_longerThanABodyMayBe_isRefusedForGood() throws Exception {
    RequestBody body = read(100);
    assertThatExceptionOfType(OverBudgetException.class)
        .isThrownBy(() -> body.uncompress(3_001))
        .matches(e -> !e.isTemporary() && e.bound() == MemoryBound.BODY);
  }

  @Test
  void content_thatOthersLeaveNoRoomFor_isRefusedForNow() throws Exception {
    RequestBody first = read(100);
    first.uncompress(2_000);
    first.release();
    RequestBody second = read(1_000);
    assertThatExceptionOfType(OverBudgetException.class)
        .isThrownBy(() -> second.uncompress(2_000))
        .matches(OverBudgetException::isTemporary);
    second.release();
    assertThat(used(MemoryBound.WORK)).isZero();
    assertThat(used(MemoryBound.BODIES)).isZero();
  }

  /* Each holds a part of the memory and wants all of it. */
  @Test
  void contents_thatEachNeedAllMemory_followOneAnother() throws Exception {
    RequestBody first = read(100);
    RequestBody second = read(100);
    var other =
        CompletableFuture.runAsync(
            () -> {
              second.uncompress(1_000);
              second.release();
            });
    first.uncompress(1_000);
    first.release();
    other.get(10, TimeUnit.SECONDS);
    assertThat(used(MemoryBound.WORK)).isZero();
  }
}
